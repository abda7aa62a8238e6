/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/retro.h"
#include "capture/control.h"
#include "capture/engine.h"
#include "capture/sink_retro.h"
#include "cli/notify.h"
#include "cli/pass.h"
#include "cli/session.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_MS  500
#define LATE_NS	  1000000000ull /* an event comes in at most so late: FLUSH_MS and some waiting */
#define STATUS_NS 1000000000ull

struct retro {
	struct session s;
	struct opts *o;
	struct sr_triggers triggers;
	struct sr_sink *sink;
	struct sr_control *control;
	bool show, shown; /* the status line */
	uint64_t last_status;
};

/* ---- signals ---- */

static volatile sig_atomic_t got_usr1;
static volatile pid_t usr1_from;

static void on_usr1(int sig, siginfo_t *info, void *ctx)
{
	(void)sig, (void)ctx;
	usr1_from = info->si_pid;
	got_usr1 = 1;
}

static void catch_usr1(void)
{
	struct sigaction sa = { .sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO | SA_RESTART };

	(void)sigemptyset(&sa.sa_mask);	     /* cannot fail */
	(void)sigaction(SIGUSR1, &sa, NULL); /* nor this, for this signal */
}

/* ---- what is told ---- */

static void clear_status(struct retro *r)
{
	if (r->shown)
		(void)fprintf(stderr, "\r\033[K");
	r->shown = false;
}

static void show_status(struct retro *r)
{
	char a[HUMAN_LEN], b[HUMAN_LEN];
	struct sr_sink_retro_stats st;
	uint64_t now = sr_now_ns();

	if (now - r->last_status < STATUS_NS)
		return;
	r->last_status = now;
	sr_sink_retro_stats(r->sink, &st);
	notify("WATCHDOG=1\nSTATUS=%" PRIu64 " s held in %s, %" PRIu64 " files written",
	       st.held_ns / 1000000000u, human_bytes(st.held.bytes, a), st.begun);
	if (!r->show)
		return;
	(void)fprintf(stderr, "\r%" PRIu64 " s held in %s  %s file%s%s\033[K",
		      st.held_ns / 1000000000u, human_bytes(st.held.bytes, a),
		      human_count(st.begun, b), plural(st.begun), st.writing ? ", writing" : "");
	r->shown = true;
}

static void trim(struct retro *r)
{
	size_t n;

	if (!r->o->files && !r->o->max_disk)
		return;
	n = retro_trim(r->o->write_file, r->o->files, r->o->max_disk);
	if (!n || r->o->quiet)
		return;
	clear_status(r);
	say("%zu old file%s removed, to make room (-W, --max-disk)", n, plural(n));
}

static void on_news(void *arg, enum sr_retro_news what, const char *words)
{
	struct retro *r = arg;

	if (what == SR_RETRO_ENDED)
		trim(r);
	if (r->o->quiet && what != SR_RETRO_REFUSED && what != SR_RETRO_FAILED)
		return;
	clear_status(r);
	say("%s", words);
}

static void tell_summary(const struct retro *r)
{
	char a[HUMAN_LEN], b[HUMAN_LEN], c[HUMAN_LEN];
	struct sr_sink_retro_stats st;

	if (r->o->quiet)
		return;
	sr_sink_retro_stats(r->sink, &st);
	say("%s trigger%s, %s file%s, %s refused by the limit", human_count(st.fired, a),
	    plural(st.fired), human_count(st.begun, b), plural(st.begun),
	    human_count(st.refused, c));
}

static void on_damage(struct sr_engine *e, const struct sr_err *err, void *arg)
{
	(void)e;
	clear_status(arg);
	say("a block was left out: %s", err->msg);
}

/* ---- the control socket ---- */

static void put_json(struct sr_buf *out, struct cJSON *doc)
{
	char *text = cJSON_PrintUnformatted(doc);

	if (text)
		sr_buf_puts(out, text);
	else
		sr_control_refuse(out, "out of memory");
	cJSON_free(text);
	cJSON_Delete(doc);
}

