/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/chisel_files.h"
#include "cli/cli.h"
#include "cli/embed.h"
#include "cli/run_chisels.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OLD_NAME "mychisel"
#define MAX_OUT	 (1 << 20) /* of what a test prints */

extern char **environ;

/* ---- files ---- */

/* Makes the folders in which @path is. */
static int make_dirs(char *path)
{
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		int rc;

		*p = '\0';
		rc = mkdir(path, 0777) < 0 && errno != EEXIST
			     ? fail("cannot make %s: %s", path, strerror(errno))
			     : 0;
		*p = '/';
		if (rc)
			return rc;
	}
	return 0;
}

static int write_all(int fd, const char *path, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return fail("cannot write %s: %s", path, strerror(errno));
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* @flags: O_EXCL if it must be new, else O_TRUNC. */
static int write_file(char *path, int flags, const char *p, size_t len)
{
	int fd, rc = make_dirs(path);

	if (rc)
		return rc;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
	if (fd < 0)
		return fail("cannot write %s: %s", path, strerror(errno));
	rc = write_all(fd, path, p, len);
	if (close(fd) < 0 && rc == 0)
		rc = fail("cannot write %s: %s", path, strerror(errno));
	return rc;
}

/* Appends what is in a file, up to MAX_OUT bytes. False if it cannot be read. */
static bool read_file(const char *path, struct sr_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && out->len < MAX_OUT && sr_buf_reserve(out, 4096)) {
		n = read(fd, out->p + out->len, 4096);
		out->len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		(void)close(fd); /* only read from */
	return fd >= 0 && n >= 0 && !out->oom;
}

/* ---- the template ---- */

/* @text with the name of the template replaced, wherever it stands. */
static void rename_in(const char *p, const char *end, const char *name, struct sr_buf *out)
{
	while (p < end) {
		const char *at = memmem(p, (size_t)(end - p), OLD_NAME, strlen(OLD_NAME));

		sr_buf_put(out, p, (size_t)((at ? at : end) - p));
		if (!at)
			return;
		sr_buf_puts(out, name);
		p = at + strlen(OLD_NAME);
	}
}

static int write_one(const struct embedded *e, const char *dir, const char *name)
{
	struct sr_buf path = { 0 }, text = { 0 };
	bool is_text = strcmp(e->path, "test/demo.reel") != 0;
	int rc;

	sr_buf_printf(&path, "%s/", dir);
	rename_in(e->path, e->path + strlen(e->path), name, &path);
	if (is_text)
		rename_in(e->p, e->end, name, &text);
	else
		sr_buf_put(&text, e->p, (size_t)(e->end - e->p));
	(void)sr_buf_cstr(&path);
	if (path.oom || text.oom)
		rc = fail("out of memory");
	else
		rc = write_file((char *)path.p, O_EXCL, (const char *)text.p, text.len);
	sr_buf_free(&path);
	sr_buf_free(&text);
	return rc;
}

int chisel_write_template(const char *dir, const char *name)
{
	int rc = 0;

	for (size_t i = 0; i < embedded_ntemplate && rc == 0; i++)
		rc = write_one(&embedded_template[i], dir, name);
	return rc;
}

/* ---- the compiler ---- */

int chisel_so_name(const char *c, const char *dir, char *so, size_t size)
{
	const char *base = strrchr(c, '/');
	size_t len = strlen(c);
	int n;

	base = base ? base + 1 : c;
	if (len < 3 || strcmp(c + len - 2, ".c") != 0)
		return fail("%s: a chisel is a file NAME.c", c);
	if (dir)
		n = snprintf(so, size, "%s/%.*s.so", dir, (int)strlen(base) - 2, base);
	else
		n = snprintf(so, size, "%.*s.so", (int)len - 2, c);
	return n < (int)size ? 0 : fail("%s: the path is too long", c);
}

/* Return: the exit status of a program, 128 and its signal, or -1 after telling. */
static int run(char *const *argv, posix_spawn_file_actions_t *actions, char *const *env)
{
	pid_t pid;
	int st, rc = posix_spawnp(&pid, argv[0], actions, NULL, argv, env);

	if (rc) {
		say("cannot run %s: %s%s", argv[0], strerror(rc),
		    rc == ENOENT ? "; install a C compiler, or name one in $CC" : "");
		return -1;
	}
	while (waitpid(pid, &st, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
}

int chisel_compile(const char *c, const char *so)
{
	const char *cc = getenv("CC");
	char tmp[PATH_MAX], header[PATH_MAX + 32], include[PATH_MAX + 2];
	const char *argv[] = { cc && *cc ? cc : "cc",
			       "-std=gnu17",
			       "-O2",
			       "-g",
			       "-Wall",
			       "-Wextra",
			       "-shared",
			       "-fPIC",
			       "-o",
			       so,
			       include,
			       c,
			       NULL };
	int rc = access(c, R_OK) < 0 ? fail("%s: %s", c, strerror(errno)) : 0;

	rc = rc ? rc : chisel_make_tmp(tmp, sizeof(tmp));
	if (rc)
		return rc;
	/* both are longer by enough */
	(void)snprintf(header, sizeof(header), "%s/%s", tmp, embedded_header.path);
	(void)snprintf(include, sizeof(include), "-I%s", tmp);
	rc = write_file(header, O_EXCL, embedded_header.p,
			(size_t)(embedded_header.end - embedded_header.p));
	if (rc == 0 && run((char *const *)(uintptr_t)argv, NULL, environ) != 0)
		rc = fail("%s: does not compile", c);
	chisel_remove_tmp(tmp);
	return rc;
}

int chisel_install(const char *so)
{
	const char *base = strrchr(so, '/'), *dir = chisel_user_dir();
	struct sr_buf text = { 0 };
	char path[PATH_MAX];
	int rc;

	if (!dir)
		return fail("where to? neither XDG_DATA_HOME nor HOME is set");
	if (snprintf(path, sizeof(path), "%s/%s", dir, base ? base + 1 : so) >= (int)sizeof(path))
		return fail("%s: the path is too long", dir);
	if (!read_file(so, &text) || text.len >= MAX_OUT)
		rc = fail("cannot copy %s", so);
	else
		rc = write_file(path, O_TRUNC, (const char *)text.p, text.len);
	sr_buf_free(&text);
	if (rc == 0)
		(void)printf("%s\n", path);
	return rc;
}

/* ---- a folder for a while ---- */

int chisel_make_tmp(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	if (snprintf(path, size, "%s/sysreel-chisel-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
	    (int)size)
		return fail("the path of $TMPDIR is too long");
	return mkdtemp(path) ? 0 : fail("cannot make %s: %s", path, strerror(errno));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path); /* what stays is of no harm */
	return 0;
}

void chisel_remove_tmp(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- cases ---- */

/* The command runs in DIR/test, in surroundings that make its output the same everywhere. */
static int run_cmd(const char *dir, const char *cmd, const char *built, const char *out)
{
	static const char line[] =
		"cd \"$1/test\" && export SYSREEL=$2 SYSREEL_CHISELS=$3 TZ=UTC LC_ALL=C.UTF-8 "
		"NO_COLOR=1 COLUMNS=100 TERM=dumb && eval \"$4\"";
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *argv[] = { "sh", "-c", line, "sh", dir, self, built, cmd, NULL };
	posix_spawn_file_actions_t actions;
	int st;

	if (len < 0 || posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	self[len] = '\0';
	st = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out,
					      O_WRONLY | O_CREAT | O_TRUNC, 0600) ||
			     posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
							      O_RDONLY, 0)
		     ? -1
		     : run((char *const *)(uintptr_t)argv, &actions, environ);
	(void)posix_spawn_file_actions_destroy(&actions); /* cannot fail */
	return st;
}

/* The first line in which they differ. */
static void tell_difference(const char *want, const char *have, struct sr_buf *why)
{
	while (*want && *want == *have) {
		const char *a = strchrnul(want, '\n'), *b = strchrnul(have, '\n');

		if (a - want != b - have || memcmp(want, have, (size_t)(a - want)) != 0)
			break;
		want = *a ? a + 1 : a;
		have = *b ? b + 1 : b;
	}
	sr_buf_printf(why, "        expected: %.*s\n        printed:  %.*s\n",
		      (int)strcspn(want, "\n"), want, (int)strcspn(have, "\n"), have);
}

static bool update_case(char *path, const struct sr_buf *out, int st, struct sr_buf *why)
{
	if (write_file(path, O_TRUNC, (const char *)out->p, out->len))
		return false;
	if (st)
		sr_buf_printf(why, "        its status is %d\n", st);
	return st == 0;
}

bool chisel_run_case(const char *dir, const char *name, const char *built, bool update,
		     struct sr_buf *why)
{
	char path[PATH_MAX], printed[PATH_MAX];
	struct sr_buf cmd = { 0 }, want = { 0 }, out = { 0 };
	bool same = false;
	int st;

	if (snprintf(path, sizeof(path), "%s/test/%s/cmd", dir, name) >= (int)sizeof(path) ||
	    snprintf(printed, sizeof(printed), "%s/printed", built) >= (int)sizeof(printed) ||
	    !read_file(path, &cmd)) {
		sr_buf_puts(why, "        its cmd cannot be read\n");
		goto out;
	}
	st = run_cmd(dir, sr_buf_cstr(&cmd), built, printed);
	(void)read_file(printed, &out); /* empty if there is none */
	/* cmd and stdout stand in the same folder; the name is longer, and it fits or it is cut */
	(void)snprintf(path, sizeof(path), "%s/test/%s/stdout", dir, name);
	if (update) {
		same = update_case(path, &out, st, why);
		goto out;
	}
	if (!read_file(path, &want))
		sr_buf_puts(why, "        there is no stdout yet: look at what it prints, then "
				 "--update\n");
	else if (st != 0)
		sr_buf_printf(why, "        its status is %d\n", st);
	else if (want.len != out.len || (want.len && memcmp(want.p, out.p, want.len) != 0))
		tell_difference(sr_buf_cstr(&want), sr_buf_cstr(&out), why);
	else
		same = true;
out:
	sr_buf_free(&cmd);
	sr_buf_free(&want);
	sr_buf_free(&out);
	return same;
}
