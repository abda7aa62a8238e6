/* SPDX-License-Identifier: Apache-2.0 */
/* What several of our chisels need and sysreel/chisel.h has not: texts that are built or searched,
 * and a bounded map from numbers to what is known of a process, file or connection. */
#ifndef KIT_H
#define KIT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem(); this file is included first */
#endif

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sysreel/chisel.h>

#define KIT_N(array) (sizeof(array) / sizeof(*(array)))

/* Of a filter: system calls. A child's return from the call that made it is an event of its own,
 * but no call. */
#define KIT_CALLS \
	"syscall.type exists and not (evt.type in (clone, clone3, fork, vfork) and evt.rawres=0)"

/* ---- values of a batch ---- */

/** kit_is() - is the value this text? */
static inline int kit_is(const struct sysreel_value *v, const char *s)
{
	return !v->why && v->s.len == strlen(s) && memcmp(v->s.p, s, v->s.len) == 0;
}

static inline int kit_among(const struct sysreel_value *v, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kit_is(v, list[i]))
			return 1;
	return 0;
}

/** kit_starts() - does the text begin with @s? kit_find() - where is @s in it; NULL nowhere. */
static inline int kit_starts(const struct sysreel_str *t, const char *s)
{
	size_t len = strlen(s);

	return t->len >= len && memcmp(t->p, s, len) == 0;
}

static inline const char *kit_find(const struct sysreel_str *t, const char *s)
{
	return t->len ? memmem(t->p, t->len, s, strlen(s)) : NULL;
}

/** kit_digits() - the decimal number that the text begins with; 0 without one. */
static inline uint64_t kit_digits(const struct sysreel_str *t)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < t->len && i < 19 && t->p[i] >= '0' && t->p[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(t->p[i] - '0');
	return n;
}

/** kit_true() - a flag that is present and set. kit_num() - a number, 0 if absent. */
static inline int kit_true(const struct sysreel_batch *b, uint32_t col, uint32_t row)
{
	return !b->cols[col].why[row] && b->cols[col].u[row];
}

static inline uint64_t kit_num(const struct sysreel_batch *b, uint32_t col, uint32_t row)
{
	return b->cols[col].why[row] ? 0 : b->cols[col].u[row];
}

/** kit_str() - a text, empty if absent. */
static inline struct sysreel_str kit_str(const struct sysreel_batch *b, uint32_t col, uint32_t row)
{
	if (b->cols[col].why[row])
		return (struct sysreel_str){ .p = "" };
	return b->cols[col].s[row];
}

/* ---- texts that are kept ---- */

/* NUL-terminated once something was put in; zero-initialise it, free(p). */
struct kit_text {
	char *p;
	size_t len, cap;
};

static inline int kit_put(struct kit_text *t, const char *p, size_t len)
{
	size_t need = t->len + len + 1;

	if (need > t->cap) {
		size_t cap = need * 2;
		char *q = realloc(t->p, cap);

		if (!q)
			return -ENOMEM;
		t->p = q;
		t->cap = cap;
	}
	if (len)
		memcpy(t->p + t->len, p, len);
	t->len += len;
	t->p[t->len] = '\0';
	return 0;
}

static inline int kit_puts(struct kit_text *t, const char *s)
{
	return kit_put(t, s, strlen(s));
}

/** kit_set() - make it this text and nothing else. */
static inline int kit_set(struct kit_text *t, const struct sysreel_str *s)
{
	t->len = 0;
	return kit_put(t, s->p, s->len);
}

__attribute__((format(printf, 2, 3))) static inline int kit_printf(struct kit_text *t,
								   const char *fmt, ...)
{
	char buf[512]; /* longer ones are cut: for numbers and short words */
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return n < 0 ? -EINVAL
		     : kit_put(t, buf, (size_t)n < sizeof(buf) ? (size_t)n : sizeof(buf) - 1);
}

/** kit_value() - the text as a value; absent as NONE while nothing was put in. */
static inline struct sysreel_value kit_value(const struct kit_text *t)
{
	return t->p ? sysreel_text(t->p, t->len) : sysreel_absent(SYSREEL_NONE);
}

/* ---- a map ---- */

#define KIT_BUCKETS 16384
#define KIT_MAX	    65536 /* entries; what comes later is not kept, see full */

