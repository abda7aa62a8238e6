/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds-checked little-endian cursor: the only way this project parses
 * untrusted bytes. After the first read past the end, @bad is set, every later
 * read returns zero, and the caller checks once. */
#ifndef SR_CUR_H
#define SR_CUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sr_cur {
	const uint8_t *p;
	size_t left; /* bytes from p to the end */
	bool bad;
};

static inline struct sr_cur sr_cur(const void *p, size_t len)
{
	return (struct sr_cur){ p, len, false };
}

/** sr_cur_bytes() - a pointer to the next @n bytes (borrowed), or NULL and bad. */
static inline const void *sr_cur_bytes(struct sr_cur *c, size_t n)
{
	const void *p = c->p;

	if (c->bad || n > c->left) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	c->left -= n;
	return p;
}

#define SR_CUR_GET(bits)                                                 \
	static inline uint##bits##_t sr_cur_u##bits(struct sr_cur *c)    \
	{                                                                \
		const void *p = sr_cur_bytes(c, sizeof(uint##bits##_t)); \
		uint##bits##_t v = 0;                                    \
		if (p)                                                   \
			memcpy(&v, p, sizeof(v));                        \
		return v;                                                \
	}
SR_CUR_GET(8)
SR_CUR_GET(16)
SR_CUR_GET(32)
SR_CUR_GET(64)
#undef SR_CUR_GET

#endif /* SR_CUR_H */
