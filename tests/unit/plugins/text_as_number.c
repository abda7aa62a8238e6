/* SPDX-License-Identifier: Apache-2.0 */
/* Wants text as a number. */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.type", .type = SYSREEL_UINT },
};

static int on_batch(void *state, const struct sysreel_batch *b)
{
	(void)state;
	(void)b;
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,	     .name = "text_as_number", .category = "Test",
	.summary = "Wants a number", .fields = fields,	       .nfields = 1,
	.on_batch = on_batch,
};

SYSREEL_CHISEL_EXPORT(chisel)
