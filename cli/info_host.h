/* SPDX-License-Identifier: Apache-2.0 */
/* What `info` says about the recorded hosts: facts, clocks, names of users. */
#ifndef SR_CLI_INFO_HOST_H
#define SR_CLI_INFO_HOST_H

#include "formats/base/buf.h"
#include "formats/meta.h"

struct cJSON;

/** info_hosts() - lines about each host, and who recorded it. @utc: times not in its zone. */
void info_hosts(struct sr_buf *out, const struct sr_meta *meta, bool utc);

/** info_hosts_json() - an array: of each host its document, with "users" and "groups". */
struct cJSON *info_hosts_json(const struct sr_meta *meta);

#endif /* SR_CLI_INFO_HOST_H */
