/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes used the CPU most? */
#define NAME	"topprocs_cpu"
#define SUMMARY "Processes by the CPU time they used"
#define HELP	"  sysreel read web.reel -c topprocs_cpu container.name=web"
#define KEYS                                                                                      \
	COL_KEY("pid", "PID"),                                                                    \
		COL_KEY("container", "CONTAINER", .flags = SYSREEL_COL_OPTIONAL, .dull = "host"), \
		COL_KEY("process", "PROCESS")

#include "chisels/plugins/cpu.h"

static void key_cells(const struct process *p, struct sysreel_value *cells)
{
	cells[0] = sysreel_uint(p->pid);
	cells[1] = kit_value(&p->container);
	cells[2] = kit_value(&p->name);
}
