/* SPDX-License-Identifier: Apache-2.0 */
/* Built for an ABI that does not exist yet. */
#include <sysreel/chisel.h>

static const struct sysreel_chisel chisel = {
	.size = sizeof(struct sysreel_chisel),
	.abi = 3,
	.name = "other_abi",
};

SYSREEL_CHISEL_EXPORT(chisel)