/* First member of an entry. */
struct kit_node {
	struct kit_node *next;
	uint64_t key;
};

struct kit_map {
	struct kit_node *bucket[KIT_BUCKETS];
	size_t size; /* of an entry */
	uint32_t n;
	uint64_t full;				/* entries for which there was no room */
	void (*release)(struct kit_node *node); /* frees what is in an entry; NULL: nothing */
};

/** kit_hash() - a key of a text, to be begun with @h 0 and chained. */
static inline uint64_t kit_hash(uint64_t h, const void *p, size_t len)
{
	const unsigned char *c = p;

	h ^= 0xcbf29ce484222325u;
	for (size_t i = 0; i < len; i++)
		h = (h ^ c[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

/** kit_pair() - a key of a process and a file descriptor. */
static inline uint64_t kit_pair(uint64_t pid, uint64_t fd)
{
	return pid << 32 | (fd & 0xffffffffu);
}

static inline struct kit_node **kit_slot(struct kit_map *m, uint64_t key)
{
	struct kit_node **at = &m->bucket[(key * 0x9e3779b97f4a7c15u) >> 50];

	while (*at && (*at)->key != key)
		at = &(*at)->next;
	return at;
}

/** kit_get() - the entry of a key; NULL if there is none. */
static inline void *kit_get(struct kit_map *m, uint64_t key)
{
	return *kit_slot(m, key);
}

/** kit_make() - the entry of a key, cleared if it is new; NULL without room or memory. */
static inline void *kit_make(struct kit_map *m, uint64_t key)
{
	struct kit_node **at = kit_slot(m, key);

	if (*at)
		return *at;
	if (m->n == KIT_MAX || !(*at = calloc(1, m->size))) {
		m->full++;
		return NULL;
	}
	(*at)->key = key;
	m->n++;
	return *at;
}

static inline void kit_drop(struct kit_map *m, uint64_t key)
{
	struct kit_node **at = kit_slot(m, key), *gone = *at;

	if (!gone)
		return;
	*at = gone->next;
	if (m->release)
		m->release(gone);
	free(gone);
	m->n--;
}

static inline void kit_map_free(struct kit_map *m)
{
	for (size_t i = 0; i < KIT_BUCKETS; i++)
		while (m->bucket[i]) {
			struct kit_node *gone = m->bucket[i];

			m->bucket[i] = gone->next;
			if (m->release)
				m->release(gone);
			free(gone);
		}
	m->n = 0;
}

/** kit_list() - all entries, malloc'ed; m->n of them, in no order. NULL without memory. */
static inline struct kit_node **kit_list(const struct kit_map *m)
{
	struct kit_node **v = malloc((m->n + 1u) * sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; v && i < KIT_BUCKETS; i++)
		for (struct kit_node *e = m->bucket[i]; e; e = e->next)
			v[n++] = e;
	return v;
}

/** kit_tell_full() - a remark if something found no room. */
static inline void kit_tell_full(const struct kit_map *m, const struct sysreel_host *h,
				 const char *what)
{
	if (m->full)
		h->remark(h, "%llu %s found no room: at most %d are kept at a time",
			  (unsigned long long)m->full, what, KIT_MAX);
}

/* ---- a chisel with one table ---- */

/* Of .flags, a table of these columns. */
#define KIT_TABLE(cols_, flags_)                                                                  \
	{                                                                                         \
		.size = sizeof(struct sysreel_table_def), .cols = (cols_), .ncols = KIT_N(cols_), \
		.flags = (flags_)                                                                 \
	}

/* What a state begins with. */
struct kit_state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
};

/** kit_init() - make a state of @size bytes, all else in it 0, with its table. Return 0; a negative
 *  errno. */
static inline int kit_init(const struct sysreel_host *h, void **state, size_t size,
			   const struct sysreel_table_def *def)
{
	struct kit_state *s = calloc(1, size);

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->t = h->table_new(h, def);
	return s->t ? 0 : h->fail(h, -ENOMEM, NULL);
}

/** kit_show() - a finish() that shows the table. */
static inline int kit_show(void *state)
{
	struct kit_state *s = state;

	return s->h->table_show(s->h, s->t);
}

#endif /* KIT_H */
