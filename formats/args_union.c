/* SPDX-License-Identifier: Apache-2.0 */
/* Structures that are no plain table: what is in them hangs on another argument or on their own
 * head, or they lead to memory that was copied behind them. */
#include "formats/args_emit.h"
#include "formats/args_tables_32.h"
#include "formats/args_tables_cases.h"
#include "formats/base/cur.h"

#include <linux/bpf.h>
#include <linux/landlock.h>
#include <linux/mempolicy.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>

#define put_table(e, table) sr_emit_table((e), (table), sizeof(table) / sizeof((table)[0]))

static void put_num(struct sr_emit *e, const char *name, enum sr_args_form form, uint64_t v)
{
	sr_emit_key(e, name);
	sr_emit_num(e, form, 8, SR_XLAT_none, v);
}

static void put_names(struct sr_emit *e, const char *name, enum sr_args_form form, unsigned xlat,
		      uint64_t v)
{
	sr_emit_key(e, name);
	sr_emit_num(e, form, 8, xlat, v);
}

/* ---- as another argument or the head says ---- */

bool sr_decode_siginfo(struct sr_emit *e)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	int32_t sig = (int32_t)sr_cur_u32(&c), code;
	bool narrow = sr_args_compat(e->a);

	(void)sr_cur_u32(&c); /* si_errno */
	code = (int32_t)sr_cur_u32(&c);
	/* codes above 0 come from the kernel and say more than who sent the signal */
	if (code > 0 && sig == SIGCHLD)
		return narrow ? put_table(e, siginfo_child32_m) : put_table(e, siginfo_child_m);
	if (code > 0 &&
	    (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGTRAP))
		return narrow ? put_table(e, siginfo_fault32_m) : put_table(e, siginfo_fault_m);
	return narrow ? put_table(e, siginfo_kill32_m) : put_table(e, siginfo_kill_m);
}

/* union bpf_attr means what the command in the argument before it says. */
bool sr_decode_bpf(struct sr_emit *e)
{
	struct sr_args_ref cmd;

	if (!e->a->idx || !sr_args_get(e->a->b, e->a->row, e->a->idx - 1, &cmd))
		return false;
	switch (cmd.val) {
	case BPF_MAP_CREATE:
		return put_table(e, bpf_map_create_m);
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
		return put_table(e, bpf_elem_m);
	case BPF_PROG_LOAD:
		return put_table(e, bpf_prog_load_m);
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
		return put_table(e, bpf_obj_m);
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
		return put_table(e, bpf_attach_m);
	case BPF_PROG_GET_NEXT_ID:
	case BPF_MAP_GET_NEXT_ID:
	case BPF_BTF_GET_NEXT_ID:
	case BPF_LINK_GET_NEXT_ID:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_LINK_GET_FD_BY_ID:
		return put_table(e, bpf_id_m);
	case BPF_OBJ_GET_INFO_BY_FD:
		return put_table(e, bpf_info_m);
	case BPF_RAW_TRACEPOINT_OPEN:
		return put_table(e, bpf_raw_tp_m);
	case BPF_LINK_CREATE:
		return put_table(e, bpf_link_m);
	default:
		return false;
	}
}

bool sr_decode_landlock_rule(struct sr_emit *e)
{
	struct sr_args_ref type;

	if (e->a->idx && sr_args_get(e->a->b, e->a->row, e->a->idx - 1, &type) &&
	    type.val == LANDLOCK_RULE_PATH_BENEATH)
		return put_table(e, landlock_path_m);
	return put_table(e, landlock_port_m);
}

/* What get_mempolicy() wrote: a policy, or with MPOL_F_NODE a node. */
bool sr_decode_mempolicy(struct sr_emit *e)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	uint32_t v = sr_cur_u32(&c);
	struct sr_args_ref flags;
	bool node = sr_args_get(e->a->b, e->a->row, 4, &flags) && (flags.val & MPOL_F_NODE);

	if (c.bad)
		return false;
	if (!e->json)
		sr_emit_begin(e, '[');
	sr_emit_num(e, node ? SR_FORM_UDEC : SR_FORM_FLAGS, 4, SR_XLAT_mempolicy_mode, v);
	if (!e->json)
		sr_emit_end(e, ']');
	return true;
}

