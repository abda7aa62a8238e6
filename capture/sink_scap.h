/* SPDX-License-Identifier: Apache-2.0 */
/* Writes selected events to a .scap file, for sysdig, Falco and Wireshark. */
#ifndef SR_SINK_SCAP_H
#define SR_SINK_SCAP_H

#include "capture/sink.h"

struct sr_sink_scap_stats {
	uint64_t events;   /* written */
	uint64_t left_out; /* of kinds that such a file does not have */
	uint64_t bytes;
};

/** sr_sink_scap_new() - start the file at @fd, which stays the caller's; @gz: packed by gzip. Close
 *  through ops->close. Return: 0; -ENOMEM; negative errno of write(2) with words. */
int sr_sink_scap_new(struct sr_sink **out, int fd, bool gz, struct sr_err *err);

void sr_sink_scap_stats(const struct sr_sink *s, struct sr_sink_scap_stats *out);

#endif /* SR_SINK_SCAP_H */
