/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers used the CPU most? */
#define NAME	"topcontainers_cpu"
#define SUMMARY "Containers by the CPU time they used"
#define HELP	"  sysreel read all.reel -c topcontainers_cpu"
#define KEYS	COL_KEY("container", "CONTAINER", .flags = SYSREEL_COL_OPTIONAL)

#include "chisels/plugins/cpu.h"

static void key_cells(const struct process *p, struct sysreel_value *cells)
{
	cells[0] = kit_value(&p->container);
}