/* What clone() wrote for the caller: with CLONE_PARENT_SETTID the number of the new task, with
 * CLONE_PIDFD a descriptor of it; else, and in the new task, it is an address. */
bool sr_decode_clone_tid(struct sr_emit *e)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	uint32_t v = sr_cur_u32(&c);
	struct sr_args_ref flags;
	bool is_written = e->a->b->ret[e->a->row] > 0 &&
			  sr_args_get(e->a->b, e->a->row, 0, &flags) &&
			  flags.val & (CLONE_PARENT_SETTID | CLONE_PIDFD);

	if (c.bad)
		return false;
	if (!is_written) {
		sr_emit_num(e, SR_FORM_PTR, 8, SR_XLAT_none, e->a->val);
		return true;
	}
	if (!e->json)
		sr_emit_begin(e, '[');
	sr_emit_num(e, SR_FORM_DEC, 4, SR_XLAT_none, v);
	if (!e->json)
		sr_emit_end(e, ']');
	return true;
}

/* PR_SET_MM_MAP has a structure, PR_SET_MM_AUXV another one, the others an address. */
bool sr_decode_mm_map(struct sr_emit *e)
{
	static const struct member mm_map_m[] = {
		M(start_code, 0, 8, HEX),   M(end_code, 8, 8, HEX),   M(start_data, 16, 8, HEX),
		M(end_data, 24, 8, HEX),    M(start_brk, 32, 8, HEX), M(brk, 40, 8, HEX),
		M(start_stack, 48, 8, HEX), D(arg_start, 56, 8, HEX), D(arg_end, 64, 8, HEX),
		D(env_start, 72, 8, HEX),   D(env_end, 80, 8, HEX),   D(auxv, 88, 8, PTR),
		D(auxv_size, 96, 4, UDEC),  M(exe_fd, 100, 4, FD),
	};
	struct sr_args_ref what;

	return e->a->idx && sr_args_get(e->a->b, e->a->row, e->a->idx - 1, &what) &&
	       what.val == PR_SET_MM_MAP && put_table(e, mm_map_m);
}

/* What io_submit() is given; recordings once had the addresses alone. */
bool sr_decode_iocbs(struct sr_emit *e)
{
	const struct sr_args_ref *a = e->a;
	struct sr_cur c = sr_cur(a->p, a->len);
	struct sr_args_ref nr;
	bool addresses = a->status == SR_OK && a->idx &&
			 sr_args_get(a->b, a->row, a->idx - 1, &nr) && nr.val == a->len / 8;
	const size_t size = addresses ? 8 : 64;

	if (c.left < size)
		return false;
	sr_emit_begin(e, '[');
	for (unsigned i = 0; c.left >= size && (e->json || i < SR_TEXT_ELEMS); i++) {
		const uint8_t *p = sr_cur_bytes(&c, size);
		struct sr_cur one = sr_cur(p, size);

		sr_emit_separate(e);
		if (addresses)
			sr_emit_num(e, SR_FORM_PTR, 8, SR_XLAT_none, sr_cur_u64(&one));
		else
			(void)sr_emit_members(e, iocb_m, sizeof(iocb_m) / sizeof(iocb_m[0]), p,
					      size);
	}
	if (c.left || a->status != SR_OK)
		sr_emit_ellipsis(e);
	sr_emit_end(e, ']');
	return true;
}

/* struct ptrace_syscall_info */
bool sr_decode_call_info(struct sr_emit *e)
{
#define HEAD \
	X(op, 0, 1, ENUM, call_info_op), D(arch, 4, 4, HEX), M(ip, 8, 8, HEX), M(sp, 16, 8, HEX)
#define ARGS                                                                               \
	M(nr, 24, 8, UDEC), M(arg0, 32, 8, HEX), M(arg1, 40, 8, HEX), M(arg2, 48, 8, HEX), \
		M(arg3, 56, 8, HEX), M(arg4, 64, 8, HEX), M(arg5, 72, 8, HEX)
	static const struct member none_m[] = { HEAD };
	static const struct member entry_m[] = { HEAD, ARGS };
	static const struct member exit_m[] = {
		HEAD,
		M(rval, 24, 8, DEC),
		M(is_error, 32, 1, UDEC),
	};
	static const struct member seccomp_m[] = { HEAD, ARGS, M(ret_data, 80, 4, UDEC) };
#undef HEAD
#undef ARGS
	struct sr_cur c = sr_cur(e->a->p, e->a->len);

	switch (sr_cur_u8(&c)) {
	case 1:
		return put_table(e, entry_m);
	case 2:
		return put_table(e, exit_m);
	case 3:
		return put_table(e, seccomp_m);
	default:
		return put_table(e, none_m);
	}
}

