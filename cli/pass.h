/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a whole capture, for `info` and `verify`. */
#ifndef SR_CLI_PASS_H
#define SR_CLI_PASS_H

#include "capture/source.h"
#include "cli/cli.h"

struct cJSON;

struct pass {
	const char *file;
	struct sr_meta *meta;
	struct sr_source *source;
	uint64_t rows, events; /* in blocks that decode; events are rows of what happened */
	uint64_t lost; /* by the "lost" rows, or by the recorder's last word if it says more */
	uint64_t bad_blocks; /* frames that are whole, but whose columns do not decode */
	struct sr_err bad;   /* of the first of them */
	/* Of the recorder's last document: */
	bool has_end;
	uint64_t end_rows, end_events; /* it wrote; 0 if it does not say */
	const char *reason;	       /* "" if it does not say */
	const char *incomplete;	       /* NULL: it knows of nothing missing */
};

/** pass_open() - open the file of the line's first word (or -r). Return 0; EXIT_USAGE. */
int pass_open(struct pass *p, struct opts *o);

/** pass_run() - go over all blocks, with @need loaded; @block (may be NULL) gets each. Return 0;
 *  EXIT_USAGE after telling. */
int pass_run(struct pass *p, uint32_t need, int (*block)(struct sr_block *b, void *arg), void *arg);

/** pass_end() - read the recorder's last document (pass_run() does). */
void pass_end(struct pass *p);

/** pass_damaged() - number of damaged places. pass_complete() - nothing at all is missing. */
size_t pass_damaged(const struct pass *p);
bool pass_complete(const struct pass *p);

void pass_close(struct pass *p);

/** json_u64() - a member that is a number or a string of digits; 0 if there is none. */
uint64_t json_u64(const struct cJSON *doc, const char *key);
/** json_str() - a member that is a string; "" if there is none. */
const char *json_str(const struct cJSON *doc, const char *key);
/** json_add_u64() - add one as formats/meta.h writes it. */
void json_add_u64(struct cJSON *doc, const char *key, uint64_t v);

#endif /* SR_CLI_PASS_H */
