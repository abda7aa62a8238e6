/* SPDX-License-Identifier: Apache-2.0 */
/* Its init refuses, with words. */
#include <errno.h>

#include <sysreel/chisel.h>

static int init(const struct sysreel_host *h, void **state)
{
	(void)state;
	return h->fail(h, -EINVAL, "there is no port %d", 70000);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	(void)state;
	(void)b;
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,	    .name = "init_fails", .category = "Test",
	.summary = "Fails in init", .init = init,	  .on_batch = on_batch,
};

SYSREEL_CHISEL_EXPORT(chisel)
