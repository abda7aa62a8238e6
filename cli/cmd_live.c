/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_print.h"
#include "cli/output.h"
#include "cli/session.h"

static bool on_progress(struct sr_engine *e, void *arg)
{
	(void)e;
	session_tick(arg);
	return false;
}

static void on_damage(struct sr_engine *e, const struct sr_err *err, void *arg)
{
	(void)e;
	(void)arg;
	say("a block was left out: %s", err->msg);
}

static void tell_lost(const struct session *s, const struct opts *o)
{
	struct sr_source_stats stats = { 0 };
	char n[HUMAN_LEN];

	s->source->ops->stats(s->source, &stats);
	if (stats.lost && !o->quiet)
		say("%s events were lost; --buffer gives more room, a narrower target or filter "
		    "makes fewer",
		    human_count(stats.lost, n));
}

static int run(struct opts *o, struct output *out, struct session *s)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_engine e;
	int rc = output_open(out, o, s->source), status;

	if (rc == 0)
		rc = session_go(s);
	if (rc)
		return rc;
	output_engine(out, o, s->source, &e);
	e.progress = on_progress;
	e.damage = on_damage;
	e.progress_arg = s;
	rc = sr_engine_run(&e, &err);
	if (rc < 0)
		(void)fail_rc("live", rc, &err);
	status = session_end(s);
	tell_lost(s, o);
	return rc < 0 ? EXIT_USAGE : status;
}

int cmd_live(struct opts *o)
{
	struct session s = { 0 };
	struct output out;
	int rc = output_parse(&out, o, NULL);

	if (rc == 0)
		rc = session_open(&s, o, output_follows(&out) ? NULL : out.filter, 0);
	if (rc == 0)
		rc = run(o, &out, &s);
	output_close(&out);
	session_close(&s);
	return rc;
}
