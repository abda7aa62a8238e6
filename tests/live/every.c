/* SPDX-License-Identifier: Apache-2.0 */
/* Every system call that harms nothing when its arguments make no sense: descriptors and numbers
 * are -1, addresses NULL. What it returned, sysreel must have seen. Then those that cannot fail. */
#include "tests/live/live.h"

#if defined(__x86_64__)
#define NUMBER(x86_64, aarch64) x86_64
#else
#define NUMBER(x86_64, aarch64) aarch64
#endif

enum what {
	MINUS,	/* -1, shown in some way */
	FILE_,	/* -1, a descriptor */
	NOTHING /* NULL */
};

/* What each kind gets: by its class, but for addresses that are not copied. */
#define SR_KIND(name, class, copy, flags, size) KIND_##name = GIVES_##class,
enum {
	GIVES_NUM = MINUS,
	GIVES_FILE = FILE_,
	GIVES_STR = NOTHING,
	GIVES_BYTES = NOTHING
};
enum {
#include "formats/kinds.def"
};
#undef SR_KIND

struct call {
	const char *name;
	int nr;
	int args[7]; /* enum what + 1, 0 ends them */
};

#define KIND(kind)	    (KIND_##kind + 1)
#define A(name, kind)	    KIND(kind)
#define X(name, kind, xlat) KIND(kind)
#define L(name, kind, len)  KIND(kind)
#define SR_SYSCALL(name, x86_64, aarch64, ret, category, flags, ...) \
	{ #name, NUMBER(x86_64, aarch64), { __VA_ARGS__ } },
static const struct call calls[] = {
#include "formats/syscalls.def"
};

/* They end the process, wait, signal everybody, change the machine, or leave something behind. */
static const char *const without[] = {
	"exit",	      "exit_group", "pause",	  "rt_sigreturn",    "rt_sigsuspend",
	"fork",	      "vfork",	    "clone",	  "clone3",	     "kill",
	"reboot",     "kexec_load", "vhangup",	  "kexec_file_load", "sync",
	"acct",	      "setsid",	    "msgget",	  "uretprobe",	     "uprobe",
	"mount",      "swapoff",    "munlockall", "restart_syscall", "setgroups",
	"init_module"
};

static int is_excluded(const struct call *c)
{
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (strcmp(without[i], c->name) == 0)
			return 1;
	return 0;
}

/* "openat(-1, NULL*": arguments up to the first whose form is not known here. */
static void describe(const struct call *c, char *out, size_t size)
{
	int n = snprintf(out, size, "%s(", c->name);

	for (int i = 0; i < 6 && c->args[i]; i++) {
		if (c->args[i] == MINUS + 1)
			break;
		n += snprintf(out + n, size - (size_t)n, "%s%s", i ? ", " : "",
			      c->args[i] == FILE_ + 1 ? "-1" : "NULL");
	}
	snprintf(out + n, size - (size_t)n, "*)");
}

static void make(const struct call *c)
{
	char text[120];
	long a[6], r;

	for (int i = 0; i < 6; i++)
		a[i] = c->args[i] == NOTHING + 1 ? 0 : -1;
	errno = 0;
	r = syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	describe(c, text, sizeof(text));
	if (r == -1 && errno)
		expect("%s = %s", text, ret(r));
	else
		expect("%s = *", text);
}

#define GETS(name) expect(#name "() = %ld", syscall(SYS_##name))

int main(void)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr >= 0 && !is_excluded(&calls[i]))
			make(&calls[i]);
	GETS(getpid);
	GETS(gettid);
	GETS(getppid);
	GETS(getuid);
	GETS(geteuid);
	GETS(getgid);
	GETS(getegid);
	GETS(sched_yield);
	return live_end();
}
