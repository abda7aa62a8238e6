/* SPDX-License-Identifier: Apache-2.0 */
/* A chisel of one's own: a folder that begins with the template, the compiler, and tests that
 * compare what it shows of captures with what it showed before. */
#include "chisels/host.h"
#include "cli/chisel_files.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/run_chisels.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- new ---- */

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n && !s[n] && n <= 64 && *s != '-';
}

static int chisel_new(struct opts *o)
{
	const char *name = o->nwords > 1 ? o->words[1] : "";
	const char *dir = o->nwords > 2 ? o->words[2] : name;
	int rc;

	if (o->nwords > 3 || !is_name(name))
		return fail("a name is made of letters, digits, _ and -; usage: sysreel chisel new "
			    "NAME [DIR]");
	rc = chisel_write_template(dir, name);
	if (rc)
		return rc;
	(void)printf("%s/%s.c: the chisel; change it\n"
		     "%s/test: a capture, and what the chisel shows of it\n\n"
		     "  sysreel chisel build %s/%s.c\n"
		     "  sysreel chisel test %s\n"
		     "  sysreel read FILE -c %s/%s.so\n",
		     dir, name, dir, dir, name, dir, dir, name);
	return EXIT_OK;
}

/* ---- build ---- */

/* Does it load here, too? */
static int check_built(const char *so)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf help = { 0 }, path = { 0 };
	int rc;

	sr_buf_printf(&path, "%s%s", strchr(so, '/') ? "" : "./", so);
	guard_on();
	rc = sr_chisel_help(sr_buf_cstr(&path), NULL, 0, &help, &err);
	sr_buf_free(&help);
	sr_buf_free(&path);
	return rc < 0 ? fail_rc("chisel", rc, &err) : 0;
}

static int chisel_build(struct opts *o)
{
	char so[PATH_MAX];
	int rc;

	if (o->nwords != 2)
		return fail("which file? usage: sysreel chisel build FILE.c");
	rc = chisel_so_name(o->words[1], NULL, so, sizeof(so));
	rc = rc ? rc : chisel_compile(o->words[1], so);
	rc = rc ? rc : check_built(so);
	if (rc == 0 && o->install)
		return chisel_install(so);
	if (rc == 0)
		(void)printf("%s\n", so);
	return rc;
}

/* ---- test ---- */

struct tests {
	const char *dir;
	char tmp[PATH_MAX]; /* with what was built, and what was printed */
	bool update;
	unsigned int passed, failed;
};

static int build_all(const struct tests *t)
{
	struct dirent *e;
	DIR *d = opendir(t->dir);
	unsigned int n = 0;
	int rc = 0;

	if (!d)
		return fail("%s: %s", t->dir, strerror(errno));
	while (rc == 0 && (e = readdir(d))) {
		char c[PATH_MAX], so[PATH_MAX];
		size_t len = strlen(e->d_name);

		if (len < 3 || strcmp(e->d_name + len - 2, ".c") != 0)
			continue;
		n++;
		if (snprintf(c, sizeof(c), "%s/%s", t->dir, e->d_name) >= (int)sizeof(c))
			rc = fail("%s: the path is too long", e->d_name);
		rc = rc ? rc : chisel_so_name(c, t->tmp, so, sizeof(so));
		rc = rc ? rc : chisel_compile(c, so);
		rc = rc ? rc : check_built(so);
	}
	(void)closedir(d); /* only read from */
	return rc || n ? rc : fail("%s: there is no .c file in it", t->dir);
}

static void run_case(struct tests *t, const char *name)
{
	struct sr_buf why = { 0 };
	bool passed = chisel_run_case(t->dir, name, t->tmp, t->update, &why);

	t->passed += passed;
	t->failed += !passed;
	(void)printf("%s  %s\n%s", passed ? "ok    " : "FAILED", name, sr_buf_cstr(&why));
	sr_buf_free(&why);
}

static int run_cases(struct tests *t)
{
	struct dirent **list = NULL;
	char path[PATH_MAX];
	int n;

	if (snprintf(path, sizeof(path), "%s/test", t->dir) >= (int)sizeof(path))
		return fail("%s: the path is too long", t->dir);
	n = scandir(path, &list, NULL, alphasort);
	if (n < 0)
		return fail("%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (snprintf(path, sizeof(path), "%s/test/%s/cmd", t->dir, list[i]->d_name) <
			    (int)sizeof(path) &&
		    *list[i]->d_name != '.' && access(path, R_OK) == 0)
			run_case(t, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	if (!t->passed && !t->failed)
		return fail("%s/test: there is no folder with a file cmd in it", t->dir);
	(void)printf("%u passed, %u failed\n", t->passed, t->failed);
	return t->failed ? EXIT_NOTHING : EXIT_OK;
}

static int chisel_test(struct opts *o)
{
	struct tests t = { .dir = o->nwords > 1 ? o->words[1] : ".", .update = o->update };
	int rc;

	if (o->nwords > 2)
		return fail("one folder at a time: sysreel chisel test DIR");
	rc = chisel_make_tmp(t.tmp, sizeof(t.tmp));
	rc = rc ? rc : build_all(&t);
	rc = rc ? rc : run_cases(&t);
	chisel_remove_tmp(t.tmp);
	return rc;
}

int cmd_chisel(struct opts *o)
{
	static const struct {
		const char *word;
		int (*run)(struct opts *o);
	} verbs[] = { { "new", chisel_new }, { "build", chisel_build }, { "test", chisel_test } };

	for (size_t i = 0; o->nwords && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(o->words[0], verbs[i].word) == 0)
			return verbs[i].run(o);
	return fail("usage: sysreel chisel new NAME [DIR], build FILE.c, or test DIR");
}
