/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded blocks for tests: random ones that use everything a block can hold, and
 * ones that look like work. Also the comparison of two blocks by meaning. */
#ifndef TEST_GEN_BLOCK_H
#define TEST_GEN_BLOCK_H

#include "formats/builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GEN_THREADS 7
#define GEN_FILES   40
#define GEN_CGROUPS 3

struct gen {
	uint64_t state; /* of the random numbers */
	uint64_t now;
	char text[GEN_THREADS + GEN_FILES + GEN_CGROUPS][96];
	uint8_t bytes[4096];
	struct sr_cgroup_def cgroups[GEN_CGROUPS];
	struct sr_thread_def threads[GEN_THREADS];
	struct sr_file_def files[GEN_FILES];
	const struct sr_type *types[8];
	size_t ntypes;
};

static inline uint64_t gen_u64(struct gen *g)
{
	uint64_t z = g->state += 0x9e3779b97f4a7c15u; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline uint32_t gen_below(struct gen *g, uint32_t n)
{
	return (uint32_t)(gen_u64(g) % n);
}

/* Values of all magnitudes, extremes included. */
static inline uint64_t gen_any(struct gen *g)
{
	switch (gen_below(g, 6)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX - gen_below(g, 3);
	case 2:
		return gen_u64(g);
	default:
		return gen_u64(g) >> gen_below(g, 64);
	}
}

static inline struct sr_str gen_str(const char *s)
{
	return (struct sr_str){ s, (uint32_t)strlen(s) };
}

static inline void gen_thread(struct gen *g, int i, char *text, size_t size)
{
	struct sr_thread_def *d = &g->threads[i];
	struct sr_thread *t = &d->t;

	(void)snprintf(text, size, "worker-%d", i);
	t->id = 1000 + (uint64_t)i;
	t->start = 5000000000u + (uint64_t)i * 1000;
	t->pid_start = t->start;
	t->tid = t->pid = 300 + i;
	t->ppid = 1;
	t->vtid = t->vpid = 7 + i;
	t->sid = t->pgid = t->vsid = t->vpgid = 300;
	t->tty = i & 1 ? 34816 : 0;
	t->uid = t->euid = t->suid = t->fsuid = (uint32_t)i * 500;
	t->loginuid = UINT32_MAX;
	t->cap_effective = t->cap_permitted = 0x1ffffffffffu;
	t->ns_pid = 4026531836u;
	t->exe_dev = 0x800001;
	t->exe_ino = 4242 + (uint64_t)i;
	t->exe_mtime = 1700000000000000000u;
	t->exe_flags = SR_EXE_UPPER;
	t->why = (uint32_t)i << 8;
	t->nanc = (uint32_t)(i % 3);
	for (uint32_t a = 0; a < t->nanc; a++) {
		t->anc[a].pid = 10 + (int)a;
		d->anc_comm[a] = gen_str(a ? "init" : "sh");
	}
	d->comm = gen_str(text);
	d->exepath = gen_str("/usr/bin/worker");
	d->args = (struct sr_str){ "worker\0-v\0", 10 };
	d->env = (struct sr_str){ "PATH=/bin\0HOME=/\0", 17 };
	d->cwd = gen_str("/srv");
	d->cgroup = i ? &g->cgroups[1 + i % 2] : NULL;
	d->cgroup1 = i == 3 ? &g->cgroups[0] : NULL;
	d->parent = i >= GEN_THREADS - 2 ? &g->threads[i - 1] : NULL;
}

static inline void gen_file(struct gen *g, int i, char *text, size_t size)
{
	struct sr_file_def *d = &g->files[i];
	struct sr_file *f = &d->f;

	(void)snprintf(text, size, "/srv/data/%d/file-%d.txt", i % 5, i);
	f->ino = 900000 + (uint64_t)i * 7;
	f->dev = 0x800001;
	f->mode = 0100644;
	f->kind = i % 4 ? SR_FILE_REG : SR_FILE_SOCK_INET6;
	d->path = gen_str(text);
	d->host_path = gen_str(text);
	if (f->kind == SR_FILE_REG)
		return;
	f->l4proto = 6;
	f->sock_type = 1;
	f->family = 10;
	f->lport = 80;
	f->rport = (uint32_t)(40000 + i);
	f->flags = SR_FILE_CONNECTED | SR_FILE_SERVER;
	for (int k = 0; k < 16; k++) {
		f->laddr[k] = (uint8_t)(k * 3);
		f->raddr[k] = (uint8_t)(i + k);
	}
	f->peer_ino = 77;
	d->peer_path = gen_str("@peer");
}

static inline void gen_init(struct gen *g, uint64_t seed)
{
	static const char *const names[] = { "openat",	"read",	  "write",   "close",
					     "connect", "execve", "getppid", "newfstatat" };

	memset(g, 0, sizeof(*g));
	g->state = seed;
	g->now = 123456789012345u;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct sr_type *t = sr_type_by_name(names[i], strlen(names[i]));

		if (t)
			g->types[g->ntypes++] = t;
	}
	for (size_t i = 0; i < sizeof(g->bytes); i++)
		g->bytes[i] = (uint8_t)gen_u64(g);
	for (int i = 0; i < GEN_CGROUPS; i++) {
		char *text = g->text[GEN_THREADS + GEN_FILES + i];

		(void)snprintf(text, sizeof(g->text[0]), "/system.slice/docker-%d.scope", i);
		g->cgroups[i].c.id = 70 + (uint64_t)i;
		g->cgroups[i].c.hierarchy = i ? 0 : 4;
		g->cgroups[i].path = gen_str(text);
	}
	for (int i = 0; i < GEN_THREADS; i++)
		gen_thread(g, i, g->text[i], sizeof(g->text[0]));
	for (int i = 0; i < GEN_FILES; i++)
		gen_file(g, i, g->text[GEN_THREADS + i], sizeof(g->text[0]));
}

