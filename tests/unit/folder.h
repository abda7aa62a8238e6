/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own: folder_make() and folder_remove() set a group of tests up and tear it
 * down, folder_path() is a path in it. */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

static char folder[64];

static inline int folder_make(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/sysreel-unit.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static inline int folder_remove(void **state)
{
	char cmd[96];

	(void)state;
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", folder);
	return system(cmd);
}

/* Good for the next 31 calls. */
static inline const char *folder_path(const char *name)
{
	static char paths[32][128];
	static int turn;
	char *p = paths[turn++ % 32];

	(void)snprintf(p, sizeof(paths[0]), "%s/%s", folder, name);
	return p;
}

#endif /* TEST_FOLDER_H */
