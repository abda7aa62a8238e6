/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a .scap file: read to its end, every block printed. */
#include "capture/engine.h"
#include "capture/source_scap.h"
#include "formats/args.h"
#include "formats/fds.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fd_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) < 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void touch(struct sr_block *b, struct sr_meta *meta)
{
	const struct sr_args_opts opts = { .max_str = 100 };
	struct sr_buf out = { 0 };

	if (sr_enrich(b, meta, NULL) < 0)
		return;
	for (uint32_t row = 0; row < b->n; row++) {
		if (b->thread[row] >= b->nthreads || b->file[row] >= b->nfiles)
			abort();
		out.len = 0;
		sr_call_text(b, row, &opts, &out);
		sr_args_json(b, row, &out);
		sr_file_name(b, &b->files[b->file[row]], &out);
	}
	sr_buf_free(&out);
}

/* Its tables of descriptors, there and back. */
static void follow(struct sr_fds *t, struct sr_block *b)
{
	uint64_t open = 0;

	if (sr_fds_begin(t, b, NULL) == 0)
		for (uint32_t row = 0; row < b->n; row = row * 2 + 1) {
			const struct sr_fds_table *table = sr_fds_at(t, row);

			if (table && table->count >= 0 && table->count != (int64_t)table->n)
				abort(); /* what is not whole is not known */
			open += table ? table->n : 0;
			(void)sr_fds_at(t, row / 2);
		}
	if (sr_fds_end(t) == 0 && open > UINT32_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sr_source *source = NULL;
	struct sr_fds *fds = NULL;
	struct sr_meta *meta = NULL;
	struct sr_block *block;
	int fd = fd_of(data, size);

	if (fd < 0)
		return 0;
	if (sr_meta_new(&meta) < 0) {
		(void)close(fd);
		return 0;
	}
	if (sr_source_scap_open(&source, fd, meta, NULL) == 0) {
		if (sr_fds_new(&fds, true) == 0)
			source->ops->tables(source);
		while (source->ops->next(source, &block, NULL) == 1) {
			touch(block, meta);
			if (fds)
				follow(fds, block);
		}
		source->ops->close(source);
	}
	sr_fds_free(fds);
	sr_meta_free(meta);
	return 0;
}
