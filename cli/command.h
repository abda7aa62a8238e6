/* SPDX-License-Identifier: Apache-2.0 */
/* A command that is run to be recorded: in a cgroup of its own, not before recording has begun. */
#ifndef SR_CLI_COMMAND_H
#define SR_CLI_COMMAND_H

#include "cli/cli.h"
#include "container/resolver.h"

struct command {
	char *const *argv;
	pid_t pid;  /* 0: not started */
	int wait;   /* what the child waits at */
	int go;	    /* writing to it lets the command begin; -1 closed */
	int failed; /* the child writes its errno to it if it cannot run the command */
	bool ended;
	int status; /* as an exit status: its own, or 128 + signal; valid once ended */
	bool has_cgroup;
	struct sr_target_cgroup cgroup;
	char cgroup_dir[512];
};

/** command_start() - make the cgroup (where that is possible) and a child that waits in it.
 *  @stdout_taken: the capture goes to standard output, so the command's goes to standard error.
 *  Return: 0; EXIT_USAGE after telling. */
int command_start(struct command *c, char *const *argv, bool stdout_taken);

/** command_go() - run the command now. Return: 0; EXIT_USAGE after telling that it cannot. */
int command_go(struct command *c);

/** command_poll() - has it ended? Does not wait. */
bool command_poll(struct command *c);

/** command_wait() - wait until it ends, and give its exit status. */
int command_wait(struct command *c);

/** command_close() - end what was not begun, and remove the cgroup. */
void command_close(struct command *c);

#endif /* SR_CLI_COMMAND_H */
