/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/memo.h"

#include <stdlib.h>

/* Of one block: command lines can be long, and a block can have many processes. */
#define MAX_TEXT ((size_t)4 << 20)

void sr_memo_begin(struct sr_memo *m, size_t n)
{
	m->text.len = 0;
	m->text.oom = false;
	if (n > m->cap) {
		free(m->slots);
		m->slots = calloc(n, sizeof(*m->slots));
		m->cap = m->slots ? n : 0;
	} else if (n) {
		memset(m->slots, 0, n * sizeof(*m->slots));
	}
	m->n = n <= m->cap ? n : 0;
}

void sr_memo_keep(struct sr_memo *m, uint32_t idx, const struct sr_buf *out, size_t from)
{
	size_t at = m->text.len, len = out->len - from;

	if (idx >= m->n || out->oom || !len || at > MAX_TEXT || len > MAX_TEXT)
		return;
	sr_buf_put(&m->text, out->p + from, len);
	if (!m->text.oom)
		m->slots[idx] = (struct sr_memo_slot){ (uint32_t)at, (uint32_t)len };
}

void sr_memo_free(struct sr_memo *m)
{
	free(m->slots);
	sr_buf_free(&m->text);
	*m = (struct sr_memo){ 0 };
}
