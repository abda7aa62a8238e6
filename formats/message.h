/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as the driver keeps them: the content of a SR_COPY_MSGHDR blob. */
#ifndef SR_MESSAGE_H
#define SR_MESSAGE_H

#include "formats/base/cur.h"
#include "formats/event_abi.h"

#include <string.h>

/* Pieces are borrowed from the bytes that were read. */
struct sr_message {
	struct sr_cur name, control, payload;
	uint64_t truelen;    /* of the payload, in the process */
	uint32_t controllen; /* the same of the control messages */
	uint32_t flags, iovlen;
	bool counted; /* one of several */
};

/** sr_message_next() - the next message of a blob. @truelen: of the blob in the process.
 *  Return: false if there is none, or what is there is none. */
static inline bool sr_message_next(struct sr_cur *c, uint64_t truelen, struct sr_message *m)
{
	uint64_t before = c->left;
	struct sr_msg_head h;
	const void *p = sr_cur_bytes(c, sizeof(h)), *name, *control;
	uint32_t have;

	if (!p)
		return false;
	memcpy(&h, p, sizeof(h));
	*m = (struct sr_message){ .controllen = h.controllen, .flags = h.flags };
	m->counted = h.iovlen & SR_MSG_COUNTED;
	m->iovlen = h.iovlen & ~SR_MSG_COUNTED;
	m->truelen = m->counted ? sr_cur_u32(c) : 0;
	have = m->counted ? sr_cur_u32(c) : 0;
	name = sr_cur_bytes(c, h.namelen & 0xffff);
	control = sr_cur_bytes(c, h.namelen >> 16);
	if (!m->counted) {
		have = (uint32_t)c->left;
		m->truelen = truelen > before - have ? truelen - (before - have) : have;
	}
	p = sr_cur_bytes(c, have);
	if (!name || !control || !p)
		return false;
	m->name = sr_cur(name, h.namelen & 0xffff);
	m->control = sr_cur(control, h.namelen >> 16);
	m->payload = sr_cur(p, have);
	(void)sr_cur_bytes(c, c->left && m->counted ? -(before - c->left) & 7 : 0);
	return true;
}

/* A control message. */
struct sr_control {
	uint32_t level, type;
	struct sr_cur data;
};

/**
 * sr_control_next() - the next of the control messages @c: length with the head, level, type,
 * data; each begins at a multiple of the length's size, which is 4 bytes if @narrow (of a 32-bit
 * program), else 8.
 * Return: false if there is none, or what is there is none: then @c stays where it is.
 */
static inline bool sr_control_next(struct sr_cur *c, bool narrow, struct sr_control *out)
{
	const size_t head = narrow ? 12 : 16, align = narrow ? 4 : 8;
	struct sr_cur at = *c;
	uint64_t len = narrow ? sr_cur_u32(&at) : sr_cur_u64(&at), step;

	out->level = sr_cur_u32(&at);
	out->type = sr_cur_u32(&at);
	if (at.bad || len < head || len > c->left)
		return false;
	out->data = sr_cur(at.p, (size_t)len - head);
	step = (len + align - 1) & ~(uint64_t)(align - 1);
	(void)sr_cur_bytes(c, step < c->left ? step : c->left);
	return true;
}

#endif /* SR_MESSAGE_H */
