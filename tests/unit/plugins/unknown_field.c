/* SPDX-License-Identifier: Apache-2.0 */
/* Wants a field that does not exist. */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "proc.nome", .type = SYSREEL_STR },
};

static int on_batch(void *state, const struct sysreel_batch *b)
{
	(void)state;
	(void)b;
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,  .name = "unknown_field",
	.category = "Test",   .summary = "Wants an unknown field",
	.fields = fields,     .nfields = 1,
	.on_batch = on_batch,
};

SYSREEL_CHISEL_EXPORT(chisel)
