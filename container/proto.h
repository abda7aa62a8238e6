/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol Buffers, as far as the answers of container runtimes need them: messages of untrusted
 * bytes become JSON, as tables say. The tables name the few members that are wanted, so that no
 * code is generated and no library is needed: what is read fits on a page (container/messages.c).
 */
#ifndef SR_PROTO_H
#define SR_PROTO_H

#include "formats/base/buf.h"
#include "formats/base/cur.h"

struct cJSON;

enum sr_proto_kind {
	SR_PROTO_TEXT,
	SR_PROTO_INT, /* any integer below 2^53 */
	SR_PROTO_NS,  /* nanoseconds since 1970: a time as text, "2026-11-21T11:16:17.5Z"; 0 none */
	SR_PROTO_TIME, /* google.protobuf.Timestamp: the same */
	SR_PROTO_BOOL,
	SR_PROTO_ENUM,	   /* the name from @more, else the number */
	SR_PROTO_MESSAGE,  /* its members are @more */
	SR_PROTO_MAP,	   /* text to text */
	SR_PROTO_JSON_MAP, /* text to a JSON text: kept as what it says */
	SR_PROTO_JSON_ANY, /* google.protobuf.Any that has a JSON text */
};

struct sr_proto_member {
	uint32_t number; /* 0 ends a table */
	const char *name;
	enum sr_proto_kind kind;
	const void *more; /* MESSAGE: struct sr_proto_member[]; ENUM: char *[], NULL at the end */
	bool list;	  /* may come again, and becomes an array */
};

struct sr_proto_field {
	uint32_t number;
	bool has_bytes;
	uint64_t value;	     /* if it has no bytes */
	struct sr_cur bytes; /* borrowed from the message */
};

/** sr_proto_next() - the next field of a message. Return: 1; 0 at the end; -EBADMSG. */
int sr_proto_next(struct sr_cur *message, struct sr_proto_field *out);

/**
 * sr_proto_json() - a message as a JSON object, which the caller deletes. Members that are not in
 * the table are left out.
 * Return: 0; -EBADMSG no message, or one with more than 65536 members; -ENOMEM.
 */
int sr_proto_json(struct cJSON **out, const struct sr_proto_member *table, const void *data,
		  size_t len);

/** sr_proto_put_text(), sr_proto_put_int(), sr_proto_put_message() - append a field. */
void sr_proto_put_text(struct sr_buf *out, uint32_t number, const char *text);
void sr_proto_put_int(struct sr_buf *out, uint32_t number, uint64_t value);
void sr_proto_put_message(struct sr_buf *out, uint32_t number, const struct sr_buf *message);

#endif /* SR_PROTO_H */
