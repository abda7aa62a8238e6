/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/bpf_defs_impl.h"
#include "capture/hostmounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Memory of objects is used again, by size: a program that opens thousands of files a second makes
 * as many of them. Not under AddressSanitizer, which is to see what is used after it was freed. */
#define OBJ_STEP 64u
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OBJ_KEPT 0u
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define OBJ_KEPT 0u
#endif
#ifndef OBJ_KEPT
#define OBJ_KEPT 4096u /* of each size */
#endif

int sr_bpf_defs_new(struct sr_bpf_defs **out, unsigned int logs, const char *procfs,
		    const struct sr_bpf_defs_hooks *hooks)
{
	struct sr_bpf_defs *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->hooks = *hooks;
	d->procfs = procfs ? procfs : "/proc";
	d->logs = calloc(logs, sizeof(*d->logs));
	if (!d->logs || sr_hostmounts_new(&d->mounts, d->procfs))
		goto fail;
	d->nlogs = logs;
	for (unsigned int i = 0; i < logs; i++) {
		d->logs[i] = calloc(1, sizeof(*d->logs[i]));
		if (!d->logs[i])
			goto fail;
	}
	*out = d;
	return 0;

fail:
	sr_bpf_defs_free(d);
	return -ENOMEM;
}

/* ---- blobs ---- */

int sr_bpf_blobs(struct sr_cur *c, struct blob *by_tag, size_t ntags)
{
	while (c->left >= sizeof(struct sr_rec_blob)) {
		uint8_t tag = sr_cur_u8(c), status = sr_cur_u8(c);
		uint16_t len = sr_cur_u16(c);
		uint32_t truelen = sr_cur_u32(c);
		const char *p;

		p = sr_cur_bytes(c, (len + 7u) & ~7u);
		if (!p)
			return -EBADMSG;
		if (tag >= SR_TAG_PATH && tag - SR_TAG_PATH < (int)ntags)
			by_tag[tag - SR_TAG_PATH] = (struct blob){ p, len, truelen, status, true };
	}
	return 0;
}

/* ---- text ---- */

/* Room for @more bytes in the scratch; strings are kept as offsets until all are there. */
static char *text_room(struct sr_bpf_defs *d, size_t more)
{
	if (!d->text || d->text_len + more > d->text_cap) {
		size_t cap = (d->text_len + more) * 2 + 64;
		char *p = realloc(d->text, cap);

		if (!p)
			return NULL;
		d->text = p;
		d->text_cap = cap;
	}
	return d->text + d->text_len;
}

int sr_bpf_text_put(struct sr_bpf_defs *d, const void *p, size_t len, struct text *out)
{
	char *to = text_room(d, len);

	if (!to)
		return -ENOMEM;
	if (len)
		memcpy(to, p, len);
	*out = (struct text){ d->text_len, (uint32_t)len };
	d->text_len += len;
	return 0;
}

int sr_bpf_text_path(struct sr_bpf_defs *d, const struct blob *b, struct text *out)
{
	const char *start = b->p, *end = b->p + b->len, *p;
	char *to = text_room(d, (size_t)b->len + 8), *from = to;

	if (!to)
		return -ENOMEM;
	if (b->status == SR_TRUNC) {
		memcpy(to, "...", 3); /* the components nearest to the root are missing */
		to += 3;
	}
	while (end > start && !end[-1])
		end--;
	while (end > start) {
		for (p = end; p > start && p[-1]; p--)
			;
		*to++ = '/';
		memcpy(to, p, (size_t)(end - p));
		to += end - p;
		end = p > start ? p - 1 : start;
	}
	if (to == from)
		*to++ = '/';
	*out = (struct text){ d->text_len, (uint32_t)(to - from) };
	d->text_len += (size_t)(to - from);
	return 0;
}

static struct obj *obj_alloc(struct sr_bpf_defs *d, size_t size)
{
	size_t steps = (size + OBJ_STEP - 1) / OBJ_STEP;
	struct obj *o = steps < OBJ_SIZES ? d->spare[steps] : NULL;

	if (o) {
		d->spare[steps] = o->next;
		d->nspare[steps]--;
	} else {
		o = malloc(steps * OBJ_STEP);
		if (!o)
			return NULL;
	}
	o->steps = (uint32_t)steps;
	return o;
}

static void obj_free(struct sr_bpf_defs *d, struct obj *o)
{
	uint32_t steps = o->steps;

	if (!OBJ_KEPT || steps >= OBJ_SIZES || d->nspare[steps] == OBJ_KEPT) {
		free(o);
		return;
	}
	o->next = d->spare[steps];
	d->spare[steps] = o;
	d->nspare[steps]++;
}

struct obj *sr_bpf_obj_new(struct sr_bpf_defs *d, size_t size)
{
	size_t head = offsetof(struct obj, thread) + size;
	struct obj *o = obj_alloc(d, head + d->text_len);
	uint32_t steps;

	if (!o)
		return NULL;
	steps = o->steps;
	memset((void *)o, 0, head);
	o->steps = steps;
	o->refs = 1;
	o->text = (char *)o + head;
	if (d->text_len)
		memcpy(o->text, d->text, d->text_len);
	return o;
}

struct sr_str sr_bpf_text_str(const struct obj *o, struct text t)
{
	return (struct sr_str){ t.len ? o->text + t.off : "", t.len };
}

void sr_bpf_slot_set(struct sr_bpf_defs *d, struct obj **slot, struct obj *o)
{
	if (*slot) {
		(*slot)->next = d->replaced;
		d->replaced = *slot;
	}
	*slot = o;
}

