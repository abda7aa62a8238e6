/* SPDX-License-Identifier: Apache-2.0 */
/* Its on_batch fails, without words. */
#include <errno.h>

#include <sysreel/chisel.h>

static int on_batch(void *state, const struct sysreel_batch *b)
{
	(void)state;
	(void)b;
	return -ENOSPC;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,  .name = "batch_fails",
	.category = "Test",   .summary = "Fails in on_batch",
	.on_batch = on_batch,
};

SYSREEL_CHISEL_EXPORT(chisel)
