/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/thaw.h"

#include "capture/frozen.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *state_folder(void)
{
	static char own[4096];
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		return "/run/sysreel";
	if (!dir || snprintf(own, sizeof(own), "%s/sysreel", dir) >= (int)sizeof(own))
		return NULL;
	return own;
}

static void tell(void *arg, const char *dir)
{
	(void)arg;
	say("thawed %s: a recording that was killed had left it frozen", dir);
}

void thaw_left(void)
{
	const char *state = state_folder();

	if (state)
		(void)sr_frozen_clean(state, tell, NULL);
}
