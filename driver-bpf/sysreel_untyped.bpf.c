/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The driver for kernels before 6.3, where an address cannot be made a typed pointer. */
#define SR_UNTYPED
#include "driver-bpf/sysreel.bpf.c"
