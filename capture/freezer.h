/* SPDX-License-Identifier: Apache-2.0 */
/* Holds up the recorded cgroups while the driver's logs are drained, so that nothing is lost: a
 * process of its own freezes them when a log becomes half full and thaws them when the logs have
 * been read; also when the recorder is gone, or does not read any more. Internal to capture/. */
#ifndef SR_FREEZER_H
#define SR_FREEZER_H

#include "driver-bpf/driver.h"

struct sr_freezer;

/** sr_freezer_start() - the process begins to watch the logs of @d (opened with lossless). What it
 *  freezes stands in a file of the folder @state (see capture/frozen.h; NULL: in none). Return:
 *  0; negative errno of fork(2) and the like, err says what failed. */
int sr_freezer_start(struct sr_freezer **out, struct sr_driver *d, const char *state,
		     struct sr_err *err);

/** sr_freezer_add() - freeze the cgroup with the folder @dir from now on. Return: 0, also if it is
 *  known already; -EOPNOTSUPP it has neither cgroup.freeze (v2) nor freezer.state (v1); -ENOSPC
 *  too many; -EPIPE the process is gone. */
int sr_freezer_add(struct sr_freezer *f, const char *dir);

/** sr_freezer_next() - a time for which the cgroups were held up, CLOCK_MONOTONIC ns; each is told
 *  once, in their order. Return: 1; 0 none now. */
int sr_freezer_next(struct sr_freezer *f, uint64_t *from, uint64_t *to);

/** sr_freezer_check() - look whether the process is still there, and thaw everything if not.
 *  Return: 0; -EPIPE it has ended: nothing is frozen any more; -ETIMEDOUT it gave up, because
 *  nothing was read for too long. Each error is told once. */
int sr_freezer_check(struct sr_freezer *f);

/** sr_freezer_stop() - thaw, and end the process. */
void sr_freezer_stop(struct sr_freezer *f);

#endif /* SR_FREEZER_H */
