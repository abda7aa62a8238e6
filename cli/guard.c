/* SPDX-License-Identifier: Apache-2.0 */
/* After a fault in a chisel our own memory may be anything, and a lock may be held for ever, so
 * going on in this process (by a long jump out of the handler) would not be sound: the fault is
 * told and the process ends by it. Recordings are made by another process. */
#include "cli/guard.h"
#include "chisels/running.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define DEFAULT_SECONDS 60
#define EXIT_GIVEN_UP	2

static unsigned int limit;

/* Only what a signal handler may call. */
static void put(const char *s)
{
	size_t len = strlen(s);

	if (write(STDERR_FILENO, s, len) < 0)
		return; /* there is nobody to tell */
}

static void put_call(const char *name, const char *what)
{
	put("sysreel: chisel ");
	put(name);
	put(": its ");
	put(what);
}

static const char *words(int sig)
{
	static const struct {
		int sig;
		const char *words;
	} table[] = {
		{ SIGSEGV, " crashed: it used memory that is not its own (SIGSEGV)\n" },
		{ SIGBUS, " crashed: it used memory that is not there (SIGBUS)\n" },
		{ SIGFPE, " crashed: a calculation has no result (SIGFPE)\n" },
		{ SIGILL, " crashed: it is not code for this machine (SIGILL)\n" },
		{ SIGABRT, " gave up (SIGABRT)\n" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].sig == sig)
			return table[i].words;
	return " crashed\n";
}

/* The signal has its usual effect afterwards: a core of the place where it happened. */
static void on_fault(int sig)
{
	static _Atomic bool told;
	const char *name, *what;

	while (atomic_exchange(&told, true))
		(void)pause(); /* another thread tells, and ends us */
	if (sr_running_get(&name, &what)) {
		put_call(name, what);
		put(words(sig));
	}
	(void)signal(sig, SIG_DFL); /* cannot fail */
	(void)raise(sig);	    /* blocked until we return */
}

/* Somebody called exit(). */
static void on_exit_called(void)
{
	const char *name, *what;

	if (!sr_running_get(&name, &what))
		return;
	put_call(name, what);
	put(" called exit()\n");
	_exit(EXIT_GIVEN_UP);
}

static void on_tick(int sig)
{
	const char *name, *what;

	(void)sig;
	if (!sr_running_tick(limit, &name, &what))
		return;
	put_call(name, what);
	put(" does not come to an end; gave it up ($SYSREEL_CHISEL_SECONDS sets for how long a "
	    "chisel may compute)\n");
	_exit(EXIT_GIVEN_UP);
}

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
#define NFAULTS (sizeof(faults) / sizeof(faults[0]))

static unsigned int limit_of(const char *s)
{
	char *end;
	unsigned long n = s ? strtoul(s, &end, 10) : 0;

	return s && *s && !*end && n <= 1000000 ? (unsigned int)n : DEFAULT_SECONDS;
}

void guard_on(void)
{
	const struct itimerval every = { .it_interval = { .tv_sec = 1 },
					 .it_value = { .tv_sec = 1 } };
	struct sigaction sa = { .sa_handler = on_fault, .sa_flags = SA_ONSTACK };

	static bool exits;

	if (!exits)
		(void)atexit(on_exit_called); /* without it that is not told */
	exits = true;
	(void)sigemptyset(&sa.sa_mask); /* cannot fail, nor can these */
	for (size_t i = 0; i < NFAULTS; i++)
		(void)sigaction(faults[i], &sa, NULL);
	limit = limit_of(getenv("SYSREEL_CHISEL_SECONDS"));
	if (!limit)
		return;
	sa.sa_handler = on_tick;
	sa.sa_flags = SA_ONSTACK | SA_RESTART;
	(void)sigaction(SIGVTALRM, &sa, NULL);
	(void)setitimer(ITIMER_VIRTUAL, &every, NULL);
}

void guard_off(void)
{
	const struct itimerval never = { .it_value = { 0 } };

	(void)setitimer(ITIMER_VIRTUAL, &never, NULL); /* cannot fail, nor can these */
	for (size_t i = 0; i < NFAULTS; i++)
		(void)signal(faults[i], SIG_DFL);
}