static void answer_status(struct retro *r, struct sr_buf *answer)
{
	struct cJSON *doc = cJSON_CreateObject(), *list;
	struct sr_sink_retro_stats st;

	sr_sink_retro_stats(r->sink, &st);
	(void)cJSON_AddTrueToObject(doc, "ok"); /* what has no memory is missing in the answer */
	(void)cJSON_AddNumberToObject(doc, "pid", getpid());
	(void)cJSON_AddStringToObject(doc, "where", r->o->write_file);
	json_add_u64(doc, "running_ns", sr_now_ns() - r->s.started);
	json_add_u64(doc, "held_ns", st.held_ns);
	json_add_u64(doc, "held_bytes", st.held.bytes);
	json_add_u64(doc, "rings", st.held.rings);
	(void)cJSON_AddBoolToObject(doc, "per_container", r->o->per_container);
	json_add_u64(doc, "after_ns", r->o->after_ns);
	json_add_u64(doc, "max_triggers", r->o->max_triggers);
	json_add_u64(doc, "fired", st.fired);
	json_add_u64(doc, "refused", st.refused);
	json_add_u64(doc, "files", st.begun);
	json_add_u64(doc, "failed", st.failed);
	json_add_u64(doc, "writing", st.writing);
	list = cJSON_AddArrayToObject(doc, "triggers");
	for (size_t i = 0; i < r->triggers.n; i++) {
		struct cJSON *t = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(t, "name", r->triggers.t[i].name);
		(void)cJSON_AddStringToObject(t, "filter", r->triggers.t[i].filter);
		(void)cJSON_AddItemToArray(list, t);
	}
	put_json(answer, doc);
}

static const struct sr_container *find_container(const struct sr_meta *meta, const char *what)
{
	const struct sr_container *by_id = NULL;

	for (size_t i = 0; i < sr_meta_containers(meta); i++) {
		const struct sr_container *c = sr_meta_container_at(meta, i);

		if (strcmp(c->name, what) == 0)
			return c;
		if (strlen(what) >= 3 && strncmp(c->id, what, strlen(what)) == 0)
			by_id = c;
	}
	return by_id;
}

static void answer_trigger(struct retro *r, const struct sr_control_request *rq,
			   struct sr_buf *answer)
{
	struct sr_retro_cause cause = { .name = "command", .time = sr_now_ns() };
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf paths = { 0 };
	char reason[SR_CONTROL_WORDS + 80];
	struct cJSON *doc, *files;
	int rc;

	(void)snprintf(reason, sizeof(reason), "%s%sasked for by process %d of user %d", rq->reason,
		       *rq->reason ? ", " : "", (int)rq->pid, (int)rq->uid); /* fits */
	cause.reason = reason;
	if (*rq->container) {
		cause.container = find_container(r->s.meta, rq->container);
		if (!r->o->per_container || !cause.container) {
			sr_control_refuse(answer, r->o->per_container
							  ? "nothing is held of such a container"
							  : "this recorder holds all containers "
							    "together (--retro-per container)");
			return;
		}
	}
	rc = sr_sink_retro_trigger(r->sink, &cause, &paths, &err);
	if (rc < 0) {
		sr_control_refuse(answer, err.msg[0] ? err.msg : strerror(-rc));
	} else {
		doc = cJSON_CreateObject();
		(void)cJSON_AddTrueToObject(doc, "ok");
		files = cJSON_AddArrayToObject(doc, "files");
		for (size_t i = 0; i < paths.len; i += strlen((char *)paths.p + i) + 1)
			(void)cJSON_AddItemToArray(files, cJSON_CreateString((char *)paths.p + i));
		put_json(answer, doc);
	}
	sr_buf_free(&paths);
}

static void serve(void *arg, const struct sr_control_request *rq, struct sr_buf *answer)
{
	if (rq->verb == SR_CONTROL_STATUS)
		answer_status(arg, answer);
	else
		answer_trigger(arg, rq, answer);
}

/* Without a socket a recorder is still good for its other triggers; but not if it was asked for. */
static int open_control(struct retro *r)
{
	const char *path = r->o->control ? r->o->control : DEFAULT_CONTROL;
	struct sr_err err = { .pos = SR_NO_POS };
	int rc;

	if (strcmp(path, "none") == 0)
		return 0;
	rc = sr_control_open(&r->control, path, &err);
	if (rc < 0 && r->o->control)
		return fail_rc("--control", rc, &err);
	if (rc < 0)
		say("%s; `sysreel trigger` will not reach this recorder (--control PATH)", err.msg);
	return 0;
}

/* ---- running ---- */

static void trigger_by_signal(struct retro *r)
{
	struct sr_retro_cause cause = { .name = "sigusr1", .time = sr_now_ns() };
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf paths = { 0 };
	char reason[80];
	int rc;

	got_usr1 = 0;
	(void)snprintf(reason, sizeof(reason), "SIGUSR1 from process %d",
		       (int)usr1_from); /* fits */
	cause.reason = reason;
	rc = sr_sink_retro_trigger(r->sink, &cause, &paths, &err);
	if (rc == -ENOENT)
		say("SIGUSR1: %s", err.msg); /* other failures are told by the sink */
	sr_buf_free(&paths);
}

