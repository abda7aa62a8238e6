/* SPDX-License-Identifier: Apache-2.0 */
#include "container/proto.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* How fields begin: the number, times 8, plus one of these. */
enum {
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_BYTES = 2,
	WIRE_32 = 5,
};

/* Members in one answer: JSON takes some 100 bytes for a member that took 2. */
#define MAX_MEMBERS  65536
#define MAX_DOUBLE   9007199254740992.0 /* 2^53: integers above are not exact in JSON */
#define NS_PER_S     1000000000
#define MAX_TIME_LEN 48

/* ---- fields ---- */

/* Seven bits a byte, the lowest ones first; the high bit says that more follow. */
static uint64_t take_varint(struct sr_cur *c)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte = sr_cur_u8(c);

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	c->bad = true;
	return 0;
}

static struct sr_cur take_bytes(struct sr_cur *c)
{
	uint64_t len = take_varint(c);
	const void *p = len <= c->left ? sr_cur_bytes(c, (size_t)len) : NULL;

	if (!p)
		c->bad = true;
	return sr_cur(p, p ? (size_t)len : 0);
}

int sr_proto_next(struct sr_cur *message, struct sr_proto_field *out)
{
	uint64_t tag;

	if (!message->left && !message->bad)
		return 0;
	tag = take_varint(message);
	*out = (struct sr_proto_field){ .number = (uint32_t)(tag >> 3) };
	if (!out->number || tag >> 3 > UINT32_MAX)
		return -EBADMSG;
	switch (tag & 7) {
	case WIRE_VARINT:
		out->value = take_varint(message);
		break;
	case WIRE_64:
		out->value = sr_cur_u64(message);
		break;
	case WIRE_32:
		out->value = sr_cur_u32(message);
		break;
	case WIRE_BYTES:
		out->has_bytes = true;
		out->bytes = take_bytes(message);
		break;
	default:
		return -EBADMSG;
	}
	return message->bad ? -EBADMSG : 1;
}

static void put_varint(struct sr_buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		sr_buf_putc(out, (char)(v | 0x80));
	sr_buf_putc(out, (char)v);
}

static void put_bytes(struct sr_buf *out, uint32_t number, const void *p, size_t len)
{
	put_varint(out, (uint64_t)number << 3 | WIRE_BYTES);
	put_varint(out, len);
	sr_buf_put(out, p, len);
}

void sr_proto_put_text(struct sr_buf *out, uint32_t number, const char *text)
{
	put_bytes(out, number, text, strlen(text));
}

void sr_proto_put_int(struct sr_buf *out, uint32_t number, uint64_t value)
{
	put_varint(out, (uint64_t)number << 3 | WIRE_VARINT);
	put_varint(out, value);
}

void sr_proto_put_message(struct sr_buf *out, uint32_t number, const struct sr_buf *message)
{
	put_bytes(out, number, message->p, message->len);
	out->oom |= message->oom;
}

/* ---- JSON ---- */

struct reader {
	size_t left; /* members that may come yet */
};

/* @len bytes as a NUL-terminated text, which ends at the first NUL. NULL without memory. */
static char *text_of(struct sr_cur bytes)
{
	char *s = malloc(bytes.left + 1);

	if (!s)
		return NULL;
	if (bytes.left)
		memcpy(s, bytes.p, bytes.left);
	s[bytes.left] = '\0';
	return s;
}

static cJSON *text_item(struct sr_cur bytes)
{
	char *s = text_of(bytes);
	cJSON *item = s ? cJSON_CreateString(s) : NULL;

	free(s);
	return item;
}

static cJSON *json_item(struct sr_cur bytes)
{
	cJSON *item = bytes.left ? cJSON_ParseWithLength((const char *)bytes.p, bytes.left) : NULL;

	return item ? item : text_item(bytes);
}

static cJSON *int_item(int64_t v)
{
	double d = (double)v;

	return cJSON_CreateNumber(d > MAX_DOUBLE ? MAX_DOUBLE : d < -MAX_DOUBLE ? -MAX_DOUBLE : d);
}

