/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"
#include "capture/sink_print.h"
#include "capture/sink_reel.h"
#include "capture/sink_scap.h"
#include "cli/files.h"
#include "cli/run_chisels.h"
#include "formats/scap_file.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is asked for ---- */

static int take_file(struct opts *o, const char **file)
{
	*file = o->read_file;
	if (*file)
		return 0;
	if (!o->nwords)
		return fail("which file? usage: sysreel %s FILE ...", o->argv[0]);
	*file = o->words[0];
	opts_drop_words(o, 0, 1);
	return 0;
}

/* One chisel alone: its filter is made part of ours, so that less is recorded and decoded. */
static int add_chisel_filter(struct output *out, const struct opts *o)
{
	char *user = opts_filter_text(o);
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf text = { 0 };
	int rc;

	sr_filter_free(out->filter);
	out->filter = NULL;
	if (user && *user)
		sr_buf_printf(&text, "(%s) and (%s)", out->chisel_filter, user);
	else
		sr_buf_puts(&text, out->chisel_filter);
	rc = user ? sr_filter_compile(&out->filter, sr_buf_cstr(&text), &err) : -ENOMEM;
	sr_buf_free(&text);
	free(user);
	return rc < 0 ? fail_rc("the chisel's filter", rc, &err) : 0;
}

int output_parse(struct output *out, struct opts *o, const char **file)
{
	int rc;

	*out = (struct output){ .write_fd = -1 };
	out->reading = file;
	out->view.time_mode = o->time_mode;
	out->view.payload = o->payload;
	out->view.utc = o->utc;
	rc = chisels_open(o, out);
	if (rc == 0 && file)
		rc = take_file(o, file);
	if (rc == 0)
		rc = compile_filter(&out->filter, o);
	if (rc == 0 && out->chisel_filter)
		rc = add_chisel_filter(out, o);
	return rc ? rc : compile_format(&out->format, o);
}

/* Is @word in @text, not as part of a longer name? */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p++) {
		bool starts = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_');
		bool ends = !(isalnum((unsigned char)p[len]) || p[len] == '_');

		if (starts && ends)
			return true;
	}
	return false;
}

/* Does the filter ask for rows of what existed before recording by the name of their type? */
static bool asks_for_state(const struct sr_filter *f)
{
	struct sr_buf text = { 0 };
	const char *s;
	bool asks;

	if (!f)
		return false;
	sr_filter_print(f, &text);
	s = sr_buf_cstr(&text);
	asks = has_word(s, "evt.type") && (has_word(s, "process") || has_word(s, "openfile"));
	sr_buf_free(&text);
	return asks;
}

bool want_color(const struct opts *o)
{
	const char *no = getenv("NO_COLOR");

	if (o->color)
		return o->color > 0;
	return isatty(STDOUT_FILENO) && !(no && *no);
}

/* ---- files to write ---- */

static bool is_scap(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t magic[32];
	ssize_t n = fd < 0 ? -1 : read(fd, magic, sizeof(magic));

	if (fd >= 0)
		(void)close(fd); /* only read from */
	return n > 0 && sr_scap_magic(magic, (size_t)n);
}

static bool is_capture(const char *path)
{
	struct sr_reel *reel = NULL;
	struct sr_meta *meta = NULL;
	bool yes;

	if (sr_meta_new(&meta) < 0)
		return false;
	yes = sr_reel_open(&reel, path, meta, NULL) != -EBADMSG || is_scap(path);
	sr_reel_free(reel);
	sr_meta_free(meta);
	return yes;
}

static int check_target(const char *path, const char *reading, const struct stat *st)
{
	struct stat in;

	if (S_ISDIR(st->st_mode))
		return fail("cannot write %s: %s", path, strerror(EISDIR));
	if (S_ISBLK(st->st_mode))
		return fail("cannot write %s: a capture is not for a disk", path);
	if (!S_ISREG(st->st_mode))
		return 0;
	if (reading && stat(reading, &in) == 0 && in.st_dev == st->st_dev &&
	    in.st_ino == st->st_ino)
		return fail("%s: is the file that is being read; write to another one", path);
	if (st->st_size && !is_capture(path))
		return fail("%s: exists and is not a capture; remove it or choose another name",
			    path);
	return 0;
}

