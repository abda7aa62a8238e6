/* SPDX-License-Identifier: Apache-2.0 */
/* A live source with all that belongs to it: targets, a command, signals, the time limit. */
#ifndef SR_CLI_SESSION_H
#define SR_CLI_SESSION_H

#include "cli/targets.h"

struct session {
	const struct opts *o;
	struct targets targets;
	struct command cmd;
	bool has_cmd;
	struct sr_meta *meta;
	struct sr_source *source;
	uint64_t started;   /* CLOCK_MONOTONIC ns */
	const char *reason; /* why it ended */
	bool stopping;
};

/** session_open() - find the targets, start the command (it waits), begin recording.
 *  Return: 0; EXIT_USAGE after telling. Close it in any case. */
int session_open(struct session *s, const struct opts *o, struct sr_filter *filter,
		 uint32_t flush_ms);

/** session_go() - let the command run, begin to count the time. Return as session_open(). */
int session_go(struct session *s);

/** session_tick() - to be called again and again: asks the source to stop when the command
 *  ended, the time is over, or a signal came. */
void session_tick(struct session *s);

/** session_end() - recording is over: end the command if it runs on, and give the exit status:
 *  the command's, or 0. */
int session_end(struct session *s);

void session_close(struct session *s);

#endif /* SR_CLI_SESSION_H */
