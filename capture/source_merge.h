/* SPDX-License-Identifier: Apache-2.0 */
/* Several capture files as one source: of several hosts, of several recordings of a host, or the
 * parts of one recording. */
#ifndef SR_SOURCE_MERGE_H
#define SR_SOURCE_MERGE_H

#include "capture/source.h"

/**
 * sr_source_merge_open() - read @n capture files (.reel, such that can be seeked) as one.
 * @paths: borrowed until the source is closed.
 * @meta: receives what all files say. Host 0 is the one that was booted first, so that the times
 *        of all events, brought to its clock by way of wall time, are not negative.
 *
 * Events come in the order of wall time. What one recording wrote one behind the other, in one file
 * or in several parts, keeps its order: a late record stays late. Files with the same boot id are
 * of the same host, and share its clock.
 *
 * next() fails with -EBADMSG for a block that does not decode; what follows is still good.
 * Return: as sr_reel_open(); -ESPIPE a file that cannot be seeked; -E2BIG too many hosts.
 */
int sr_source_merge_open(struct sr_source **out, const char *const *paths, size_t n,
			 struct sr_meta *meta, struct sr_err *err);

#endif /* SR_SOURCE_MERGE_H */
