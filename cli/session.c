/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What the signal handler looks at. */
static volatile sig_atomic_t got_signal, signals;
static volatile bool from_terminal;
static struct sr_source *volatile stop_source;
static volatile pid_t stop_child;

/* From the terminal the command gets the signal too: its end is recorded, and ends the recording.
 * A second signal ends the command the hard way, a third one ends us. */
static void on_signal(int sig, siginfo_t *info, void *ctx)
{
	int saved = errno;

	(void)ctx;
	signals++;
	got_signal = sig;
	from_terminal = info->si_code == SI_KERNEL;
	if (signals > 1 && stop_child)
		(void)kill(stop_child, SIGKILL); /* it may just have ended */
	if (signals > 2 || (signals > 1 && !stop_child)) {
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
	}
	if (stop_source && !(signals == 1 && stop_child && from_terminal))
		stop_source->ops->stop(stop_source);
	errno = saved;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };

	(void)sigemptyset(&sa.sa_mask);	    /* cannot fail */
	(void)sigaction(SIGINT, &sa, NULL); /* nor these, for these signals */
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGHUP, &sa, NULL);
}

/* The recorder sleeps most of the time; when it wakes it has to empty its logs before those who
 * fill them fill them up. Where that is not allowed, larger logs (--buffer) do. */
static void hurry(void)
{
	(void)setpriority(PRIO_PROCESS, 0, -10);
}

int session_open(struct session *s, const struct opts *o, struct sr_filter *filter,
		 uint32_t flush_ms)
{
	bool stdout_taken = o->write_file && strcmp(o->write_file, "-") == 0;
	int rc = 0;

	*s = (struct session){ .o = o, .reason = "ended" };
	if (sr_meta_new(&s->meta) < 0)
		return fail("out of memory");
	if (o->command) {
		rc = command_start(&s->cmd, o->command, stdout_taken);
		s->has_cmd = true;
		stop_child = s->cmd.pid;
	}
	/* After the fork: the child keeps the usual actions and priority. */
	catch_signals();
	hurry();
	if (rc == 0)
		rc = targets_find(&s->targets, o, s->has_cmd ? &s->cmd : NULL, filter);
	if (rc == 0)
		rc = targets_open(&s->targets, o, flush_ms, s->meta, &s->source);
	if (rc == 0)
		stop_source = s->source;
	return rc;
}

int session_go(struct session *s)
{
	s->started = sr_now_ns();
	if (!s->o->quiet)
		targets_tell_waiting(&s->targets);
	return s->has_cmd ? command_go(&s->cmd) : 0;
}

static void stop(struct session *s, const char *reason)
{
	if (s->stopping)
		return;
	s->stopping = true;
	s->reason = reason;
	s->source->ops->stop(s->source);
}

void session_tick(struct session *s)
{
	if (s->has_cmd && command_poll(&s->cmd))
		stop(s, "the command ended");
	else if (signals && !(s->has_cmd && signals == 1 && from_terminal))
		stop(s, "interrupted");
	else if (s->o->duration_ns && sr_now_ns() - s->started >= s->o->duration_ns)
		stop(s, "the time was over");
}

int session_end(struct session *s)
{
	bool ours;

	stop_source = NULL;
	if (!s->o->quiet)
		targets_tell_unnamed(&s->targets);
	if (!s->has_cmd)
		return 0;
	ours = !command_poll(&s->cmd);
	if (ours)
		(void)kill(s->cmd.pid, signals ? got_signal : SIGTERM); /* it may just have ended */
	(void)command_wait(&s->cmd);
	stop_child = 0;
	/* A command that we ended because a limit was reached did nothing wrong. */
	return ours && !signals ? 0 : s->cmd.status;
}

void session_close(struct session *s)
{
	stop_source = NULL;
	if (s->has_cmd)
		command_close(&s->cmd);
	stop_child = 0;
	if (s->source)
		s->source->ops->close(s->source);
	targets_free(&s->targets);
	sr_meta_free(s->meta);
}
