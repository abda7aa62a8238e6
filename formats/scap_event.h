/* SPDX-License-Identifier: Apache-2.0 */
/* One event of a .scap file, and the values of its parameters. */
#ifndef SR_SCAP_EVENT_H
#define SR_SCAP_EVENT_H

#include "formats/scap_file.h"
#include "formats/scap_table.h"

#define SR_SCAP_MAX_PARAMS SR_SCAP_MAX_DESC

struct sr_scap_param {
	const uint8_t *p; /* borrowed from the block */
	uint32_t len;
};

struct sr_scap_event {
	uint64_t time; /* ns since the epoch */
	int64_t tid;
	uint16_t id, cpu;
	bool state_only; /* is there for what it tells of processes and files, not to be shown */
	const struct sr_scap_event_desc *desc; /* NULL: unknown to this version */
	unsigned int n; /* parameters that both the file and the table have */
	struct sr_scap_param params[SR_SCAP_MAX_PARAMS];
};

/** sr_scap_event() - read an event block. Parameters beyond those of the table are left out.
 *  Return 0; -EBADMSG with the offset of the block. */
int sr_scap_event(const struct sr_scap_block *b, struct sr_scap_event *out, struct sr_err *err);

/** sr_scap_find() - the parameter called @name, if the file has it; *desc its description. */
const struct sr_scap_param *sr_scap_find(const struct sr_scap_event *e, const char *name,
					 const struct sr_scap_param_desc **desc);

/** sr_scap_number() - parameter @i as a number, extended by its sign; false if it is not there or
 *  has no bytes. */
bool sr_scap_number(const struct sr_scap_event *e, unsigned int i, int64_t *out);

/** sr_scap_number_of() - the same of the parameter called @name. */
bool sr_scap_number_of(const struct sr_scap_event *e, const char *name, int64_t *out);

#endif /* SR_SCAP_EVENT_H */
