/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_chisels.h"
#include "chisels/host.h"
#include "cli/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_DIRS 32

/* Strings made here live as long as the process, which is once through. */
static const char *const *dirs_add(const char *dir, size_t *n)
{
	static const char *dirs[MAX_DIRS];
	static size_t ndirs;

	if (dir && *dir && ndirs < MAX_DIRS)
		dirs[ndirs++] = dir;
	*n = ndirs;
	return dirs;
}

static void add_list(const char *list, size_t *n)
{
	char *copy = list && *list ? strdup(list) : NULL; /* the folders are parts of it */
	char *save = NULL;

	for (char *p = copy ? strtok_r(copy, ":", &save) : NULL; p; p = strtok_r(NULL, ":", &save))
		(void)dirs_add(p, n);
}

static void add_beside_program(size_t *n)
{
	static char path[PATH_MAX + sizeof("/chisels")];
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	if (len <= 0)
		return;
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return;
	memcpy(slash, "/chisels", sizeof("/chisels")); /* fits: the array is that much longer */
	(void)dirs_add(path, n);
}

const char *chisel_user_dir(void)
{
	static char user[PATH_MAX];
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	int n;

	if (data && *data == '/')
		n = snprintf(user, sizeof(user), "%s/sysreel/chisels", data);
	else if (home && *home)
		n = snprintf(user, sizeof(user), "%s/.local/share/sysreel/chisels", home);
	else
		return NULL;
	return n < (int)sizeof(user) ? user : NULL;
}

const char *const *chisel_dirs(const struct opts *o, size_t *n)
{
	(void)dirs_add(NULL, n);
	if (*n)
		return dirs_add(NULL, n);
	add_list(o->chisel_path, n);
	add_list(getenv("SYSREEL_CHISELS"), n);
	(void)dirs_add(chisel_user_dir(), n);
	add_beside_program(n);
	return dirs_add(SR_CHISELDIR, n);
}

/* How complete the answer is: what the file's recorder, or the live source, says of its losses. */
static void tell_loss(void *arg, struct sr_chisel_loss *loss)
{
	const struct output *out = arg;
	struct sr_source_stats stats;

	if (!out->source)
		return;
	out->source->ops->stats(out->source, &stats);
	loss->known = true;
	loss->lost = stats.lost;
	loss->damaged = stats.damaged;
	if (out->source->ops->file && !sr_source_complete(out->source))
		loss->also = "The capture has no end: it is still being recorded, or the recorder "
			     "was killed.";
}

/* 0 by 0 if it is none, or not known. */
static struct winsize terminal(void)
{
	struct winsize w = { 0 };

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0)
		w = (struct winsize){ 0 };
	return w;
}

/* Somebody looks at what goes on. Another's lines would be wiped out, and so would messages. */
static int refresh_lines(const struct opts *o)
{
	bool live = o->follow || strcmp(o->argv[0], "live") == 0;

	return live && o->nchisels + opts_groups(o) == 1 ? terminal().ws_row : 0;
}

/* What characters the terminal, or who reads this, has: as the C library decides it. */
static bool is_ascii(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return !strcasestr(v, "utf-8") && !strcasestr(v, "utf8");
	}
	return true;
}

static struct sr_chisel_opts look_of(const struct opts *o, struct output *out)
{
	return (struct sr_chisel_opts){ .out = stdout,
					.svg = out->svg,
					.json = o->json,
					.csv = o->csv,
					.bars = isatty(STDOUT_FILENO),
					.ascii = is_ascii(),
					.top = o->top_text,
					.color = want_color(o),
					.width = terminal().ws_col,
					.refresh_lines = refresh_lines(o),
					.utc = o->utc,
					.apply_filter = o->nchisels > 1,
					.loss = tell_loss,
					.loss_arg = out,
					.save = out->reading ? output_save : NULL,
					.save_arg = out };
}

static int chisel_open(struct opts *o, struct output *out, size_t i)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_chisel_opts opts = look_of(o, out);
	struct sr_chisel *c = NULL;
	int used = 0, at = o->chisels[i].at;
	int rc;

	opts.dirs = chisel_dirs(o, &opts.ndirs);
	rc = sr_chisel_open(&c, o->chisels[i].name, o->nwords - at, o->words + at, &used, &opts,
			    &err);
	if (rc < 0)
		return fail_rc("chisel", rc, &err);
	opts_drop_words(o, at, used);
	out->sinks[out->nsinks++] = sr_chisel_sink(c);
	out->chisel_filter = o->nchisels == 1 ? sr_chisel_filter(c) : NULL;
	return 0;
}

/* --by and the values: a chisel without a name. */
static int groups_open(struct opts *o, struct output *out)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_chisel_opts opts = look_of(o, out);
	const struct sr_oneliner what = { .by = o->by,
					  .cols = o->values,
					  .ncols = o->nvalues,
					  .hists = o->hists,
					  .nhists = o->nhists,
					  .every_ns = o->every_ns,
					  .top = o->top };
	struct sr_chisel *c = NULL;
	int rc;

	if (o->nchisels || o->format || o->write_file)
		return fail("%s: events can be grouped, or be given to -c, -p or -w; not both",
			    o->by ? "--by" : "--sum, --hist and their like");
	rc = sr_oneliner_open(&c, &what, &opts, &err);
	if (rc < 0)
		return fail_rc(NULL, rc, &err);
	out->sinks[out->nsinks++] = sr_chisel_sink(c);
	return 0;
}

/* The file keeps what it had until there is a picture; one that was not there is made. */
static int svg_open(const struct opts *o, struct output *out)
{
	int fd;

	if (o->nchisels + opts_groups(o) != 1)
		return fail("--svg: draws what one chisel shows; give one with -c");
	fd = open(o->svg, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	out->svg_made = fd < 0 ? NULL : o->svg;
	if (fd < 0 && errno == EEXIST)
		fd = open(o->svg, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	out->svg = fd < 0 ? NULL : fdopen(fd, "w");
	return out->svg ? 0 : fail("cannot write %s: %s", o->svg, strerror(errno));
}

void chisels_close(struct output *out)
{
	off_t end;

	if (!out->svg)
		return;
	end = ftello(out->svg);
	if (end > 0 && ftruncate(fileno(out->svg), end) < 0)
		say("cannot cut what was in the picture's file before: %s", strerror(errno));
	if (end == 0 && out->svg_made)
		(void)unlink(out->svg_made); /* nothing was drawn */
	(void)fclose(out->svg);		     /* the chisel has told of failed writes */
}

int chisels_open(struct opts *o, struct output *out)
{
	bool any = o->nchisels || opts_groups(o);

	if (o->csv && (!any || o->json))
		return fail("--csv: %s", any ? "and --json: one of them"
					     : "is for chisels and groups; -p prints events in "
					       "columns of your own");
	if (o->svg && svg_open(o, out))
		return EXIT_USAGE;
	if (any)
		guard_on();
	if (opts_groups(o))
		return groups_open(o, out);
	if (o->every_ns)
		return fail("--every: is for groups; give --by, or what to tell of all events");
	for (size_t i = 0; i < o->nchisels; i++) {
		int rc = chisel_open(o, out, i);

		if (rc)
			return rc;
	}
	return 0;
}
