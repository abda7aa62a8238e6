/* SPDX-License-Identifier: Apache-2.0 */
/* From the options of `record` and `live` to a running source. */
#ifndef SR_CLI_TARGETS_H
#define SR_CLI_TARGETS_H

#include "capture/source.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "driver-bpf/driver.h"

#define MAX_DRIVER_CGROUPS 256

struct targets {
	struct sr_driver_opts driver;
	struct sr_driver_cgroup cgroups[MAX_DRIVER_CGROUPS];
	pid_t pids[MAX_TARGETS + 1];
	pid_t child; /* the command, which waits; 0: there is none */
	int child_fd;
	char (*freeze)[SR_FREEZE_LEN]; /* folders of cgroups, for --lossless */
	size_t nfreeze;
	struct sr_push *push;		/* what of the filter the kernel decides; NULL: nothing */
	struct sr_selection *selection; /* containers by patterns; NULL: none are given */
	struct cJSON *named;		/* for the host document: {"containers":[...],...} */
};

/** targets_find() - look up what is to be recorded. @cmd: the command of the line, NULL none.
 *  Return: 0; EXIT_USAGE after telling. */
int targets_find(struct targets *t, const struct opts *o, const struct command *cmd,
		 struct sr_filter *filter);

/** targets_open() - begin recording. @flush_ms: how old a block may become.
 *  Return: 0; EXIT_USAGE after telling. */
int targets_open(struct targets *t, const struct opts *o, uint32_t flush_ms, struct sr_meta *meta,
		 struct sr_source **out);

/** targets_tell_waiting() / targets_tell_unnamed() - say that no container is selected yet; or, at
 *  the end, that some may have been missed, because nobody could name them. */
void targets_tell_waiting(const struct targets *t);
void targets_tell_unnamed(const struct targets *t);

void targets_free(struct targets *t);

#endif /* SR_CLI_TARGETS_H */