/* struct statmount: what its mask says is there; a string's place is counted from the end of the
 * structure. */
bool sr_decode_statmount(struct sr_emit *e)
{
	static const struct {
		const char *name;
		uint16_t off; /* of the string's place */
		uint16_t bit;
	} strings[] = {
		{ "mnt_root", 104, 0x8 }, { "mnt_point", 108, 0x10 },	{ "fs_type", 36, 0x20 },
		{ "mnt_opts", 4, 0x80 },  { "fs_subtype", 120, 0x100 }, { "sb_source", 124, 0x200 },
	};
	static const struct {
		struct member m;
		uint16_t bit;
	} numbers[] = {
		{ M(sb_dev_major, 16, 4, UDEC), 0x1 },
		{ M(sb_dev_minor, 20, 4, UDEC), 0x1 },
		{ M(sb_magic, 24, 8, HEX), 0x1 },
		{ M(sb_flags, 32, 4, HEX), 0x1 },
		{ M(mnt_id, 40, 8, UDEC), 0x2 },
		{ M(mnt_parent_id, 48, 8, UDEC), 0x2 },
		{ X(mnt_attr, 64, 8, FLAGS, mount_attr), 0x2 },
		{ X(mnt_propagation, 72, 8, FLAGS, mount_flags), 0x2 },
		{ M(mnt_peer_group, 80, 8, UDEC), 0x2 },
		{ M(mnt_master, 88, 8, UDEC), 0x2 },
		{ M(propagate_from, 96, 8, UDEC), 0x4 },
		{ M(mnt_ns_id, 112, 8, UDEC), 0x40 },
	};
	const uint8_t *p = e->a->p;
	uint32_t len = e->a->len, at;
	const uint32_t head = 512;
	struct sr_cur c = sr_cur(p, len);
	uint64_t mask;

	if (len < head)
		return false;
	(void)sr_cur_u64(&c);
	mask = sr_cur_u64(&c);
	sr_emit_begin(e, '{');
	put_names(e, "mask", SR_FORM_FLAGS, SR_XLAT_statmount_mask, mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct member *m = &numbers[i].m;

		if (!(mask & numbers[i].bit))
			continue;
		c = sr_cur(p + m->off, m->size);
		sr_emit_key(e, m->name);
		sr_emit_num(e, m->form, m->size, m->xlat,
			    m->size == 8 ? sr_cur_u64(&c) : sr_cur_u32(&c));
	}
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		c = sr_cur(p + strings[i].off, 4);
		at = sr_cur_u32(&c);
		if (!(mask & strings[i].bit) || at >= len - head)
			continue;
		sr_emit_key(e, strings[i].name);
		sr_emit_str(e, p + head + at, strnlen((const char *)p + head + at, len - head - at),
			    false, 0);
	}
	sr_emit_end(e, '}');
	return true;
}

/* struct lsm_ctx: of a module of security the context of the thread. */
bool sr_decode_lsm_ctx(struct sr_emit *e)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	uint64_t id = sr_cur_u64(&c), flags = sr_cur_u64(&c), ctx_len;

	(void)sr_cur_u64(&c); /* with the head */
	ctx_len = sr_cur_u64(&c);
	if (c.bad)
		return false;
	sr_emit_begin(e, '{');
	put_names(e, "id", SR_FORM_ENUM, SR_XLAT_lsm_id, id);
	put_num(e, "flags", SR_FORM_HEX, flags);
	sr_emit_key(e, "ctx");
	sr_emit_str(e, c.p, c.left < ctx_len ? c.left : ctx_len, c.left < ctx_len, ctx_len);
	sr_emit_end(e, '}');
	return true;
}

