/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary as arrays: every table here is made of the .def files by inclusion. */
#include "formats/schema.h"

#include "formats/cases.h"

#include <errno.h>
#include <string.h>

const struct sr_kind_desc sr_kinds[SR_KIND_COUNT] = {
#define SR_KIND(name, cls, copy, flags, size) \
	[SR_KIND_##name] = { #name, SR_CLASS_##cls, SR_COPY_##copy, (flags), (size) },
#include "formats/kinds.def"
#undef SR_KIND
};
static_assert(SR_KIND_COUNT <= 256, "sr_arg_desc.kind is one byte");

/* What rows of syscalls.def and events.def say as digits: L(name, kind, 2). */
enum {
	SR_LEN_0,
	SR_LEN_1,
	SR_LEN_2,
	SR_LEN_3,
	SR_LEN_4,
	SR_LEN_5,
	SR_LEN_6,
	SR_LEN_7
};

#define A(name, kind)                                            \
	{                                                        \
#name, SR_KIND_##kind, SR_LEN_NONE, SR_XLAT_none \
	}
#define X(name, kind, xlat)                                        \
	{                                                          \
#name, SR_KIND_##kind, SR_LEN_NONE, SR_XLAT_##xlat \
	}
#define L(name, kind, len)                                        \
	{                                                         \
#name, SR_KIND_##kind, SR_LEN_##len, SR_XLAT_none \
	}

#define ARGS(...)                                                                            \
	.nargs = sizeof((struct sr_arg_desc[]){ __VA_ARGS__ }) / sizeof(struct sr_arg_desc), \
	.args = (const struct sr_arg_desc[])                                                 \
	{                                                                                    \
		__VA_ARGS__                                                                  \
	}

const struct sr_type sr_types[] = {
#define SR_SYSCALL(sc, x86_64, aarch64, result, cat, bits, ...) \
	[SR_SC_##sc] = { .name = #sc,                           \
			 .nr = { (x86_64), (aarch64) },         \
			 .xevent = -1,                          \
			 .ret = SR_RET_##result,                \
			 .category = SR_CAT_##cat,              \
			 .flags = (bits),                       \
			 ARGS(__VA_ARGS__) },
#include "formats/syscalls.def"
#undef SR_SYSCALL
	[SR_TYPE_FIRST_X] = { .nr = { -1, -1 }, .xevent = -1, .ret = SR_RET_NONE },
#define SR_EVENT(ev, number, result, cat, ...)     \
	[SR_EV_##ev] = { .name = #ev,              \
			 .nr = { -1, -1 },         \
			 .xevent = SR_X_##number,  \
			 .ret = SR_RET_##result,   \
			 .category = SR_CAT_##cat, \
			 ARGS(__VA_ARGS__) },
#define SR_URING(op, number, result, cat, bits, from, ...)   \
	[SR_EV_io_uring_##op] = { .name = "io_uring_" #op,   \
				  .nr = { -1, -1 },          \
				  .xevent = SR_X_URING_##op, \
				  .ret = SR_RET_##result,    \
				  .category = SR_CAT_##cat,  \
				  .flags = (bits),           \
				  ARGS(__VA_ARGS__) },
#include "formats/events.def"
#undef SR_EVENT
};
#undef A
#undef X
#undef L

static_assert(sizeof(sr_types) / sizeof(sr_types[0]) == SR_TYPE_COUNT, "one row per type");
static_assert(SR_TYPE_COUNT - SR_TYPE_FIRST_X - 1 == SR_X_COUNT, "one row per xevent");
static_assert(SR_X_COUNT - SR_X_URING_nop == SR_NR_URING, "one row per operation of io_uring");

/* Syscall number to row of sr_types plus one. A row without number on an architecture gets
 * a place of its own past the numbers, so that the compiler finds numbers given twice. */
#define NR_PLACE(nr, name) ((nr) < 0 ? SR_NR_SYSCALLS + SR_SC_##name : (nr))
static const uint16_t by_nr[SR_ARCH_COUNT][SR_NR_SYSCALLS + SR_TYPE_FIRST_X] = {
	[SR_ARCH_X86_64] = {
#define SR_SYSCALL(name, x86_64, ...) [NR_PLACE(x86_64, name)] = SR_SC_##name + 1,
#include "formats/syscalls.def"
#undef SR_SYSCALL
	},
	[SR_ARCH_AARCH64] = {
#define SR_SYSCALL(name, x86_64, aarch64, ...) [NR_PLACE(aarch64, name)] = SR_SC_##name + 1,
#include "formats/syscalls.def"
#undef SR_SYSCALL
	},
};

const char *sr_category_name(enum sr_category c)
{
	static const char *const names[SR_CAT_COUNT] = {
		[SR_CAT_OTHER] = "other",	[SR_CAT_FILE] = "file",
		[SR_CAT_NET] = "net",		[SR_CAT_IPC] = "ipc",
		[SR_CAT_MEMORY] = "memory",	[SR_CAT_PROCESS] = "process",
		[SR_CAT_SLEEP] = "sleep",	[SR_CAT_SYSTEM] = "system",
		[SR_CAT_SIGNAL] = "signal",	[SR_CAT_USER] = "user",
		[SR_CAT_TIME] = "time",		[SR_CAT_IO_READ] = "io-read",
		[SR_CAT_IO_WRITE] = "io-write", [SR_CAT_IO_OTHER] = "io-other",
		[SR_CAT_WAIT] = "wait",		[SR_CAT_SCHEDULER] = "scheduler",
		[SR_CAT_INTERNAL] = "internal",
	};

	return (unsigned int)c < SR_CAT_COUNT ? names[c] : "unknown";
}

const char *sr_arch_name(enum sr_arch a)
{
	static const char *const names[SR_ARCH_COUNT] = { "x86_64", "aarch64" };

	return (unsigned int)a < SR_ARCH_COUNT ? names[a] : "unknown";
}

/* As strcmp(), for a key that is not terminated. */
static int compare_name(const char *key, size_t len, const char *name)
{
	int d = strncmp(key, name, len);

	return d || !name[len] ? d : -1;
}

const struct sr_type *sr_type_by_name(const char *name, size_t len)
{
	size_t lo = 0, hi = SR_TYPE_FIRST_X;

	if (memchr(name, 0, len))
		return NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = compare_name(name, len, sr_types[mid].name);

		if (!d)
			return &sr_types[mid];
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	for (unsigned int x = 0; x < SR_X_COUNT; x++) {
		const struct sr_type *t = sr_type_by_xevent(x);

		if (!compare_name(name, len, t->name))
			return t;
	}
	return NULL;
}

const struct sr_type *sr_type_by_nr(enum sr_arch arch, unsigned int nr)
{
	uint16_t place;

	if ((unsigned int)arch >= SR_ARCH_COUNT || nr >= SR_NR_SYSCALLS)
		return NULL;
	place = by_nr[arch][nr];
	return place ? &sr_types[place - 1] : NULL;
}

const struct sr_type *sr_type_by_xevent(unsigned int xevent)
{
	return xevent < SR_X_COUNT ? &sr_types[SR_TYPE_FIRST_X + 1 + xevent] : NULL;
}

/* A dirfd says where a path begins; the event is not about it. */
bool sr_type_critical(const struct sr_type *t)
{
	return t->flags & SR_D_CRITICAL ||
	       (t->xevent >= 0 && t->xevent != SR_X_PROCESS && t->xevent != SR_X_OPENFILE &&
		t->xevent != SR_X_SIGNALGENERATE && t->xevent < SR_X_URING_nop);
}

int sr_type_primary_fd(const struct sr_type *t)
{
	if (t->ret == SR_RET_FD)
		return -1;
	for (int i = 0; i < t->nargs; i++) {
		const struct sr_kind_desc *k = &sr_kinds[t->args[i].kind];

		if (k->cls == SR_CLASS_FILE && k->copy != SR_COPY_DIRFD)
			return i;
	}
	return -1;
}

static void add_op(struct sr_desc *d, struct sr_op op)
{
	if (d->nops == SR_MAX_OPS)
		return;
	d->ops[d->nops++] = op;
	if (op.flags & SR_OP_ENTER)
		d->flags |= SR_D_ENTER;
}

/* A successful exec leaves no registers: what is in them must be taken when it begins. */
static bool has_args_beside_strings(const struct sr_type *t)
{
	return t->flags & SR_D_EXEC && t->nargs > 3;
}

/* The event that the success of a call leads to, beside the call's own. */
static uint32_t event_of_success(const struct sr_type *t)
{
	switch (sr_type_id(t)) {
	case SR_SC_execve:
	case SR_SC_execveat:
		return SR_X_EXEC;
	case SR_SC_setns:
	case SR_SC_unshare:
		return SR_X_NAMESPACES;
	case SR_SC_ptrace:
		return SR_X_PTRACE_ATTACH;
	case SR_SC_bpf:
		return SR_X_BPF_PROG;
	default:
		return 0;
	}
}

void sr_type_desc(const struct sr_type *t, struct sr_desc *out)
{
	int primary = sr_type_primary_fd(t);

	*out = (struct sr_desc){ .nargs = t->nargs,
				 .flags = t->flags,
				 .more = event_of_success(t) };
	if (out->more)
		out->flags |= SR_D_BEFORE;
	if (has_args_beside_strings(t))
		out->flags |= SR_D_ENTER;
	for (int i = 0; i < t->nargs; i++) {
		const struct sr_kind_desc *k = &sr_kinds[t->args[i].kind];

		if (k->copy == SR_COPY_NONE)
			continue;
		if (k->copy == SR_COPY_CASE) {
			const struct sr_case *first = sr_case_first(t, (unsigned int)i);

			if (first)
				add_op(out, (struct sr_op){ .copy = SR_COPY_CASE,
							    .arg = (uint8_t)i,
							    .len = SR_LEN_NONE,
							    .size = first->by });
			continue;
		}
		add_op(out, (struct sr_op){
				    .copy = k->copy,
				    .arg = (uint8_t)i,
				    .len = t->args[i].len,
				    .flags = k->flags | (i == primary ? SR_OP_PRIMARY : 0),
				    .size = k->size,
			    });
	}
	if (t->ret == SR_RET_FD)
		add_op(out, (struct sr_op){ .copy = SR_COPY_RETFD,
					    .len = SR_LEN_NONE,
					    .flags = SR_OP_PRIMARY });
}

const char *sr_errno_name(int e)
{
#define E(name) [name] = #name
	/* clang-format off */
	static const char *const names[] = {
		E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG),
		E(ENOEXEC), E(EBADF), E(ECHILD), E(EAGAIN), E(ENOMEM), E(EACCES), E(EFAULT),
		E(ENOTBLK), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV), E(ENOTDIR), E(EISDIR),
		E(EINVAL), E(ENFILE), E(EMFILE), E(ENOTTY), E(ETXTBSY), E(EFBIG), E(ENOSPC),
		E(ESPIPE), E(EROFS), E(EMLINK), E(EPIPE), E(EDOM), E(ERANGE), E(EDEADLK),
		E(ENAMETOOLONG), E(ENOLCK), E(ENOSYS), E(ENOTEMPTY), E(ELOOP), E(ENOMSG),
		E(EIDRM), E(ECHRNG), E(EL2NSYNC), E(EL3HLT), E(EL3RST), E(ELNRNG), E(EUNATCH),
		E(ENOCSI), E(EL2HLT), E(EBADE), E(EBADR), E(EXFULL), E(ENOANO), E(EBADRQC),
		E(EBADSLT), E(EBFONT), E(ENOSTR), E(ENODATA), E(ETIME), E(ENOSR), E(ENONET),
		E(ENOPKG), E(EREMOTE), E(ENOLINK), E(EADV), E(ESRMNT), E(ECOMM), E(EPROTO),
		E(EMULTIHOP), E(EDOTDOT), E(EBADMSG), E(EOVERFLOW), E(ENOTUNIQ), E(EBADFD),
		E(EREMCHG), E(ELIBACC), E(ELIBBAD), E(ELIBSCN), E(ELIBMAX), E(ELIBEXEC),
		E(EILSEQ), E(ERESTART), E(ESTRPIPE), E(EUSERS), E(ENOTSOCK), E(EDESTADDRREQ),
		E(EMSGSIZE), E(EPROTOTYPE), E(ENOPROTOOPT), E(EPROTONOSUPPORT),
		E(ESOCKTNOSUPPORT), E(EOPNOTSUPP), E(EPFNOSUPPORT), E(EAFNOSUPPORT),
		E(EADDRINUSE), E(EADDRNOTAVAIL), E(ENETDOWN), E(ENETUNREACH), E(ENETRESET),
		E(ECONNABORTED), E(ECONNRESET), E(ENOBUFS), E(EISCONN), E(ENOTCONN),
		E(ESHUTDOWN), E(ETOOMANYREFS), E(ETIMEDOUT), E(ECONNREFUSED), E(EHOSTDOWN),
		E(EHOSTUNREACH), E(EALREADY), E(EINPROGRESS), E(ESTALE), E(EUCLEAN),
		E(ENOTNAM), E(ENAVAIL), E(EISNAM), E(EREMOTEIO), E(EDQUOT), E(ENOMEDIUM),
		E(EMEDIUMTYPE), E(ECANCELED), E(ENOKEY), E(EKEYEXPIRED), E(EKEYREVOKED),
		E(EKEYREJECTED), E(EOWNERDEAD), E(ENOTRECOVERABLE), E(ERFKILL), E(EHWPOISON),
		/* Inside the kernel only, but what a probe sees when a signal interrupts a call. */
		[512] = "ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ENOIOCTLCMD",
		"ERESTART_RESTARTBLOCK",
	};
	/* clang-format on */
