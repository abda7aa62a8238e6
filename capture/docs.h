/* SPDX-License-Identifier: Apache-2.0 */
/* The documents that a capture file needs for the events in it, and no others: the hosts,
 * containers, users and groups that these events refer to. */
#ifndef SR_DOCS_H
#define SR_DOCS_H

#include "formats/block.h"
#include "formats/meta.h"

struct sr_docs;

/** Where documents go: 0 or negative errno. */
typedef int (*sr_docs_put)(void *arg, const char *json, size_t len, struct sr_err *err);

/** sr_docs_new() - nothing is noted yet; release with sr_docs_free(). @chosen: of a container's
 *  accounts sr_docs_after() writes those that are noted; else they come with its document, all of
 *  them. @cut: what was chosen of another file, for the host documents; borrowed; NULL: all.
 *  Return 0 or -ENOMEM. */
int sr_docs_new(struct sr_docs **out, bool chosen, const char *cut);

/** sr_docs_begin() - forget what was noted and written: a new file. @part: its number among those
 *  of a recording, which its host document then says; negative: it is the only one. */
void sr_docs_begin(struct sr_docs *d, int64_t part);

/** sr_docs_note() - the selected rows of @b, an enriched block, will be in the file. Return 0 or
 *  -ENOMEM. */
int sr_docs_note(struct sr_docs *d, const struct sr_block *b, const uint64_t *sel);

/** sr_docs_written() - the document of @c, as it is now, is in the file already. */
int sr_docs_written(struct sr_docs *d, const struct sr_container *c);

/**
 * sr_docs_before() - what has to stand before the events noted so far: hosts and containers that
 * were not written yet, or about which more is known now. The host whose clock it is (0) is written
 * first, whatever happened there.
 * Return: 0; what @put returned; -ENOMEM.
 */
int sr_docs_before(struct sr_docs *d, const struct sr_meta *meta, sr_docs_put put, void *arg,
		   struct sr_err *err);

/** sr_docs_after() - what stands at the end: names of the users and groups noted, and what was
 * found in containers, if @chosen. */
int sr_docs_after(struct sr_docs *d, const struct sr_meta *meta, sr_docs_put put, void *arg,
		  struct sr_err *err);

void sr_docs_free(struct sr_docs *d);

#endif /* SR_DOCS_H */
