/* SPDX-License-Identifier: Apache-2.0 */
/* The hot loop of a live recording: what can be known of a call by its number alone is looked up
 * once, and of an event only what its record brings is written. */
#include "capture/bpf_events.h"

#include "capture/sockends.h"
#include "formats/base/cur.h"
#include "formats/i386.h"
#include "formats/redact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__aarch64__)
#define NATIVE SR_ARCH_AARCH64
#else
#define NATIVE SR_ARCH_X86_64
#endif

/* What all records of a type have in common. */
struct plan {
	const struct sr_type *type; /* NULL: a number without a row */
	uint8_t nargs;
	int8_t primary;	   /* argument that is the event's file; -1 none */
	uint8_t nums;	   /* by argument, a bit: a number, which is there in any case */
	uint8_t outs;	   /* the same: written by the kernel, if the call succeeds */
	uint8_t files;	   /* the same: a file */
	uint8_t addresses; /* it may bring a socket's other end */
};
static_assert(SR_MAX_ARGS <= 8, "a bit of a byte for each argument");

struct sr_bpf_events {
	struct sr_bpf_defs *defs;
	struct sr_sockends *sockends;
	bool full_env;
	struct sr_buf env; /* a redacted environment */
	char name[32];	   /* of a number without a row */
	struct sr_event_in ev;
	struct plan unknown;
	struct plan types[SR_TYPE_COUNT];
	const struct plan *by_nr[SR_NR_SYSCALLS];
};

static void make_plan(struct plan *p, const struct sr_type *t)
{
	*p = (struct plan){ .type = t,
			    .nargs = t->nargs,
			    .primary = (int8_t)sr_type_primary_fd(t),
			    .addresses = sr_sockends_wants(t) };
	for (unsigned int i = 0; i < t->nargs; i++) {
		const struct sr_kind_desc *k = &sr_kinds[t->args[i].kind];
		uint8_t bit = (uint8_t)(1u << i);

		p->nums |= k->cls == SR_CLASS_NUM ? bit : 0;
		p->outs |= k->flags & SR_OP_OUT ? bit : 0;
		p->files |= k->cls == SR_CLASS_FILE ? bit : 0;
	}
}

int sr_bpf_events_new(struct sr_bpf_events **out, struct sr_bpf_defs *defs, bool full_env)
{
	struct sr_bpf_events *e = calloc(1, sizeof(*e));

	if (!e || sr_sockends_new(&e->sockends) < 0) {
		free(e);
		return -ENOMEM;
	}
	e->defs = defs;
	e->full_env = full_env;
	e->unknown = (struct plan){ .nargs = SR_MAX_ARGS, .primary = -1 };
	for (int i = 0; i < SR_TYPE_COUNT; i++)
		if (sr_types[i].name)
			make_plan(&e->types[i], &sr_types[i]);
	for (unsigned int nr = 0; nr < SR_NR_SYSCALLS; nr++) {
		const struct sr_type *t = sr_type_by_nr(NATIVE, nr);

		e->by_nr[nr] = t ? &e->types[sr_type_id(t)] : &e->unknown;
	}
	*out = e;
	return 0;
}

void sr_bpf_events_sweep(struct sr_bpf_events *e)
{
	sr_sockends_sweep(e->sockends);
}

void sr_bpf_events_free(struct sr_bpf_events *e)
{
	if (!e)
		return;
	sr_sockends_free(e->sockends);
	sr_buf_free(&e->env);
	free(e);
}

/* ---- which call it is ---- */

/* A number without a row, a call of a 32-bit program that has no row of this name, x32. */
static void name_of(const struct sr_rec_event *r, char *name, size_t size)
{
	const char *known = r->h.nr & SR_NR_X32 ? NULL : sr_i386_name(r->h.nr);

	if (!(r->h.flags & SR_F_COMPAT))
		(void)snprintf(name, size, "syscall_%u", r->h.nr);
	else if (known)
		(void)snprintf(name, size, "%s", known);
	else
		(void)snprintf(name, size, "%s_%u", r->h.nr & SR_NR_X32 ? "x32" : "compat",
			       r->h.nr & (SR_NR_X32 - 1));
}

static const struct plan *plan_of(const struct sr_bpf_events *e, const struct sr_rec_event *r)
{
	const struct sr_type *t;

	if (r->h.nr < SR_NR_SYSCALLS)
		return e->by_nr[r->h.nr];
	t = r->h.nr >= SR_REC_FIRST ? sr_type_by_xevent(r->h.nr - SR_REC_FIRST) : NULL;
	return t ? &e->types[sr_type_id(t)] : &e->unknown;
}

/* A call of a 32-bit program: its arguments may have to be put together, they change. */
__attribute__((noinline)) static const struct plan *plan_compat(const struct sr_bpf_events *e,
								const struct sr_rec_event *r,
								struct sr_event_in *ev,
								unsigned int n)
{
	uint64_t args[SR_MAX_ARGS] = { 0 };
	const struct sr_type *t = NULL;

	for (unsigned int i = 0; i < n; i++)
		args[i] = ev->args[i].val;
	if (NATIVE == SR_ARCH_X86_64 && !(r->h.nr & SR_NR_X32))
		t = sr_i386_type(r->h.nr, args);
	for (unsigned int i = 0; i < n; i++)
		ev->args[i].val = args[i];
	return t ? &e->types[sr_type_id(t)] : &e->unknown;
}

