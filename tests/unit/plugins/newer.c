/* SPDX-License-Identifier: Apache-2.0 */
/* Made with a later header of the same ABI, and uses what it added. */
#include <sysreel/chisel.h>

static int on_batch(void *state, const struct sysreel_batch *b)
{
	(void)state;
	(void)b;
	return 0;
}

static const struct {
	struct sysreel_chisel known;
	uint64_t added;
} chisel = {
	.known = {
		.size = sizeof(chisel),
		.abi = SYSREEL_CHISEL_ABI,
		.name = "newer",
		.category = "Test",
		.summary = "From the future",
		.on_batch = on_batch,
	},
	.added = 1,
};

SYSREEL_CHISEL_EXPORT(chisel.known)