/* ---- an address and a length, other members, and what is at the address ---- */

/* Take the address and the length; of @head bytes what is behind them stays in @rest. What was
 * copied of the memory is left in @c. */
static bool take_ref(const struct sr_args_ref *a, size_t head, uint64_t *addr, struct sr_cur *rest,
		     struct sr_cur *c)
{
	const uint8_t *p;

	*c = sr_cur(a->p, a->len);
	*addr = sr_cur_u64(c);
	p = sr_cur_bytes(c, head - 8);
	if (!p)
		return false;
	*rest = sr_cur(p, head - 8);
	return true;
}

static void put_set(struct sr_emit *e, const char *name, uint64_t addr, struct sr_cur c)
{
	uint64_t set = sr_cur_u64(&c);

	sr_emit_key(e, name);
	if (c.bad)
		sr_emit_num(e, SR_FORM_PTR, 8, SR_XLAT_none, addr);
	else
		sr_emit_sigset(e, set);
}

/* The last argument of pselect6 and io_pgetevents. */
bool sr_decode_sigset_ref(struct sr_emit *e)
{
	struct sr_cur c, rest;
	uint64_t addr;

	if (!take_ref(e->a, 16, &addr, &rest, &c))
		return false;
	sr_emit_begin(e, '{');
	put_set(e, "sigmask", addr, c);
	put_num(e, "sigsetsize", SR_FORM_UDEC, sr_cur_u64(&rest));
	sr_emit_end(e, '}');
	return true;
}

/* struct io_uring_getevents_arg */
bool sr_decode_getevents_arg(struct sr_emit *e)
{
	struct sr_cur c, rest;
	uint64_t addr;

	if (!take_ref(e->a, 24, &addr, &rest, &c))
		return false;
	sr_emit_begin(e, '{');
	put_set(e, "sigmask", addr, c);
	put_num(e, "sigmask_sz", SR_FORM_UDEC, sr_cur_u32(&rest));
	put_num(e, "min_wait_usec", SR_FORM_UDEC, sr_cur_u32(&rest));
	put_num(e, "ts", SR_FORM_PTR, sr_cur_u64(&rest));
	sr_emit_end(e, '}');
	return true;
}

bool sr_decode_xattr_args(struct sr_emit *e)
{
	struct sr_cur c, rest;
	uint64_t addr;
	uint32_t size;

	if (!take_ref(e->a, 16, &addr, &rest, &c))
		return false;
	size = sr_cur_u32(&rest);
	sr_emit_begin(e, '{');
	sr_emit_key(e, "value");
	if (c.left)
		sr_emit_str(e, c.p, c.left, e->a->status == SR_TRUNC, e->a->truelen);
	else
		sr_emit_num(e, SR_FORM_PTR, 8, SR_XLAT_none, addr);
	put_num(e, "size", SR_FORM_UDEC, size);
	put_names(e, "flags", SR_FORM_FLAGS, SR_XLAT_xattr_flags, sr_cur_u32(&rest));
	sr_emit_end(e, '}');
	return true;
}

/* An iovec and a set of registers: of the general ones we know the names. */
bool sr_decode_regset(struct sr_emit *e)
{
	struct sr_args_ref which;
	struct sr_cur c, rest;
	uint64_t addr;
	bool known = false;

	if (!take_ref(e->a, 16, &addr, &rest, &c))
		return false;
	sr_emit_begin(e, '{');
	sr_emit_key(e, "iov_base");
	if (e->a->idx && sr_args_get(e->a->b, e->a->row, e->a->idx - 1, &which) && which.val == 1 &&
	    c.left == 216)
		known = sr_emit_members(e, user_regs_m,
					sizeof(user_regs_m) / sizeof(user_regs_m[0]), c.p, c.left);
	if (!known && c.left)
		sr_emit_str(e, c.p, c.left, e->a->status == SR_TRUNC, e->a->truelen);
	else if (!known)
		sr_emit_num(e, SR_FORM_PTR, 8, SR_XLAT_none, addr);
	put_num(e, "iov_len", SR_FORM_UDEC, sr_cur_u64(&rest));
	sr_emit_end(e, '}');
	return true;
}