/* ---- arguments ---- */

/* What an argument that is no number has to say when the driver sent nothing for it. */
static uint8_t missing_status(const struct sr_event_in *ev, bool out, uint64_t val)
{
	if (out && ev->ret < 0)
		return SR_NONE;
	if (ev->flags & SR_F_NO_ROOM && val)
		return SR_NOROOM;
	return ev->flags & (SR_F_NOT_ENDED | SR_F_COMPAT) ? SR_UNKNOWN : SR_NONE;
}

/* The raw arguments, and of which call they are; NULL: they are not all there. */
static const struct plan *take_args(struct sr_bpf_events *e, struct sr_cur *c,
				    const struct sr_rec_event *r)
{
	const uint8_t *raw = sr_cur_bytes(c, r->nargs * sizeof(uint64_t));
	unsigned int n = r->nargs < SR_MAX_ARGS ? r->nargs : SR_MAX_ARGS;
	struct sr_event_in *ev = &e->ev;
	const struct plan *p;

	if (!raw)
		return NULL;
	for (unsigned int i = 0; i < n; i++) {
		ev->args[i] = (struct sr_arg){ 0 };
		memcpy(&ev->args[i].val, raw + i * sizeof(uint64_t), sizeof(uint64_t));
	}
	p = r->h.nr < SR_REC_FIRST && r->h.flags & SR_F_COMPAT ? plan_compat(e, r, ev, n)
							       : plan_of(e, r);
	ev->type = p->type;
	ev->nargs = (uint8_t)(n < p->nargs ? n : p->nargs);
	if (!p->type)
		name_of(r, e->name, sizeof(e->name));
	else
		for (unsigned int i = 0; i < ev->nargs; i++)
			if (!(p->nums >> i & 1))
				ev->args[i].status =
					missing_status(ev, p->outs >> i & 1, ev->args[i].val);
	return p;
}

/* Values of environment variables may be secrets. */
static void redact(struct sr_bpf_events *e, struct sr_arg *a)
{
	e->env.len = 0;
	sr_env_redact(a->data, a->len, &e->env);
	a->data = e->env.p;
	a->len = (uint32_t)e->env.len;
}

/* Typed data of one argument: a blob behind the raw values. */
static int take_blob(struct sr_bpf_events *e, unsigned int log, struct sr_cur *c,
		     const struct plan *p)
{
	const void *head = sr_cur_bytes(c, sizeof(struct sr_rec_blob));
	struct sr_event_in *ev = &e->ev;
	struct sr_rec_blob b;
	const void *data;
	struct sr_arg *a;

	if (!head)
		return -EBADMSG;
	memcpy(&b, head, sizeof(b));
	data = sr_cur_bytes(c, (b.len + 7u) & ~7u);
	if (!data)
		return -EBADMSG;
	if (!p->type || b.tag >= ev->nargs)
		return 0;
	a = &ev->args[b.tag];
	a->status = b.status;
	if (p->files >> b.tag & 1) {
		a->file = sr_bpf_defs_file(e->defs, log, b.truelen);
		if (!a->file && b.status == SR_OK)
			a->status = SR_UNKNOWN;
		return 0;
	}
	a->data = data;
	a->len = b.len;
	a->truelen = b.truelen;
	if (!e->full_env && p->type->args[b.tag].kind == SR_KIND_ENV)
		redact(e, a);
	if (b.status == SR_TRUNC)
		ev->flags |= SR_F_TRUNC;
	else if (b.status == SR_FAULT)
		ev->flags |= SR_F_FAULT;
	return 0;
}

/* ---- */

/* Members of @e->ev that nothing here writes were 0 from the beginning; of arguments beyond its
 * number nobody takes notice. */
int sr_bpf_events_read(struct sr_bpf_events *e, unsigned int log, const uint8_t *rec, size_t len,
		       struct sr_event_in **out)
{
	struct sr_cur c = sr_cur(rec, len);
	const void *head = sr_cur_bytes(&c, sizeof(struct sr_rec_event));
	struct sr_event_in *ev = &e->ev;
	const struct plan *p;
	struct sr_rec_event r;

	if (!head)
		return -EBADMSG;
	memcpy(&r, head, sizeof(r));
	ev->time = r.time;
	ev->dur = r.h.flags & SR_F_DUR64 ? sr_cur_u64(&c) : r.dur;
	ev->ret = r.ret;
	ev->flags = r.h.flags & (uint16_t)~SR_F_DUR64;
	ev->thread = sr_bpf_defs_thread(e->defs, log, r.h.slot);
	ev->file = sr_bpf_defs_file(e->defs, log, r.file);
	ev->name = e->name;
	p = take_args(e, &c, &r);
	if (!p)
		return -EBADMSG;
	if (ev->file && p->primary >= 0 && p->primary < ev->nargs) {
		/* the driver names the event's own file in the head only */
		ev->args[p->primary].file = ev->file;
		ev->args[p->primary].status = SR_OK;
	}
	for (unsigned int i = 0; i < r.nblobs; i++)
		if (take_blob(e, log, &c, p) < 0)
			return -EBADMSG;
	*out = ev;
	return p->addresses ? sr_sockends_see(e->sockends, ev) : 0;
}