/* From now on events of the next eight types after number @*at of the schema; false: there are no
 * more. For what has to hold for all kinds of records. */
static inline bool gen_next_types(struct gen *g, int *at)
{
	g->ntypes = 0;
	for (; *at < SR_TYPE_COUNT && g->ntypes < 8; ++*at)
		if (sr_types[*at].name && *sr_types[*at].name)
			g->types[g->ntypes++] = &sr_types[*at];
	return g->ntypes;
}

static inline void gen_arg(struct gen *g, enum sr_class cls, struct sr_arg *a)
{
	*a = (struct sr_arg){ .val = gen_any(g), .status = (uint8_t)gen_below(g, SR_UNKNOWN + 1) };
	switch (cls) {
	case SR_CLASS_NUM:
		break;
	case SR_CLASS_FILE:
		a->file = gen_below(g, 4) ? &g->files[gen_below(g, GEN_FILES)] : NULL;
		break;
	case SR_CLASS_STR:
		a->data = gen_below(g, 5) ? g->text[gen_below(g, GEN_THREADS + GEN_FILES)] : NULL;
		a->len = a->data ? (uint32_t)strlen(a->data) : 0;
		a->truelen = gen_below(g, 3) ? a->len : (uint32_t)gen_any(g);
		break;
	case SR_CLASS_BYTES:
		a->data = gen_below(g, 5) ? g->bytes + gen_below(g, 2048) : NULL;
		a->len = a->data ? gen_below(g, 80) : 0;
		a->truelen = gen_below(g, 3) ? a->len : (uint32_t)gen_any(g);
		break;
	}
}

/* One event with anything in it. */
static inline void gen_event(struct gen *g, struct sr_event_in *ev)
{
	uint32_t pick = gen_below(g, (uint32_t)g->ntypes + 2);

	memset(ev, 0, sizeof(*ev));
	g->now += gen_below(g, 100000);
	ev->time = g->now;
	ev->dur = gen_any(g);
	ev->ret = (int64_t)gen_any(g);
	ev->cpu = (uint16_t)gen_below(g, 4);
	ev->flags = gen_below(g, 4) ? 0 : (uint16_t)gen_below(g, 1 << 10);
	ev->thread = gen_below(g, 9) ? &g->threads[gen_below(g, GEN_THREADS)] : NULL;
	ev->file = gen_below(g, 3) ? &g->files[gen_below(g, GEN_FILES)] : NULL;
	ev->type = pick < g->ntypes ? g->types[pick] : NULL;
	ev->name = pick == g->ntypes ? "syscall_999" : "syscall_1000";
	ev->nargs = ev->type ? ev->type->nargs : (uint8_t)gen_below(g, 7);
	for (uint32_t i = 0; i < ev->nargs; i++)
		gen_arg(g, ev->type ? sr_kinds[ev->type->args[i].kind].cls : SR_CLASS_NUM,
			&ev->args[i]);
}

static inline int gen_block(struct gen *g, struct sr_builder *b, uint32_t n)
{
	struct sr_event_in ev;
	int rc = 0;

	for (uint32_t i = 0; i < n && !rc; i++) {
		gen_event(g, &ev);
		rc = sr_builder_add(b, &ev);
	}
	return rc;
}

/* ---- comparison by meaning: numbers of dictionary entries may differ ---- */

static inline const char *gen_differ(const char *what, uint32_t row)
{
	static char text[128];

	(void)snprintf(text, sizeof(text), "%s of row %u differs", what, row);
	return text;
}

static inline bool gen_same_str(const struct sr_block *a, uint32_t i, const struct sr_block *b,
				uint32_t j)
{
	return a->strs[i].len == b->strs[j].len &&
	       (!a->strs[i].len || !memcmp(a->strs[i].p, b->strs[j].p, a->strs[i].len));
}

static inline bool gen_same_cgroup(const struct sr_block *a, uint32_t i, const struct sr_block *b,
				   uint32_t j)
{
	const struct sr_cgroup *x = &a->cgroups[i], *y = &b->cgroups[j];

	return x->id == y->id && x->hierarchy == y->hierarchy &&
	       gen_same_str(a, x->path, b, y->path);
}