/* As Docker writes times. */
static cJSON *time_item(int64_t s, int64_t ns)
{
	char text[MAX_TIME_LEN], day[32];
	time_t when = (time_t)s;
	struct tm tm;

	if ((!s && !ns) || ns < 0 || ns >= NS_PER_S || !gmtime_r(&when, &tm) ||
	    !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		return cJSON_CreateString("");
	(void)snprintf(text, sizeof(text), "%s.%09dZ", day, (int)ns); /* fits: 30 characters */
	return cJSON_CreateString(text);
}

static cJSON *enum_item(const char *const *names, uint64_t v)
{
	for (uint64_t i = 0; names[i]; i++) {
		if (i == v)
			return cJSON_CreateString(names[i]);
	}
	return int_item((int64_t)v);
}

/* The field @number of a message; empty if it is not there. */
static int find_field(struct sr_cur message, uint32_t number, struct sr_proto_field *out)
{
	struct sr_proto_field f;
	int rc;

	*out = (struct sr_proto_field){ .number = number };
	while ((rc = sr_proto_next(&message, &f)) == 1) {
		if (f.number == number)
			*out = f;
	}
	return rc;
}

static int add_entry(cJSON *map, struct sr_cur entry, enum sr_proto_kind kind)
{
	struct sr_proto_field key, value;
	cJSON *item;
	char *name;

	if (find_field(entry, 1, &key) < 0 || find_field(entry, 2, &value) < 0)
		return -EBADMSG;
	name = text_of(key.bytes);
	item = kind == SR_PROTO_MAP ? text_item(value.bytes) : json_item(value.bytes);
	if (!name || !item || !cJSON_AddItemToObject(map, name, item)) {
		cJSON_Delete(item);
		free(name);
		return -ENOMEM;
	}
	free(name);
	return 0;
}

static int read_message(struct reader *r, cJSON *into, const struct sr_proto_member *table,
			struct sr_cur message);

/* One member. Return: 0; -EBADMSG; -ENOMEM. */
static int make_item(struct reader *r, const struct sr_proto_member *m,
		     const struct sr_proto_field *f, cJSON **out)
{
	struct sr_proto_field a, b;
	int rc = 0;

	switch (m->kind) {
	case SR_PROTO_TEXT:
		*out = text_item(f->bytes);
		break;
	case SR_PROTO_INT:
		*out = int_item((int64_t)f->value);
		break;
	case SR_PROTO_NS:
		*out = time_item((int64_t)f->value / NS_PER_S, (int64_t)f->value % NS_PER_S);
		break;
	case SR_PROTO_TIME:
		if (find_field(f->bytes, 1, &a) < 0 || find_field(f->bytes, 2, &b) < 0)
			return -EBADMSG;
		*out = time_item((int64_t)a.value, (int64_t)b.value);
		break;
	case SR_PROTO_BOOL:
		*out = cJSON_CreateBool(f->value != 0);
		break;
	case SR_PROTO_ENUM:
		*out = enum_item(m->more, f->value);
		break;
	case SR_PROTO_JSON_ANY:
		if (find_field(f->bytes, 2, &a) < 0)
			return -EBADMSG;
		*out = json_item(a.bytes);
		break;
	default:
		*out = cJSON_CreateObject();
		if (*out)
			rc = read_message(r, *out, m->more, f->bytes);
		break;
	}
	return *out ? rc : -ENOMEM;
}

/* The object or array called @name, made if it is not there. NULL without memory. */
static cJSON *put_holder(cJSON *into, const char *name, bool list)
{
	cJSON *holder = cJSON_GetObjectItemCaseSensitive(into, name);

	if (holder)
		return holder;
	return list ? cJSON_AddArrayToObject(into, name) : cJSON_AddObjectToObject(into, name);
}

static int add_member(struct reader *r, cJSON *into, const struct sr_proto_member *m,
		      const struct sr_proto_field *f)
{
	bool map = m->kind == SR_PROTO_MAP || m->kind == SR_PROTO_JSON_MAP, added;
	cJSON *holder = into, *item = NULL;
	int rc;

	if (r->left-- == 0)
		return -EBADMSG;
	if (map || m->list) {
		holder = put_holder(into, m->name, m->list);
		if (!holder)
			return -ENOMEM;
	}
	if (map)
		return add_entry(holder, f->bytes, m->kind);
	rc = make_item(r, m, f, &item);
	if (rc == 0 && !m->list)
		cJSON_DeleteItemFromObjectCaseSensitive(into, m->name); /* the last one counts */
	added = rc == 0 && (m->list ? cJSON_AddItemToArray(holder, item)
				    : cJSON_AddItemToObject(into, m->name, item));
	if (!added)
		cJSON_Delete(item);
	return rc < 0 ? rc : added ? 0 : -ENOMEM;
}

static bool is_bytes(enum sr_proto_kind kind)
{
	return kind != SR_PROTO_INT && kind != SR_PROTO_NS && kind != SR_PROTO_BOOL &&
	       kind != SR_PROTO_ENUM;
}

static int read_message(struct reader *r, cJSON *into, const struct sr_proto_member *table,
			struct sr_cur message)
{
	struct sr_proto_field f;
	int rc;

	while ((rc = sr_proto_next(&message, &f)) == 1) {
		const struct sr_proto_member *m = table;

		while (m->number && m->number != f.number)
			m++;
		if (!m->number || is_bytes(m->kind) != f.has_bytes)
			continue;
		rc = add_member(r, into, m, &f);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int sr_proto_json(struct cJSON **out, const struct sr_proto_member *table, const void *data,
		  size_t len)
{
	struct reader r = { .left = MAX_MEMBERS };
	cJSON *object = cJSON_CreateObject();
	int rc = object ? read_message(&r, object, table, sr_cur(data, len)) : -ENOMEM;

	if (rc < 0)
		cJSON_Delete(object);
	else
		*out = object;
	return rc;
}
