/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_print.h"
#include "cli/output.h"
#include "cli/when.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_AFTER_NS 1000000000ull
#define WAITING_AFTER_NS  500000000ull
#define PROGRESS_EVERY_NS 200000000ull

struct reading {
	const char *file;
	const struct opts *o;
	struct sr_source *source;
	size_t damages_told;
	bool waiting_told;
	bool show; /* progress may be shown */
	bool shown;
	uint64_t started, last;
};

static void show_progress(struct reading *r, const struct sr_engine *e)
{
	uint64_t now = sr_now_ns(), total = sr_source_file_stats(r->source)->events;
	char a[HUMAN_LEN], b[HUMAN_LEN];

	if (!r->show || now - r->started < (r->o->progress ? 0 : PROGRESS_AFTER_NS) ||
	    now - r->last < PROGRESS_EVERY_NS)
		return;
	r->last = now;
	r->shown = true;
	if (total)
		(void)fprintf(stderr, "\r%3" PRIu64 "%%, %s of %s events\033[K",
			      e->seen * 100 / total, human_count(e->seen, a),
			      human_count(total, b));
	else
		(void)fprintf(stderr, "\r%s events\033[K", human_count(e->seen, a));
}

static void clear_progress(struct reading *r)
{
	if (r->shown)
		(void)fprintf(stderr, "\r\033[K");
	r->shown = false;
}

/* ---- a file that grows ---- */

static struct sr_source *volatile followed;

/* The first signal ends reading in order: chisels show what they have. */
static void on_signal(int sig)
{
	(void)sig;
	followed->ops->stop(followed);
}

static int follow(const struct reading *r)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	struct sr_reel *reel = when_reel(r->source);

	if (!reel)
		return fail("%s: only a .reel file can be followed", r->file);
	sr_source_reel_follow(r->source);
	followed = r->source;
	(void)sigemptyset(&sa.sa_mask);	    /* cannot fail */
	(void)sigaction(SIGINT, &sa, NULL); /* nor these, for these signals */
	(void)sigaction(SIGTERM, &sa, NULL);
	return 0;
}

/* Who waits for a file that nobody writes to should know. */
static void tell_waiting(struct reading *r)
{
	if (!r->o->follow || r->waiting_told || r->o->quiet ||
	    sr_now_ns() - r->started < WAITING_AFTER_NS)
		return;
	r->waiting_told = true;
	if (sr_source_reel_follow_state(r->source) == SR_FOLLOW_NOBODY)
		say("%s: has no end, and no recorder on this machine writes to it; waiting for more "
		    "(Ctrl-C ends)",
		    r->file);
}

static bool on_progress(struct sr_engine *e, void *arg)
{
	struct reading *r = arg;
	size_t n;

	(void)sr_source_damages(r->source, &n);
	if (n > r->damages_told) {
		clear_progress(r);
		tell_damage(r->source, r->file, &r->damages_told);
	}
	tell_waiting(r);
	show_progress(r, e);
	return false;
}

static void on_damage(struct sr_engine *e, const struct sr_err *err, void *arg)
{
	struct reading *r = arg;

	(void)e;
	clear_progress(r);
	if (err->pos != SR_NO_POS)
		say("%s: a block does not decode, at byte %" PRIu64 ": %s", r->file, err->pos,
		    err->msg);
	else
		say("%s: a block does not decode: %s", r->file, err->msg);
}

/* Words about what the output cannot show by itself. */
static void tell_rest(const struct reading *r, const struct output *out)
{
	struct sr_sink_print_stats ps = { 0 };
	char n[HUMAN_LEN];

	if (out->print)
		sr_sink_print_stats(out->print, &ps);
	output_told(out, r->o);
	if (r->o->quiet || (r->o->count && ps.events >= r->o->count))
		return;
	if (ps.lost && (r->o->json || r->o->format))
		say("%s: %s events were lost while recording; `sysreel verify` tells where",
		    r->file, human_count(ps.lost, n));
	if (sr_source_complete(r->source) || r->damages_told)
		return;
	if (!r->o->follow)
		say("%s: has no end: still being recorded, or the recorder was killed", r->file);
	else if (sr_source_reel_follow_state(r->source) == SR_FOLLOW_GONE)
		say("%s: the recorder is gone, and did not end in order", r->file);
}

