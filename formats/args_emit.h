/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a structure once for both readers: text, `{name=value, ...}`, and JSON. What knows
 * a structure calls these and asks for the form only where the two differ in kind. */
#ifndef SR_ARGS_EMIT_H
#define SR_ARGS_EMIT_H

#include "formats/args_internal.h"
#include "formats/base/cur.h"

/* Where a structure is being written to. */
struct sr_emit {
	struct sr_buf *out;
	const struct sr_args_ref *a;
	uint32_t max; /* longest string, 0 no limit */
	bool json;
	bool more; /* the next member is not the first */
};

#define SR_TEXT_ELEMS 32 /* elements of an array that are shown in text */

static inline void sr_emit_separate(struct sr_emit *e)
{
	if (e->more)
		sr_buf_put(e->out, ", ", e->json ? 1 : 2);
	e->more = true;
}

static inline void sr_emit_begin(struct sr_emit *e, char c)
{
	sr_buf_putc(e->out, c);
	e->more = false;
}

static inline void sr_emit_end(struct sr_emit *e, char c)
{
	sr_buf_putc(e->out, c);
	e->more = true;
}

static inline void sr_emit_key(struct sr_emit *e, const char *name)
{
	sr_emit_separate(e);
	if (e->json)
		sr_buf_putc(e->out, '"');
	sr_buf_puts(e->out, name);
	sr_buf_put(e->out, e->json ? "\":" : "=", e->json ? 2 : 1);
}

/* What is left out of a text; JSON is complete or lacks members. */
static inline void sr_emit_ellipsis(struct sr_emit *e)
{
	if (e->json)
		return;
	sr_emit_separate(e);
	sr_buf_put(e->out, "...", 3);
}

static inline void sr_emit_num(struct sr_emit *e, enum sr_args_form form, unsigned size,
			       unsigned xlat, uint64_t v)
{
	if (e->json)
		sr_args_num_json(form, size, xlat, v, e->out);
	else
		sr_args_num_text(form, size, xlat, v, e->out);
}

/* A set of capabilities; of root these are 41 names. */
static inline void sr_emit_caps(struct sr_emit *e, uint64_t set)
{
	bool many = !e->json && __builtin_popcountll(set) > 8;

	sr_emit_num(e, many ? SR_FORM_HEX : SR_FORM_FLAGS, 8, SR_XLAT_capability, set);
}

/* @cut: there is more in the process than the @len bytes, @truelen together */
static inline void sr_emit_str(struct sr_emit *e, const void *p, size_t len, bool cut,
			       uint64_t truelen)
{
	if (!e->json)
		sr_args_quote(p, len, e->max, cut, e->out);
	else if (cut)
		sr_args_cut_json(p, len, truelen, e->out);
	else
		sr_buf_json_str(e->out, p, len);
}

struct member; /* formats/args_tables.h */

/** sr_emit_members() - those of the @n members that lie within the @len bytes; false if not even
 *  the first does. sr_emit_table() - the same of the bytes of e->a. */
bool sr_emit_members(struct sr_emit *e, const struct member *m, size_t n, const uint8_t *p,
		     size_t len);
bool sr_emit_table(struct sr_emit *e, const struct member *m, size_t n);

/** sr_emit_sigset() - [INT TERM]; of a set that is mostly full, what is missing: ~[KILL STOP]. */
void sr_emit_sigset(struct sr_emit *e, uint64_t set);

/** sr_emit_time() - 1.500000000 (@nano) or 1.500000, or the two numbers apart if they are not a
 *  time. */
void sr_emit_time(struct sr_emit *e, int64_t sec, uint64_t frac, bool nano);

/** sr_emit_sockaddr() - a socket address of @len bytes; false if there is not even its family. */
bool sr_emit_sockaddr(struct sr_emit *e, const uint8_t *p, size_t len);

/** sr_emit_ip() - an address of 4 bytes, @v6: of 16. */
void sr_emit_ip(struct sr_emit *e, const uint8_t *addr, bool v6);

/** sr_emit_option() - the value @c of a socket option; @cut: there is more in the process. */
void sr_emit_option(struct sr_emit *e, uint32_t level, uint32_t name, struct sr_cur c, bool cut);

/* Decoders that are no table: append the data of e->a; false, with nothing appended, if the bytes
 * are too few. In args_decode.c, args_net.c, args_sockopt.c and args_union.c. */
typedef bool (*sr_decode_fn)(struct sr_emit *e);

bool sr_decode_sockaddr(struct sr_emit *e);
bool sr_decode_msg(struct sr_emit *e);
bool sr_decode_msgbuf(struct sr_emit *e);
bool sr_decode_dirents(struct sr_emit *e);
bool sr_decode_optval(struct sr_emit *e);
bool sr_decode_bitmap(struct sr_emit *e);
bool sr_decode_caps(struct sr_emit *e);
bool sr_decode_clone_tid(struct sr_emit *e);
bool sr_decode_wait_status(struct sr_emit *e);
bool sr_decode_file_handle(struct sr_emit *e);
bool sr_decode_ifreq(struct sr_emit *e);
bool sr_decode_ifconf(struct sr_emit *e);
bool sr_decode_siginfo(struct sr_emit *e);
bool sr_decode_bpf(struct sr_emit *e);
bool sr_decode_landlock_rule(struct sr_emit *e);
bool sr_decode_mempolicy(struct sr_emit *e);
bool sr_decode_xattr_args(struct sr_emit *e);
bool sr_decode_statmount(struct sr_emit *e);
bool sr_decode_lsm_ctx(struct sr_emit *e);
bool sr_decode_sigset_ref(struct sr_emit *e);
bool sr_decode_getevents_arg(struct sr_emit *e);
bool sr_decode_mm_map(struct sr_emit *e);
bool sr_decode_iocbs(struct sr_emit *e);
bool sr_decode_regset(struct sr_emit *e);
bool sr_decode_call_info(struct sr_emit *e);

#endif /* SR_ARGS_EMIT_H */