static inline bool gen_same_thread(const struct sr_block *a, uint32_t i, const struct sr_block *b,
				   uint32_t j)
{
	struct sr_thread x = a->threads[i], y = b->threads[j];
	uint32_t *xs[] = { &x.comm, &x.exepath, &x.args, &x.env, &x.cwd };
	uint32_t *ys[] = { &y.comm, &y.exepath, &y.args, &y.env, &y.cwd };

	for (int k = 0; k < 5; k++) {
		if (!gen_same_str(a, *xs[k], b, *ys[k]))
			return false;
		*xs[k] = *ys[k] = 0;
	}
	for (int k = 0; k < SR_MAX_ANCESTORS; k++) {
		if (x.anc[k].pid != y.anc[k].pid ||
		    !gen_same_str(a, x.anc[k].comm, b, y.anc[k].comm))
			return false;
		x.anc[k].comm = y.anc[k].comm = 0;
	}
	if (!gen_same_cgroup(a, x.cgroup, b, y.cgroup) ||
	    !gen_same_cgroup(a, x.cgroup1, b, y.cgroup1))
		return false;
	x.cgroup = y.cgroup = x.cgroup1 = y.cgroup1 = 0;
	if (!x.parent != !y.parent || (x.parent && !gen_same_thread(a, x.parent, b, y.parent)))
		return false;
	x.parent = y.parent = 0;
	return !memcmp(&x, &y, sizeof(x));
}

static inline bool gen_same_file(const struct sr_block *a, uint32_t i, const struct sr_block *b,
				 uint32_t j)
{
	struct sr_file x = a->files[i], y = b->files[j];

	if (!gen_same_str(a, x.path, b, y.path) || !gen_same_str(a, x.peer_path, b, y.peer_path) ||
	    !gen_same_str(a, x.host_path, b, y.host_path))
		return false;
	x.path = y.path = x.peer_path = y.peer_path = x.host_path = y.host_path = 0;
	return !memcmp(&x, &y, sizeof(x));
}

static inline const char *gen_same_arg(const struct sr_block *a, uint32_t i,
				       const struct sr_block *b, uint32_t j, unsigned arg)
{
	const struct sr_col *x = sr_block_arg(a, i, arg), *y = sr_block_arg(b, j, arg);
	uint32_t m = a->nth[i], n = b->nth[j];
	enum sr_class cls = sr_block_type_of(a, i)->cls[arg];

	if (x->val[m] != y->val[n])
		return gen_differ("argument value", i);
	if (cls == SR_CLASS_NUM)
		return NULL;
	if (x->status[m] != y->status[n])
		return gen_differ("status", i);
	if (cls == SR_CLASS_FILE)
		return gen_same_file(a, x->ref[m], b, y->ref[n]) ? NULL
								 : gen_differ("file argument", i);
	if (x->truelen[m] != y->truelen[n])
		return gen_differ("true length", i);
	if (cls == SR_CLASS_STR)
		return gen_same_str(a, x->ref[m], b, y->ref[n]) ? NULL : gen_differ("string", i);
	if (x->len[m] != y->len[n] ||
	    (x->len[m] && memcmp(a->heap + x->ref[m], b->heap + y->ref[n], x->len[m])))
		return gen_differ("payload", i);
	return NULL;
}

/* NULL if row @i of @a and row @j of @b mean the same, else what differs. */
static inline const char *gen_same_row(const struct sr_block *a, uint32_t i,
				       const struct sr_block *b, uint32_t j)
{
	const struct sr_block_type *t = sr_block_type_of(a, i), *u = sr_block_type_of(b, j);
	const char *bad = NULL;

	if (a->time[i] != b->time[j])
		return gen_differ("time", i);
	if (a->dur[i] != b->dur[j])
		return gen_differ("duration", i);
	if (a->ret[i] != b->ret[j])
		return gen_differ("result", i);
	if (a->cpu[i] != b->cpu[j] || a->flags[i] != b->flags[j])
		return gen_differ("CPU or flags", i);
	if (strcmp(t->name, u->name) || t->type != u->type || t->ncols != u->ncols ||
	    memcmp(t->cls, u->cls, t->ncols))
		return gen_differ("type", i);
	if (!gen_same_thread(a, a->thread[i], b, b->thread[j]))
		return gen_differ("thread", i);
	if (!gen_same_file(a, a->file[i], b, b->file[j]))
		return gen_differ("file", i);
	for (unsigned arg = 0; arg < t->ncols && !bad; arg++)
		bad = gen_same_arg(a, i, b, j, arg);
	return bad;
}

static inline const char *gen_same_block(const struct sr_block *a, const struct sr_block *b)
{
	const char *bad = NULL;

	if (a->n != b->n || a->min_time != b->min_time || a->max_time != b->max_time)
		return "number of events or time range differs";
	for (uint32_t i = 0; i < a->n && !bad; i++)
		bad = gen_same_row(a, i, b, i);
	return bad;
}

#endif /* TEST_GEN_BLOCK_H */
