/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/beside.h"
#include "chisels/host.h"
#include "cli/guard.h"
#include "cli/run_chisels.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS	      20000000
#define TELL_AFTER_NS 2000000000ull
#define MAX_ARGS      64

/* ---- before recording ---- */

static int plan_one(struct beside *v, struct opts *o, size_t i)
{
	struct sr_err err = { .pos = SR_NO_POS };
	int used = 0, at = o->chisels[i].at, rc;
	const char *const *dirs;
	size_t ndirs;

	dirs = chisel_dirs(o, &ndirs);
	v->name = o->chisels[i].name;
	rc = sr_chisel_count_words(v->name, o->nwords - at, o->words + at, &used, dirs, ndirs,
				   &err);
	if (rc < 0)
		return fail_rc("chisel", rc, &err);
	if (used > MAX_ARGS)
		return fail("chisel %s: too many arguments", v->name);
	v->args = calloc((size_t)used + 1, sizeof(*v->args));
	if (!v->args)
		return fail("out of memory");
	if (used)
		memcpy(v->args, o->words + at, (size_t)used * sizeof(*v->args));
	v->nargs = used;
	opts_drop_words(o, at, used);
	return 0;
}

int beside_plan(struct besides *b, struct opts *o)
{
	int rc = 0;

	b->o = o;
	if (!o->nchisels)
		return o->json || o->csv || o->svg
			       ? fail("--json, --csv and --svg are for a chisel: give one with -c")
			       : 0;
	if (o->retro || o->file_bytes || o->file_seconds || o->file_events || o->files ||
	    o->max_disk || strcmp(o->write_file, "-") == 0)
		return fail(
			"-c: a chisel beside a recording reads its file, and there must be one");
	if (o->svg && o->nchisels > 1)
		return fail("--svg: draws what one chisel shows; give one with -c");
	guard_on(); /* for loading; the recorder runs none of their code after this */
	for (size_t i = 0; rc == 0 && i < o->nchisels; i++) {
		b->n = i + 1;
		rc = plan_one(&b->v[i], o, i);
	}
	guard_off();
	return rc;
}

/* ---- starting ---- */

/* In the child. A process group of its own keeps it from Ctrl-C, which is for the recorder: it
 * ends when the file does. */
static void __attribute__((noreturn)) run(const struct besides *b, const struct beside *v)
{
	const char *argv[MAX_ARGS + 16] = { "sysreel", "read", "--follow", b->o->write_file };
	int n = 4;

	if (b->o->json)
		argv[n++] = "--json";
	if (b->o->csv)
		argv[n++] = "--csv";
	if (b->o->quiet)
		argv[n++] = "--quiet";
	if (b->o->chisel_path) {
		argv[n++] = "--chisel-path";
		argv[n++] = b->o->chisel_path;
	}
	if (b->o->svg) {
		argv[n++] = "--svg";
		argv[n++] = b->o->svg;
	}
	argv[n++] = "-c";
	argv[n++] = v->name;
	for (int i = 0; i < v->nargs; i++)
		argv[n++] = v->args[i];
	(void)setpgid(0, 0);
	(void)setpriority(PRIO_PROCESS, 0, 0);	/* the recorder is in a hurry, this is not */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* then it shows what it has */
	(void)execv("/proc/self/exe", (char *const *)(uintptr_t)argv); /* returns on failure */
	_exit(127);
}

int beside_start(struct besides *b)
{
	(void)fflush(NULL); /* else both would write it */
	for (size_t i = 0; i < b->n; i++) {
		struct beside *v = &b->v[i];

		v->pid = fork();
		if (v->pid == 0)
			run(b, v);
		if (v->pid < 0) {
			v->pid = 0;
			return fail("cannot start chisel %s: %s", v->name, strerror(errno));
		}
	}
	return 0;
}

/* ---- while recording, and after ---- */

/* Status 1 is that no event was for it. */
static void take_status(struct beside *v, int st)
{
	v->ended = true;
	v->failed = WIFSIGNALED(st) || WEXITSTATUS(st) > EXIT_NOTHING;
	if (WIFSIGNALED(st))
		say("chisel %s was ended by signal %d (%s); the recording is not harmed", v->name,
		    WTERMSIG(st), strsignal(WTERMSIG(st)));
	else if (v->failed)
		say("chisel %s failed; the recording is not harmed", v->name);
}

/* Return: are all at their end? */
static bool poll_all(struct besides *b)
{
	bool all = true;

	for (size_t i = 0; i < b->n; i++) {
		struct beside *v = &b->v[i];
		int st;

		if (!v->pid || v->ended)
			continue;
		if (waitpid(v->pid, &st, WNOHANG) == v->pid)
			take_status(v, st);
		all &= v->ended;
	}
	return all;
}

void beside_poll(struct besides *b)
{
	(void)poll_all(b);
}

bool beside_end(struct besides *b)
{
	uint64_t since = sr_now_ns();
	bool told, well = true;

	if (!b->n)
		return true;
	told = b->o->quiet;
	(void)signal(SIGINT, SIG_DFL); /* nothing can be lost now; cannot fail */
	(void)signal(SIGTERM, SIG_DFL);
	while (!poll_all(b)) {
		const struct timespec t = { .tv_nsec = POLL_NS };

		(void)nanosleep(&t, NULL);
		if (told || sr_now_ns() - since < TELL_AFTER_NS)
			continue;
		told = true;
		say("%s: is whole; chisels still read it (Ctrl-C ends them)", b->o->write_file);
	}
	for (size_t i = 0; i < b->n; i++)
		well &= !b->v[i].failed;
	return well;
}

void beside_free(struct besides *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].args);
}
