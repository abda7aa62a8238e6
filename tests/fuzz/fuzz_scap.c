/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a .scap file: read to its end, every block printed. */
#include "capture/engine.h"
#include "capture/source_scap.h"
#include "formats/args.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sr_source *source = NULL;
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
		while (source->ops->next(source, &block, NULL) == 1)
			touch(block, meta);
		source->ops->close(source);
	}
	sr_meta_free(meta);
	return 0;
}