/* ---- cgroups ---- */

static int add_cgroup(struct sr_bpf_defs *d, struct log_slots *l, struct sr_cur *c)
{
	struct blob blobs[NTAGS] = { 0 };
	struct text path = { 0 };
	struct sr_def_cgroup r;
	const void *p = sr_cur_bytes(c, sizeof(r));
	struct obj *o;
	int rc;

	if (!p)
		return -EBADMSG;
	memcpy(&r, p, sizeof(r));
	rc = r.h.slot < SR_CGROUP_SLOTS ? sr_bpf_blobs(c, blobs, NTAGS) : -EBADMSG;
	if (!rc && blobs[TAG(PATH)].seen)
		rc = sr_bpf_text_path(d, &blobs[TAG(PATH)], &path);
	o = rc ? NULL : sr_bpf_obj_new(d, sizeof(o->cgroup));
	if (!o)
		return rc ? rc : -ENOMEM;
	o->cgroup.c.id = r.id;
	o->cgroup.c.hierarchy = r.hierarchy;
	o->cgroup.path = sr_bpf_text_str(o, path);
	sr_bpf_slot_set(d, &l->cgroup[r.h.slot], o);
	if (d->hooks.cgroup)
		d->hooks.cgroup(d->hooks.arg, &o->cgroup);
	return 0;
}

/* ---- */

int sr_bpf_defs_add(struct sr_bpf_defs *d, unsigned int log, const uint8_t *rec, size_t len)
{
	struct sr_cur c = sr_cur(rec, len);
	struct sr_rec_head h;

	if (len < sizeof(h) || log >= d->nlogs)
		return -EBADMSG;
	memcpy(&h, rec, sizeof(h));
	d->text_len = 0;
	switch (h.nr) {
	case SR_DEF_THREAD:
		return sr_bpf_add_thread(d, d->logs[log], &c);
	case SR_DEF_FILE:
		return sr_bpf_add_file(d, d->logs[log], &c);
	case SR_DEF_CGROUP:
		return add_cgroup(d, d->logs[log], &c);
	default:
		return -EBADMSG;
	}
}

struct sr_thread_def *sr_bpf_defs_thread(struct sr_bpf_defs *d, unsigned int log, uint32_t slot)
{
	struct obj *o = slot < SR_THREAD_SLOTS ? d->logs[log]->thread[slot] : NULL;

	if (o && o->lacks)
		sr_bpf_thread_borrow(d, o, slot);
	return o ? &o->thread : NULL;
}

struct sr_file_def *sr_bpf_defs_file(struct sr_bpf_defs *d, unsigned int log, uint32_t slot)
{
	struct obj *o = slot && slot < SR_FILE_SLOTS ? d->logs[log]->file[slot] : NULL;

	return o ? &o->file : NULL;
}

struct sr_cgroup_def *sr_bpf_defs_cgroup(struct sr_bpf_defs *d, uint64_t id)
{
	for (unsigned int log = 0; log < d->nlogs; log++)
		for (unsigned int i = 0; i < SR_CGROUP_SLOTS; i++) {
			struct obj *o = d->logs[log]->cgroup[i];

			if (o && o->cgroup.c.id == id)
				return &o->cgroup;
		}
	return NULL;
}

static void obj_release(struct sr_bpf_defs *d, struct obj *o)
{
	if (!o || --o->refs)
		return;
	if (o->pid && *sr_bpf_pid_place(d, o->pid) == o)
		*sr_bpf_pid_place(d, o->pid) = NULL;
	obj_release(d, o->cgroups[0]); /* a cgroup has none: one level deep */
	obj_release(d, o->cgroups[1]);
	obj_release(d, o->parent);
	obj_release(d, o->lender);
	obj_free(d, o);
}

void sr_bpf_defs_sweep(struct sr_bpf_defs *d)
{
	while (d->replaced) {
		struct obj *o = d->replaced;

		d->replaced = o->next;
		obj_release(d, o);
	}
}

static void empty_slots(struct sr_bpf_defs *d, struct obj **slots, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sr_bpf_slot_set(d, &slots[i], NULL);
}

void sr_bpf_defs_forget(struct sr_bpf_defs *d, unsigned int log)
{
	empty_slots(d, d->logs[log]->thread, SR_THREAD_SLOTS);
	empty_slots(d, d->logs[log]->file, SR_FILE_SLOTS);
	empty_slots(d, d->logs[log]->cgroup, SR_CGROUP_SLOTS);
}

static void free_slots(struct sr_bpf_defs *d, struct obj **slots, size_t n)
{
	for (size_t i = 0; i < n; i++)
		obj_release(d, slots[i]);
}

void sr_bpf_defs_free(struct sr_bpf_defs *d)
{
	if (!d)
		return;
	sr_bpf_defs_sweep(d);
	for (unsigned int i = 0; i < d->nlogs && d->logs[i]; i++) {
		free_slots(d, d->logs[i]->thread, SR_THREAD_SLOTS);
		free_slots(d, d->logs[i]->file, SR_FILE_SLOTS);
		free_slots(d, d->logs[i]->cgroup, SR_CGROUP_SLOTS);
		free(d->logs[i]);
	}
	for (size_t i = 0; i < OBJ_SIZES; i++)
		for (struct obj *o = d->spare[i], *next; o; o = next) {
			next = o->next;
			free(o);
		}
	free(d->logs);
	free(d->text);
	sr_buf_free(&d->env);
	sr_buf_free(&d->joined);
	sr_hostmounts_free(d->mounts);
	free(d);
}
