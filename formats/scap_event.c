/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/scap_event.h"

#include "formats/base/cur.h"

#include <errno.h>
#include <string.h>

#define STATE_ONLY 1u
/* Notes of first-generation files whose length is 3 bytes too big. */
#define NOTE_1	   280
#define NOTE_2	   286

struct head {
	uint32_t len;
	uint32_t nparams;
	bool v1;
};

static int damaged(const struct sr_scap_block *b, const char *what, struct sr_err *err)
{
	return sr_err_set(err, -EBADMSG, b->offset, "an event cannot be read: %s", what);
}

static void read_head(struct sr_cur *c, uint32_t type, struct sr_scap_event *e, struct head *h)
{
	bool flagged = type == 0x208 || type == 0x217 || type == 0x222;

	h->v1 = type == 0x204 || type == 0x208;
	e->cpu = sr_cur_u16(c);
	e->state_only = flagged && sr_cur_u32(c) & STATE_ONLY;
	e->time = sr_cur_u64(c);
	e->tid = (int64_t)sr_cur_u64(c);
	h->len = sr_cur_u32(c);
	e->id = sr_cur_u16(c);
	h->nparams = h->v1 ? 0 : sr_cur_u32(c);
	if (h->v1 && (e->id == NOTE_1 || e->id == NOTE_2) && h->len >= 3)
		h->len -= 3;
}

static uint32_t length_at(const uint8_t *lengths, uint32_t i, bool wide)
{
	uint32_t l = 0;

	memcpy(&l, lengths + (size_t)i * (wide ? 4 : 2), wide ? 4 : 2);
	return l;
}

/* First-generation events do not say how many parameters they have: as many of the table's as
 * fill the event exactly. */
static bool guess_count(const struct sr_scap_event *e, const struct sr_cur *c, uint32_t *out)
{
	bool wide = e->desc->flags & SR_SCAP_WIDE;

	for (uint32_t n = e->desc->nparams + 1; n-- > 0;) {
		uint64_t sum = (uint64_t)n * (wide ? 4 : 2);

		if (sum > c->left)
			continue;
		for (uint32_t i = 0; i < n; i++)
			sum += length_at(c->p, i, wide);
		if (sum == c->left) {
			*out = n;
			return true;
		}
	}
	return false;
}

static bool read_params(struct sr_scap_event *e, struct sr_cur *c, uint32_t n)
{
	bool wide = e->desc->flags & SR_SCAP_WIDE;
	const uint8_t *lengths;

	if (n > c->left)
		return false;
	lengths = sr_cur_bytes(c, (size_t)n * (wide ? 4 : 2));
	if (!lengths && n)
		return false;
	for (uint32_t i = 0; i < n && i < e->desc->nparams; i++) {
		struct sr_scap_param *p = &e->params[i];

		p->len = length_at(lengths, i, wide);
		p->p = sr_cur_bytes(c, p->len);
		if (!p->p)
			return false;
		e->n = i + 1;
	}
	return true;
}

int sr_scap_event(const struct sr_scap_block *b, struct sr_scap_event *out, struct sr_err *err)
{
	struct sr_cur c = sr_cur(b->body, b->len), values;
	struct head h;
	uint32_t head_len;

	out->n = 0;
	read_head(&c, b->type, out, &h);
	head_len = h.v1 ? 22 : 26;
	if (c.bad || h.len < head_len || h.len - head_len > c.left)
		return damaged(b, "it is longer than its block", err);
	out->desc = sr_scap_desc(out->id);
	if (!out->desc)
		return 0;
	values = sr_cur(c.p, h.len - head_len);
	if (h.v1 && !guess_count(out, &values, &h.nparams))
		return damaged(b, "its length fits no number of parameters", err);
	if (!read_params(out, &values, h.nparams))
		return damaged(b, "its parameters are longer than itself", err);
	return 0;
}

const struct sr_scap_param *sr_scap_find(const struct sr_scap_event *e, const char *name,
					 const struct sr_scap_param_desc **desc)
{
	for (unsigned int i = 0; i < e->n; i++) {
		if (strcmp(e->desc->params[i].name, name) != 0)
			continue;
		if (desc)
			*desc = &e->desc->params[i];
		return &e->params[i];
	}
	return NULL;
}

static bool is_signed(enum sr_scap_type t)
{
	switch (t) {
	case SR_SCAP_INT8:
	case SR_SCAP_INT16:
	case SR_SCAP_INT32:
	case SR_SCAP_FD32:
	case SR_SCAP_PID32:
		return true;
	default:
		return false;
	}
}

bool sr_scap_number(const struct sr_scap_event *e, unsigned int i, int64_t *out)
{
	unsigned int size, shift;
	uint64_t v = 0;

	*out = 0;
	if (i >= e->n)
		return false;
	size = sr_scap_type_size(e->desc->params[i].type);
	if (!e->params[i].len || !size || size > 8)
		return false;
	if (size > e->params[i].len)
		size = e->params[i].len;
	memcpy(&v, e->params[i].p, size);
	shift = 64 - 8 * size;
	if (is_signed(e->desc->params[i].type))
		*out = (int64_t)(v << shift) >> shift;
	else
		*out = (int64_t)v;
	return true;
}

bool sr_scap_number_of(const struct sr_scap_event *e, const char *name, int64_t *out)
{
	const struct sr_scap_param *p = sr_scap_find(e, name, NULL);

	*out = 0;
	return p && sr_scap_number(e, (unsigned int)(p - e->params), out);
}
