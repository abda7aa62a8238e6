/* SPDX-License-Identifier: Apache-2.0 */
/* One slot for each thread that runs a chisel now. A signal handler has no argument, so these are
 * globals. */
#include "chisels/running.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#define SLOTS 128   /* threads that run chisels at a time: the program has at most 64 */
#define STACK 65536 /* of a handler: glibc's needs some, a sanitizer's more */

struct slot {
	_Atomic bool taken;
	_Atomic(const char *) name; /* NULL: nothing runs */
	_Atomic(const char *) what;
	_Atomic unsigned int ticks;
};

static struct slot slots[SLOTS];
static _Thread_local struct slot *mine;
static _Thread_local char stack[STACK];

/* A fault while its signal is blocked, as threads of the engine have all of them, would end the
 * process without a word. */
static void get_ready(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	stack_t s = { .ss_sp = stack, .ss_size = sizeof(stack) }, old;
	sigset_t set;

	(void)sigemptyset(&set); /* none of these can fail */
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		(void)sigaddset(&set, faults[i]);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	if (sigaltstack(NULL, &old) == 0 && old.ss_flags & SS_DISABLE)
		(void)sigaltstack(&s, NULL); /* without it a fault is told all the same, but one */
}

void sr_running_begin(const char *name, const char *what)
{
	static _Thread_local bool ready;

	if (!ready)
		get_ready();
	ready = true;
	for (size_t i = 0; i < SLOTS; i++) {
		bool no = false;

		if (!atomic_compare_exchange_strong(&slots[i].taken, &no, true))
			continue;
		mine = &slots[i];
		atomic_store(&mine->ticks, 0);
		atomic_store(&mine->what, what);
		atomic_store(&mine->name, name);
		return;
	}
}

void sr_running_end(void)
{
	if (!mine)
		return;
	atomic_store(&mine->name, NULL);
	atomic_store(&mine->taken, false);
	mine = NULL;
}

static bool tell(struct slot *s, const char **name, const char **what)
{
	*name = atomic_load(&s->name);
	*what = atomic_load(&s->what);
	return *name;
}

bool sr_running_get(const char **name, const char **what)
{
	return mine && tell(mine, name, what);
}

bool sr_running_tick(unsigned int limit, const char **name, const char **what)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (atomic_load(&slots[i].name) && atomic_fetch_add(&slots[i].ticks, 1) >= limit)
			return tell(&slots[i], name, what);
	return false;
}
