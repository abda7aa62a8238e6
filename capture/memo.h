/* SPDX-License-Identifier: Apache-2.0 */
/* Text of dictionary entries, made once for each entry of a block: what a line says of its
 * process is the same for all events of that process. */
#ifndef SR_MEMO_H
#define SR_MEMO_H

#include "formats/base/buf.h"

/* Where the text of an entry is; len 0: not made yet. */
struct sr_memo_slot {
	uint32_t at, len;
};

/** struct sr_memo - zero-initialise it, release with sr_memo_free(). */
struct sr_memo {
	struct sr_memo_slot *slots;
	size_t n, cap;
	struct sr_buf text;
};

/** sr_memo_begin() - forget everything; a dictionary of @n entries follows. Without memory
 *  nothing is kept, which only costs time. */
void sr_memo_begin(struct sr_memo *m, size_t n);

/** sr_memo_put() - append the text of entry @idx; false if it has not been kept. */
static inline bool sr_memo_put(const struct sr_memo *m, uint32_t idx, struct sr_buf *out)
{
	if (idx >= m->n || !m->slots[idx].len)
		return false;
	sr_buf_put(out, m->text.p + m->slots[idx].at, m->slots[idx].len);
	return true;
}

/** sr_memo_keep() - what @out has from @from on is the text of entry @idx. */
void sr_memo_keep(struct sr_memo *m, uint32_t idx, const struct sr_buf *out, size_t from);

void sr_memo_free(struct sr_memo *m);

#endif /* SR_MEMO_H */
