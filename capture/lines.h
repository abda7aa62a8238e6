/* SPDX-License-Identifier: Apache-2.0 */
/* Events as text in a buffer: a line each, or a JSON object each. */
#ifndef SR_LINES_H
#define SR_LINES_H

#include "capture/memo.h"
#include "capture/rows.h"
#include "filters/filter.h"
#include "formats/args.h"

/* Fields of the default JSON object, beside number and times. */
#define SR_LINES_JSON 15

struct sr_lines_opts {
	struct sr_format *format; /* -p; borrowed; NULL: the default line or object */
	bool json;
	bool color;
	bool no_gaps;	  /* no line where events were lost */
	uint32_t max_str; /* bytes shown of strings and payloads in the default line; 0: no limit */
};

/* A second as text: most events end in the same one as the event before. */
struct sr_second {
	uint64_t from; /* ns since the epoch */
	int32_t tz_s;
	bool iso;
	uint8_t len; /* 0: none yet */
	char text[32];
};

/* A field of the JSON object. Neighbours that hang on the same dictionary are made together. */
struct sr_json_field {
	struct sr_fieldref ref;
	char key[32]; /* with the comma before and the colon after it */
	size_t key_len;
	size_t together;     /* of the first: how many; else 0 */
	struct sr_memo memo; /* of the first, unless they hang on the event */
};

/** struct sr_lines - for one thread. */
struct sr_lines {
	struct sr_lines_opts o;
	struct sr_json_field json[SR_LINES_JSON];
	struct sr_memo process; /* of the default line: container and process */
	struct sr_second second;
	struct sr_fieldref buffer; /* evt.buffer */
	struct sr_fieldref host;   /* evt.hostname */
	struct sr_args_opts args;
	struct sr_buf out; /* what was made; the user empties it */
};

/** sr_lines_init() - Return 0; -EINVAL with words (a field that this build lacks). */
int sr_lines_init(struct sr_lines *l, const struct sr_lines_opts *o, struct sr_err *err);

/** sr_lines_need() - enum sr_need of what sr_lines_event() looks at. */
uint32_t sr_lines_need(const struct sr_lines *l);

/** sr_lines_begin() - the rows of @b are next. */
void sr_lines_begin(struct sr_lines *l, const struct sr_block *b);

/** sr_lines_event() - append the event in @row, with a newline. */
void sr_lines_event(struct sr_lines *l, struct sr_view *v, uint32_t row);

/** sr_lines_tell_gaps() - a gap is a line of its own, not an event. sr_lines_gap() - append it:
 *  "--- 12 events of web (DATA) lost on CPU 1 between T and T ---". */
bool sr_lines_tell_gaps(const struct sr_lines *l);
void sr_lines_gap(struct sr_lines *l, struct sr_view *v, uint32_t row,
		  const struct sr_rows_gap *gap);

void sr_lines_free(struct sr_lines *l);

/** sr_latency_text() - append a duration as people read it: "850ns", "12.3us", "3.4ms", "2.1s". */
void sr_latency_text(uint64_t ns, struct sr_buf *out);

/** sr_clock_text() - append HH:MM:SS.nnnnnnnnn of a time since the epoch, @tz_s east of UTC. */
void sr_clock_text(uint64_t wall_ns, int32_t tz_s, struct sr_buf *out);

/** sr_iso_text() - append 2026-11-21T10:50:00.123456789Z. */
void sr_iso_text(uint64_t wall_ns, struct sr_buf *out);

#endif /* SR_LINES_H */
