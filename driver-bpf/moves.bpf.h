/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Renames that no system call makes: those of io_uring. Like those that calls make, they raise
 * the generation of paths when they are done; what was looked up before is then looked up anew. */
#ifndef SR_MOVES_BPF_H
#define SR_MOVES_BPF_H

#include "driver-bpf/maps.bpf.h"

#define IORING_OP_RENAMEAT 35

/* Before whoever asked for it can see that it is done. The number and types of the arguments
 * differ between kernels, the second is always the request. */
HOOK(io_uring_complete)
int sr_uring_moved(u64 *ctx)
{
	struct io_kiocb *req = (void *)ctx[1];

	if (BPF_CORE_READ(req, opcode) == IORING_OP_RENAMEAT)
		__sync_fetch_and_add(&live.path_gen, 1);
	return 0;
}

#endif /* SR_MOVES_BPF_H */
