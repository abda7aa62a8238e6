/* SPDX-License-Identifier: Apache-2.0 */
/* A .scap capture of sysdig, Falco and their relatives as a source of blocks. Enter and exit events
 * of a call become one record with its latency. Not shown, as the reference tool does not or our
 * model has no place for it: notes of the recorder, switches of the scheduler, calls that had not
 * returned at the end. */
#ifndef SR_SOURCE_SCAP_H
#define SR_SOURCE_SCAP_H

#include "capture/source.h"

/** sr_source_scap_open() - read from @fd, which is owned. Reads what stands before the first event
 *  into @meta. Return 0; as sr_scap_next(); -EBADMSG also without any event. */
int sr_source_scap_open(struct sr_source **out, int fd, struct sr_meta *meta, struct sr_err *err);

#endif /* SR_SOURCE_SCAP_H */
