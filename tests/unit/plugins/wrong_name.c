/* SPDX-License-Identifier: Apache-2.0 */
/* Not called as its file. */
#include <sysreel/chisel.h>

static int on_batch(void *state, const struct sysreel_batch *b)
{
	(void)state;
	(void)b;
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,	       .name = "right_name", .category = "Test",
	.summary = "Has another name", .on_batch = on_batch,
};

SYSREEL_CHISEL_EXPORT(chisel)