#undef E

	return e > 0 && (size_t)e < sizeof(names) / sizeof(names[0]) ? names[e] : NULL;
}

#define SR_XLAT(table, flags, mask)  static const struct sr_xlat_row rows_##table[] = {
#define SR_XLAT_ROW(constant, value) { #constant, (uint64_t)(value) },
#define SR_XLAT_END \
	}           \
	;
#include "formats/xlats.def"
#undef SR_XLAT
#undef SR_XLAT_ROW
#undef SR_XLAT_END

static const struct sr_xlat_table xlats[SR_XLAT_COUNT] = {
	[SR_XLAT_none] = { .name = "none" },
#define SR_XLAT(table, is_flags, number)            \
	[SR_XLAT_##table] = { .name = #table,       \
			      .flags = (is_flags),  \
			      .mask = (number),     \
			      .rows = rows_##table, \
			      .n = sizeof(rows_##table) / sizeof(rows_##table[0]) },
#include "formats/xlats.def"
#undef SR_XLAT
};

const struct sr_xlat_table *sr_xlat_table(enum sr_xlat x)
{
	return &xlats[(unsigned int)x < SR_XLAT_COUNT ? x : SR_XLAT_none];
}

bool sr_xlat_value(enum sr_xlat x, const char *name, size_t len, uint64_t *out)
{
	const struct sr_xlat_table *t = sr_xlat_table(x);

	for (size_t i = 0; i < t->n; i++) {
		if (strlen(t->rows[i].name) == len && !memcmp(t->rows[i].name, name, len)) {
			*out = t->rows[i].value;
			return true;
		}
	}
	return false;
}
