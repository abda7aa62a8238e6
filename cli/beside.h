/* SPDX-License-Identifier: Apache-2.0 */
/* Chisels of `record`: each in a process of its own, `sysreel read --follow` of the file that is
 * being written. Whatever a chisel does, crash, hang or write over its memory, the recorder is not
 * concerned. */
#ifndef SR_CLI_BESIDE_H
#define SR_CLI_BESIDE_H

#include "cli/cli.h"

struct beside {
	const char *name;
	char **args; /* of the chisel, in o->words as it was; nargs of them */
	int nargs;
	pid_t pid; /* 0: not started */
	bool ended, failed;
};

struct besides {
	struct beside v[MAX_CHISELS];
	size_t n;
	const struct opts *o;
};

/** beside_plan() - find out which words are the chisels', and take them from @o: the filter is what
 *  is left. Return: 0; EXIT_USAGE after telling. */
int beside_plan(struct besides *b, struct opts *o);

/** beside_start() - when the file has been begun. Return: 0; EXIT_USAGE after telling. */
int beside_start(struct besides *b);

/** beside_poll() - tell of those that failed while recording goes on. */
void beside_poll(struct besides *b);

/** beside_end() - the file is closed: wait until all have read it. Return: did all go well? */
bool beside_end(struct besides *b);

void beside_free(struct besides *b);

#endif /* SR_CLI_BESIDE_H */