/* What reading has cost. Blocks that were not reached are neither. */
static void tell_work(const struct reading *r, struct sr_source *source)
{
	struct sr_reel *reel = when_reel(source);
	const struct sr_reel_work *w = reel ? sr_reel_work(reel) : NULL;
	char read[HUMAN_LEN], skipped[HUMAN_LEN], a[HUMAN_LEN], b[HUMAN_LEN];

	if (w)
		say("%s: %s block%s read (%s), %s passed over (%s)", r->file,
		    human_count(w->read, read), plural(w->read), human_bytes(w->read_bytes, a),
		    human_count(w->skipped, skipped), human_bytes(w->skipped_bytes, b));
}

static int run(struct opts *o, struct output *out, struct reading *r, struct sr_source *source)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_engine e;
	int rc = output_open(out, o, source);

	if (rc)
		return rc;
	output_engine(out, o, source, &e);
	rc = when_range(o, source, &e);
	if (rc == 0 && o->follow)
		rc = follow(r);
	if (rc)
		return rc;
	e.progress = on_progress;
	e.damage = on_damage;
	e.progress_arg = r;
	rc = sr_engine_run(&e, &err);
	clear_progress(r);
	tell_damage(r->source, r->file, &r->damages_told);
	if (rc < 0)
		return fail_rc(!e.broken		? r->file
			       : e.broken == out->write ? o->write_file
							: NULL,
			       rc, &err);
	tell_rest(r, out);
	if (o->stats)
		tell_work(r, source);
	return e.matched ? EXIT_OK : EXIT_NOTHING;
}

/* What chisels want in files of their own: as if the user had typed `read FILE -w PATH FILTER`. */
static int run_saves(const struct opts *o, const struct output *out)
{
	int rc = 0;

	for (const struct output_save *s = out->saves; s && rc == 0; s = s->next) {
		char *word = s->filter;
		struct opts again = *o;

		again.write_file = s->path;
		again.words = &word;
		again.nwords = 1;
		again.nchisels = 0;
		again.json = again.csv = again.follow = false;
		again.svg = again.format = again.from = again.to = NULL;
		again.count = 0;
		if (strcmp(o->read_file, "-") == 0)
			rc = fail("%s: standard input cannot be read again for it", s->path);
		else
			rc = cmd_read(&again);
	}
	return rc;
}

int cmd_read(struct opts *o)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct reading r = { .o = o, .started = sr_now_ns() };
	struct sr_source *source = NULL;
	struct sr_meta *meta = NULL;
	struct output out;
	int rc = output_parse(&out, o, &r.file);

	if (rc)
		goto end;
	o->read_file = r.file;
	r.show = isatty(STDERR_FILENO) && !o->quiet && !o->follow &&
		 (o->progress || o->write_file || o->nchisels || opts_groups(o) ||
		  !isatty(STDOUT_FILENO));
	rc = sr_meta_new(&meta);
	if (rc == 0)
		rc = sr_source_file_open(&source, r.file, meta, &err);
	if (rc < 0) {
		rc = fail_rc(r.file, rc, &err);
		goto end;
	}
	r.source = source;
	rc = run(o, &out, &r, source);
	if (rc == EXIT_OK)
		rc = run_saves(o, &out);

end:
	output_close(&out);
	if (source)
		source->ops->close(source);
	sr_meta_free(meta);
	return rc;
}

/* The same, into a file. */
int cmd_convert(struct opts *o)
{
	if (o->nwords < 2)
		return fail("convert from what into what? usage: sysreel convert IN OUT [FILTER]");
	o->write_file = o->words[1];
	opts_drop_words(o, 1, 1);
	return cmd_read(o);
}
