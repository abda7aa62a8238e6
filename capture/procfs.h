/* SPDX-License-Identifier: Apache-2.0 */
/* The one thing that is read from /proc: the command line of a process that
 * existed before recording began. */
#ifndef SR_PROCFS_H
#define SR_PROCFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * sr_procfs_cmdline() - argv of @pid as in memory (NUL-separated), cut to @cap bytes.
 * @start: ns since boot at which the process that is meant was started; a process of
 *         another start time is another process, whose command line is not given.
 * Return: bytes; 0 there is none; -ESRCH gone or another process; negative errno.
 */
ssize_t sr_procfs_cmdline(const char *proc_root, pid_t pid, uint64_t start, char *buf, size_t cap);

#endif /* SR_PROCFS_H */
