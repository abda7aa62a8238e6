/* SPDX-License-Identifier: Apache-2.0 */
/* Fields: the names that filters, formats, JSON and chisels use ("proc.name").
 * One row each in filters/fields.def. */
#ifndef SR_FIELD_H
#define SR_FIELD_H

#include "formats/base/buf.h"
#include "formats/block.h"
#include "formats/meta.h"

struct sr_fds;

/* What a field's value hangs on. A predicate on a field of a dictionary is decided
 * once per entry of the dictionary, not once per event. */
enum sr_scope {
	SR_SCOPE_EVENT,
	SR_SCOPE_TYPE,
	SR_SCOPE_THREAD,
	SR_SCOPE_FILE
};

enum sr_vtype {
	SR_V_ABSENT, /* see sr_val.why */
	SR_V_INT,    /* i */
	SR_V_UINT,   /* u */
	SR_V_BOOL,   /* u: 0 or 1 */
	SR_V_STR,    /* s: borrowed, until the view's next get of any field */
	SR_V_TIME,   /* u: ns since the epoch */
	SR_V_DUR,    /* u: ns */
	SR_V_IP,     /* ip */
	SR_V_DOUBLE, /* d */
};

struct sr_ip {
	uint8_t v6; /* 0: IPv4 in the first four bytes */
	uint8_t addr[16];
};

struct sr_val {
	uint8_t type; /* enum sr_vtype */
	uint8_t why;  /* enum sr_status when absent (or SR_TRUNC beside a cut string) */
	union {
		int64_t i;
		uint64_t u;
		double d;
		struct {
			const char *p;
			size_t len;
		} s;
		struct sr_ip ip;
	};
};

/* How a value is shown. */
enum sr_show {
	SR_SHOW_DEFAULT,
	SR_SHOW_HEX,
	SR_SHOW_OCT,
	SR_SHOW_PAYLOAD, /* bytes: obeys the payload options */
};

/* One field of the table. */
struct sr_field {
	const char *name; /* "proc.name" */
	uint8_t scope;	  /* enum sr_scope */
	uint8_t type;	  /* enum sr_vtype of values that are present */
	uint8_t show;	  /* enum sr_show */
	uint8_t arg;	  /* enum sr_field_arg */
	uint32_t need;	  /* enum sr_need of its getter, the scope's column included */
	const char *help; /* one line */
};

enum sr_field_arg {
	SR_ARG_NO,
	SR_ARG_OPTIONAL,
	SR_ARG_REQUIRED
};

/** sr_fields() - the whole table, sorted as in fields.def; *n rows. */
const struct sr_field *sr_fields(size_t *n);

/** sr_field_never() - why no recording can answer the field; NULL: it can be answered. */
const char *sr_field_never(const struct sr_field *f);

/* A field with its argument: "evt.arg.flags", "evt.arg[0]", "proc.aname[2]". */
struct sr_fieldref {
	const struct sr_field *field;
	char arg[64]; /* text of the argument, "" none */
	int32_t argn; /* its number, -1 if it is not one */
};
#define SR_ARGN_LIST (-2) /* in argn: the value as a list, where the field has both */

/** sr_fieldref_need() - enum sr_need of a field and its argument. */
uint32_t sr_fieldref_need(const struct sr_fieldref *f);

/** sr_fieldref_parse() - longest field name at the start of @s with its argument.
 *  Return: bytes of @s used; -EINVAL with words (the nearest name) in err. */
int sr_fieldref_parse(struct sr_fieldref *out, const char *s, size_t len, struct sr_err *err);

/* Options of rendering that values depend on. */
struct sr_view_opts {
	char time_mode;	     /* -t: 'h' 'a' 'r' 'd' 'D' */
	char payload;	     /* 0 dotted, 'A' ascii, 'x' hex, 'X' hex and ascii, 'b' base64 */
	bool utc;	     /* times in UTC, not in the recorded host's zone */
	uint64_t first_time; /* time of the first event, for 'r'; 0 until known */
	uint64_t last_shown; /* time of the last shown event, for 'D' */
	uint64_t asked[3];   /* time of the event that evt.deltatime (and parts) was asked of */
	uint64_t counter;    /* of util.cnt */
};

/* A block as consumers look at it. */
struct sr_view {
	struct sr_block *b;
	const struct sr_meta *meta;
	struct sr_view_opts *opts;
	struct sr_fds *fds;    /* formats/fds.h, for SR_NEED_FDS; NULL: nobody follows them */
	struct sr_buf scratch; /* strings that had to be made; free with sr_buf_free() */
};

/**
 * sr_field_get() - the value of @f for row @row of the view's block. The parts that
 * f->field->need names must be loaded. Never fails: a value that cannot be given is
 * SR_V_ABSENT with a reason.
 */
void sr_field_get(const struct sr_fieldref *f, struct sr_view *v, uint32_t row, struct sr_val *out);

/** sr_field_get_dict() - the same for an entry of the dictionary of a TYPE, THREAD or FILE
 *  field: @idx is the index in it. */
void sr_field_get_dict(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out);

/** sr_val_text() - append the value as text ("<NA>" is not printed here: nothing is appended
 *  for an absent value, and false returned). */
bool sr_val_text(const struct sr_fieldref *f, const struct sr_val *val, const struct sr_view *v,
		 struct sr_buf *out);

/** sr_val_json() - append it as a JSON value; null when absent. */
void sr_val_json(const struct sr_fieldref *f, const struct sr_val *val, const struct sr_view *v,
		 struct sr_buf *out);

#endif /* SR_FIELD_H */