static bool on_progress(struct sr_engine *e, void *arg)
{
	struct retro *r = arg;

	(void)e;
	session_tick(&r->s);
	if (got_usr1)
		trigger_by_signal(r);
	if (r->control)
		sr_control_poll(r->control, serve, r);
	show_status(r);
	return false;
}

static int create(void *arg, const struct sr_retro_cause *c, struct sr_buf *path,
		  struct sr_err *err)
{
	return retro_create(((struct retro *)arg)->o->write_file, c, path, err);
}

static int make_sink(struct retro *r)
{
	const struct sr_sink_retro_opts opts = {
		.limits = { r->o->retro_ns, r->o->retro_bytes, r->o->retro_memory },
		.per_container = r->o->per_container,
		.level = (int)r->o->level,
		.after_ns = r->o->after_ns,
		.late_ns = LATE_NS,
		.max_per_hour = r->o->max_triggers,
		.triggers = &r->triggers,
		.source = r->s.source,
		.reason = &r->s.reason,
		.create = create,
		.tell = on_news,
		.arg = r,
	};
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = sr_sink_retro_new(&r->sink, &opts, &err);

	return rc < 0 ? fail_rc(NULL, rc, &err) : session_go(&r->s);
}

static int run(struct retro *r, struct sr_filter *filter)
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
	notify("READY=1");
	rc = sr_engine_run(&e, &err);
	notify("STOPPING=1");
	clear_status(r);
	if (rc < 0)
		(void)fail_rc("record --retro", rc, &err);
	status = session_end(&r->s);
	tell_summary(r);
	return rc < 0 ? EXIT_USAGE : status;
}

/* ---- options ---- */

static int add_triggers(struct retro *r)
{
	for (size_t i = 0; i < r->o->ntriggers; i++) {
		const char *text = r->o->triggers[i];
		struct sr_err err = { .pos = SR_NO_POS };
		int rc = sr_triggers_add(&r->triggers, text, &err);

		if (rc == -ENOTSUP) /* the others are no worse without it */
			say("%s", err.msg);
		else if (rc < 0)
			return fail_expression("--trigger", text, rc, &err);
	}
	return 0;
}

/* What is recorded: what the filter of the line selects, and what makes triggers fire. */
static int make_filter(struct retro *r, struct sr_filter **out)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf joined = { 0 };
	char *text;
	int rc = compile_filter(out, r->o);

	if (rc || !*out)
		return rc;
	sr_filter_free(*out);
	*out = NULL;
	text = opts_filter_text(r->o);
	if (text)
		sr_triggers_filter(&r->triggers, text, &joined);
	rc = text && !joined.oom ? sr_filter_compile(out, sr_buf_cstr(&joined), &err) : -ENOMEM;
	free(text);
	sr_buf_free(&joined);
	return rc < 0 ? fail_rc("filter", rc, &err) : 0;
}

static int check(const struct opts *o)
{
	if (!o->write_file || strcmp(o->write_file, "-") == 0)
		return fail("where to? sysreel record --retro 60s -w FOLDER ...");
	if (o->file_bytes || o->file_seconds || o->file_events || o->sync >= 0)
		return fail("-C, -G, -e and --fsync do not go with --retro: triggers begin files");
	if ((o->files || o->max_disk) && !retro_is_folder(o->write_file))
		return fail("-W and --max-disk go with --retro if -w is a folder");
	if (o->retro_memory < 4000000)
		return fail("--retro-memory: less than 4MB hold next to nothing");
	if (o->retro_bytes > o->retro_memory)
		return fail("--retro: more than --retro-memory allows");
	return 0;
}

int record_retro(struct opts *o)
{
	struct sr_filter *filter = NULL;
	struct retro *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return fail("out of memory");
	r->o = o;
	r->show = isatty(STDERR_FILENO) && !o->quiet;
	rc = add_triggers(r);
	if (rc == 0)
		rc = check(o);
	if (rc == 0)
		rc = make_filter(r, &filter);
	if (rc == 0)
		rc = open_control(r);
	if (rc)
		goto out;
	catch_usr1();
	rc = session_open(&r->s, o, filter, FLUSH_MS);
	if (rc == 0)
		rc = make_sink(r);
	if (rc == 0)
		rc = run(r, filter);
	if (r->sink)
		r->sink->ops->close(r->sink);
	session_close(&r->s);
out:
	sr_filter_free(filter);
	sr_control_close(r->control);
	sr_triggers_free(&r->triggers);
	free(r);
	return rc;
}