int open_capture(const char *path, const char *reading)
{
	struct stat st;
	int fd;

	if (strcmp(path, "-") == 0) {
		if (isatty(STDOUT_FILENO)) {
			say("a capture is not for a terminal; give -w FILE, or send it into a pipe");
			return -1;
		}
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	}
	if (stat(path, &st) == 0 && check_target(path, reading, &st))
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		say("cannot write %s: %s", path, strerror(errno));
	return fd;
}

int start_capture(int fd, const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;

	if (fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		return fail("%s: another sysreel is writing to it", path);
	if (fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && st.st_size && ftruncate(fd, 0) < 0))
		return fail("cannot write %s: %s", path, strerror(errno));
	return 0;
}

/* ---- sinks ---- */

/* A copy of a capture that lacks something must not look complete. */
static const char *why_incomplete(void *arg)
{
	struct sr_source *source = arg;
	const struct cJSON *end = sr_meta_end(source->meta);
	size_t damaged;

	(void)sr_source_damages(source, &damaged);
	if (damaged)
		return "copied from a damaged capture";
	if (cJSON_GetObjectItemCaseSensitive(end, "incomplete"))
		return "copied from an incomplete capture";
	return sr_source_complete(source) ? NULL : "copied from a capture without an end";
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

bool is_scap_name(const char *path)
{
	return ends_with(path, ".scap") || ends_with(path, ".scap.gz");
}

/* The name of a file says what it shall be. */
static int make_writer(struct output *out, const struct opts *o,
		       const struct sr_sink_reel_opts *opts, struct sr_err *err)
{
	bool gz = o->gzip || ends_with(o->write_file, ".gz");

	out->scap = is_scap_name(o->write_file);
	if (out->scap)
		return sr_sink_scap_new(&out->write, opts->fd, gz, err);
	return sr_sink_reel_new(&out->write, opts, err);
}

/* What of the capture the copy will have: a reader must know that there was more. */
static int note_cut(struct output *out, const struct opts *o)
{
	char *filter = opts_filter_text(o);

	if (!filter)
		return fail("out of memory");
	if (*filter)
		out->cut = filter;
	else
		free(filter);
	if (!out->cut && (o->count || o->from || o->to)) {
		out->cut = strdup("a part by time or number");
		return out->cut ? 0 : fail("out of memory");
	}
	return 0;
}

static int open_write(struct output *out, const struct opts *o, struct sr_source *source)
{
	static const char *const reason = "copied";
	struct sr_sink_reel_opts opts = { .copy = true,
					  .source = source,
					  .reason = &reason,
					  .incomplete = why_incomplete,
					  .incomplete_arg = source };
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = files_opts(o, &opts, &out->rotation, SR_SYNC_NEVER);

	if (rc == 0)
		rc = note_cut(out, o);
	if (rc)
		return rc;
	opts.cut = out->cut;
	if (opts.rotation && is_scap_name(o->write_file))
		return fail("%s: a .scap is one file; only .reel can be divided", o->write_file);
	if (!opts.rotation)
		out->write_fd = open_capture(o->write_file, o->read_file);
	if (!opts.rotation && (out->write_fd < 0 || start_capture(out->write_fd, o->write_file)))
		return EXIT_USAGE;
	opts.fd = out->write_fd;
	rc = make_writer(out, o, &opts, &err);
	if (rc < 0)
		return fail_rc(o->write_file, rc, &err);
	out->sinks[out->nsinks++] = out->write;
	return 0;
}

static int open_print(struct output *out, const struct opts *o)
{
	const struct sr_sink_print_opts opts = { .fd = STDOUT_FILENO,
						 .lines = { .format = out->format,
							    .json = o->json,
							    .color = want_color(o),
							    .no_gaps = o->quiet,
							    .max_str = o->max_str },
						 .in_order = o->time_mode == 'D',
						 .limit = o->count };
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = sr_sink_print_new(&out->print, &opts, &err);

	if (rc < 0)
		return fail_rc("output", rc, &err);
	out->sinks[out->nsinks++] = out->print;
	return 0;
}

int output_open(struct output *out, struct opts *o, struct sr_source *source)
{
	struct sr_sink_reel_opts none = { 0 };

	out->source = source;
	if (!out->rotation.ninputs && o->read_file) {
		out->rotation.inputs = &o->read_file;
		out->rotation.ninputs = 1;
	}
	if (o->write_file)
		return open_write(out, o, source);
	if (files_opts(o, &none, &out->rotation, SR_SYNC_NEVER))
		return EXIT_USAGE;
	return out->nsinks ? 0 : open_print(out, o);
}

bool output_follows(const struct output *out)
{
	uint32_t need = (out->filter ? sr_filter_need(out->filter) : 0) |
			(out->format ? sr_format_need(out->format) : 0);

	for (size_t i = 0; i < out->nsinks; i++)
		need |= out->sinks[i]->ops->need(out->sinks[i]);
	return need & SR_NEED_FDS;
}

/* Fields that hang on the events before want them one after another. */
static uint32_t threads(const struct output *out, const struct opts *o)
{
	if ((out->filter && sr_filter_in_order(out->filter)) ||
	    (out->format && sr_format_in_order(out->format)))
		return 1;
	return o->threads ? o->threads : cpus();
}

void output_engine(struct output *out, const struct opts *o, struct sr_source *source,
		   struct sr_engine *e)
{
	*e = (struct sr_engine){ .source = source,
				 .filter = out->filter,
				 .sinks = out->sinks,
				 .nsinks = out->nsinks,
				 .view_opts = &out->view,
				 .threads = o->follow ? 1 : threads(out, o) };
	/* The printer counts what it shows; others have no limit of their own. */
	e->max_events = out->print ? 0 : o->count;
	e->hide_state = !o->state && !out->write && !asks_for_state(out->filter);
}

int output_save(void *arg, const char *path, const char *filter)
{
	struct output *out = arg;
	struct output_save **at = &out->saves, *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	while (*at)
		at = &(*at)->next;
	*at = s;
	s->path = strdup(path);
	s->filter = strdup(filter);
	return s->path && s->filter ? 0 : -ENOMEM;
}

void output_close(struct output *out)
{
	while (out->saves) {
		struct output_save *s = out->saves;

		out->saves = s->next;
		free(s->path);
		free(s->filter);
		free(s);
	}
	for (size_t i = 0; i < out->nsinks; i++)
		out->sinks[i]->ops->close(out->sinks[i]);
	chisels_close(out);
	sr_filter_free(out->filter);
	sr_format_free(out->format);
	free(out->cut);
	if (out->write_fd >= 0)
		(void)close(out->write_fd); /* the writer has told of failed writes */
}

void output_told(const struct output *out, const struct opts *o)
{
	struct sr_sink_scap_stats scap = { 0 };
	struct sr_sink_reel_stats reel = { 0 };
	char n[HUMAN_LEN], b[HUMAN_LEN];
	struct sr_buf files = { 0 };

	if (!out->write || o->quiet)
		return;
	if (!out->scap) {
		sr_sink_reel_stats(out->write, &reel);
		files_tell(&reel, &files);
		say("%s: %s event%s, %s%s", o->write_file, human_count(reel.events, n),
		    plural(reel.events), human_bytes(reel.bytes, b), sr_buf_cstr(&files));
		sr_buf_free(&files);
		return;
	}
	sr_sink_scap_stats(out->write, &scap);
	say("%s: %s event%s, %s", o->write_file, human_count(scap.events, n), plural(scap.events),
	    human_bytes(scap.bytes, b));
	if (scap.left_out)
		say("%s: %s event%s left out: .scap files have nothing for their types",
		    o->write_file, human_count(scap.left_out, n), plural(scap.left_out));
	if (!scap.events)
		say("%s: has no events, and no other tool opens it", o->write_file);
}
