/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroups that --lossless freezes, in memory that all of a recording's processes see and that
 * is a locked file: when the last of them is gone, whoever comes by finds the file unlocked and
 * thaws what was left frozen. Internal to capture/, but for sr_frozen_clean(). */
#ifndef SR_FROZEN_H
#define SR_FROZEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sr_frozen;

/** sr_frozen_new() - with a file in the folder @state, which is made if need be; without one (NULL,
 *  or it cannot be made) in memory alone. Return 0; negative errno. */
int sr_frozen_new(struct sr_frozen **out, const char *state);

/** sr_frozen_file() - the descriptor that holds the lock; -1 there is no file. */
int sr_frozen_file(const struct sr_frozen *f);

/** sr_frozen_add() - from now on, freeze the cgroup with the folder @dir, too; for one process.
 *  Return: 0, also if it is known already; -EOPNOTSUPP it has neither cgroup.freeze (v2) nor
 *  freezer.state (v1); -ENOSPC too many. */
int sr_frozen_add(struct sr_frozen *f, const char *dir);

/** sr_frozen_freeze() - all that another one has not frozen. */
void sr_frozen_freeze(struct sr_frozen *f);

/** sr_frozen_thaw() - all that we have frozen. */
void sr_frozen_thaw(struct sr_frozen *f);

/** sr_frozen_free() - the recorder is done; nothing is frozen. */
void sr_frozen_free(struct sr_frozen *f);

/** sr_frozen_clean() - thaw what recordings that were killed have left frozen, as their files in
 *  the folder @state tell; @tell gets each cgroup's folder. Return: how many. */
size_t sr_frozen_clean(const char *state, void (*tell)(void *arg, const char *dir), void *arg);

#endif /* SR_FROZEN_H */
