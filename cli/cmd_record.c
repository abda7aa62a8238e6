/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_print.h"
#include "capture/sink_reel.h"
#include "cli/beside.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/retro.h"
#include "cli/session.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What kill -9 may lose, together with as much in the sink. Shorter, and blocks are so small that
 * the sink has to copy several into one. */
#define FLUSH_MS  750
#define STATUS_NS 500000000ull

struct recording {
	struct session s;
	const struct opts *o;
	struct sr_sink *sink;
	struct sr_sink_reel_opts file;
	struct sr_rotation_opts rotation;
	struct besides chisels;
	int fd;	    /* -1: there are several files */
	bool fresh; /* the file was not there before */
	bool begun; /* it has content of ours */
	bool show;  /* the status line */
	bool shown;
	uint64_t last_status, last_events, ended;
};

static uint64_t lost(const struct recording *r)
{
	struct sr_source_stats stats = { 0 };

	r->s.source->ops->stats(r->s.source, &stats);
	return stats.lost;
}

static void show_status(struct recording *r)
{
	uint64_t now = sr_now_ns(), ns = now - r->last_status, n;
	char a[HUMAN_LEN], b[HUMAN_LEN], c[HUMAN_LEN], d[HUMAN_LEN];
	struct sr_sink_reel_stats st;

	if (!r->show || ns < STATUS_NS)
		return;
	sr_sink_reel_stats(r->sink, &st);
	n = st.events - r->last_events;
	(void)fprintf(stderr, "\r%4" PRIu64 " s  %s events  %s/s  %s  %s lost\033[K",
		      (now - r->s.started) / 1000000000u, human_count(st.events, a),
		      human_count((uint64_t)((double)n * 1e9 / (double)ns), b),
		      human_bytes(st.bytes, c), human_count(lost(r), d));
	r->shown = true;
	r->last_status = now;
	r->last_events = st.events;
}

static void clear_status(struct recording *r)
{
	if (r->shown)
		(void)fprintf(stderr, "\r\033[K");
	r->shown = false;
}

static bool on_progress(struct sr_engine *e, void *arg)
{
	struct recording *r = arg;

	(void)e;
	session_tick(&r->s);
	beside_poll(&r->chisels);
	show_status(r);
	return false;
}

static void on_damage(struct sr_engine *e, const struct sr_err *err, void *arg)
{
	(void)e;
	clear_status(arg);
	say("a block was left out: %s", err->msg);
}

/* ", held up 3 times for 1.2ms" */
static void put_frozen(const struct recording *r, struct sr_buf *out)
{
	struct sr_source_stats stats = { 0 };
	char n[HUMAN_LEN];

	r->s.source->ops->stats(r->s.source, &stats);
	if (!r->o->lossless)
		return;
	sr_buf_printf(out, ", frozen %s time%s", human_count(stats.frozen, n),
		      plural(stats.frozen));
	if (stats.frozen) {
		sr_buf_puts(out, " for ");
		sr_latency_text(stats.frozen_ns, out);
	}
}

static void tell_summary(const struct recording *r)
{
	char a[HUMAN_LEN], b[HUMAN_LEN], c[HUMAN_LEN], d[HUMAN_LEN];
	struct sr_sink_reel_stats st;
	struct sr_buf took = { 0 }, frozen = { 0 }, files = { 0 };
	struct stat file;

	if (r->o->quiet)
		return;
	sr_sink_reel_stats(r->sink, &st);
	if (r->fd >= 0 && fstat(r->fd, &file) == 0 && S_ISREG(file.st_mode))
		st.bytes = (uint64_t)file.st_size;
	sr_latency_text(r->ended - r->s.started, &took);
	put_frozen(r, &frozen);
	files_tell(&st, &files);
	say("%s: %s event%s in %s, %s lost%s, %s%s in %s block%s, %.1f bytes per event",
	    r->o->write_file, human_count(st.events, a), plural(st.events), sr_buf_cstr(&took),
	    human_count(lost(r), b), sr_buf_cstr(&frozen), human_bytes(st.bytes, c),
	    sr_buf_cstr(&files), human_count(st.blocks, d), plural(st.blocks),
	    st.rows ? (double)st.bytes / (double)st.rows : 0.0);
	sr_buf_free(&took);
	sr_buf_free(&frozen);
	sr_buf_free(&files);
}

static int begin(struct recording *r)
{
	struct sr_sink_reel_opts *opts = &r->file;
	struct sr_err err = { .pos = SR_NO_POS };
	int rc;

	opts->fd = r->fd;
	opts->source = r->s.source;
	opts->reason = &r->s.reason;
	if (r->fd >= 0 && start_capture(r->fd, r->o->write_file))
		return EXIT_USAGE;
	rc = sr_sink_reel_new(&r->sink, opts, &err);
	if (rc < 0)
		return fail_rc(r->o->write_file, rc, &err);
	r->begun = true;
	if (beside_start(&r->chisels))
		return EXIT_USAGE;
	return session_go(&r->s);
}

static int run(struct recording *r, struct sr_filter *filter)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_engine e = { .source = r->s.source,
			       .filter = filter,
			       .sinks = &r->sink,
			       .nsinks = 1,
			       .max_events = r->o->count,
			       .progress = on_progress,
			       .progress_arg = r,
			       .damage = on_damage };
	int rc, status;

	if (r->o->count)
		r->s.reason = "enough events";
	rc = sr_engine_run(&e, &err);
	r->ended = sr_now_ns();
	clear_status(r);
	if (rc < 0)
		(void)fail_rc(r->o->write_file, rc, &err);
	status = session_end(&r->s);
	tell_summary(r);
	return rc < 0 ? EXIT_USAGE : status;
}

static void close_all(struct recording *r)
{
	if (r->sink)
		r->sink->ops->close(r->sink);
	session_close(&r->s);
	if (r->fd < 0)
		return;
	if (r->fresh && !r->begun)
		(void)unlink(r->o->write_file); /* we have just made it, and it is empty */
	(void)close(r->fd);			/* the writer has told of failed writes */
}

int cmd_record(struct opts *o)
{
	struct recording r = { .o = o, .fd = -1 };
	struct sr_filter *filter = NULL;
	int rc;

	if (o->retro && o->nchisels)
		return fail("-c: a chisel beside a recording reads its file; --retro has many");
	if (o->retro)
		return record_retro(o);
	if (!o->write_file)
		return fail("where to? usage: sysreel record -w FILE ...");
	if (is_scap_name(o->write_file))
		return fail("%s: a recording is a .reel; sysreel convert makes a .scap of it",
			    o->write_file);
	rc = files_opts(o, &r.file, &r.rotation, SR_SYNC_CRITICAL);
	if (rc == 0)
		rc = beside_plan(&r.chisels, o);
	if (rc == 0)
		rc = compile_filter(&filter, o);
	if (rc)
		return rc;
	r.show = isatty(STDERR_FILENO) && !o->quiet;
	r.fresh = strcmp(o->write_file, "-") != 0 && access(o->write_file, F_OK) != 0;
	if (!r.file.rotation)
		r.fd = open_capture(o->write_file, NULL);
	if (!r.file.rotation && r.fd < 0)
		rc = EXIT_USAGE;
	else
		rc = session_open(&r.s, o, filter, FLUSH_MS);
	if (rc == 0)
		rc = begin(&r);
	if (rc == 0)
		rc = run(&r, filter);
	close_all(&r);
	if (!beside_end(&r.chisels) && rc == 0)
		rc = EXIT_NOTHING; /* a chisel failed */
	beside_free(&r.chisels);
	sr_filter_free(filter);
	return rc;
}
