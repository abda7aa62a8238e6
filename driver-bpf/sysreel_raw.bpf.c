/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The driver for kernels that have no type information: the same programs on raw tracepoints. */
#define SR_RAW_TP
#include "driver-bpf/sysreel.bpf.c"
