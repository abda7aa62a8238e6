/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The driver: two programs for all system calls, one for each other kind of event, and
 * iterators for what exists when recording begins and ends. */
#include "driver-bpf/calls.bpf.h"
#include "driver-bpf/iter.bpf.h"
#include "driver-bpf/life.bpf.h"
#include "driver-bpf/moves.bpf.h"
#include "driver-bpf/proc.bpf.h"
#include "driver-bpf/uring.bpf.h"

/* Dual licence; the kernel knows no word for GPL or Apache, the GPL part is what it asks for. */
char LICENSE[] SEC("license") = "GPL";
