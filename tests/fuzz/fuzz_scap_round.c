/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a .scap file, written as another one and read again: as many events, undamaged. */
#include "capture/engine.h"
#include "capture/sink_scap.h"
#include "capture/source_scap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int open_fd(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) < 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Copies what can be read into @out; returns how many events were written. */
static uint64_t copy(struct sr_source *source, struct sr_meta *meta, int out)
{
	struct sr_view_opts opts = { .utc = true };
	struct sr_sink *sink = NULL;
	struct sr_sink_scap_stats stats;
	struct sr_engine e;

	if (sr_sink_scap_new(&sink, out, false, NULL) < 0)
		abort();
	e = (struct sr_engine){ .source = source, .sinks = &sink, .nsinks = 1, .view_opts = &opts };
	(void)meta;
	(void)sr_engine_run(&e, NULL); /* what is damaged ends there */
	sr_sink_scap_stats(sink, &stats);
	sink->ops->close(sink);
	return stats.events;
}

static uint64_t count(struct sr_source *source)
{
	struct sr_block *b;
	uint64_t n = 0;

	while (source->ops->next(source, &b, NULL) == 1)
		n += b->n;
	return n;
}

static void read_again(int fd, uint64_t events)
{
	struct sr_source_file file;
	struct sr_source *source;
	struct sr_meta *meta;

	if (sr_meta_new(&meta) < 0)
		abort();
	if (lseek(fd, 0, SEEK_SET) < 0 || sr_source_scap_open(&source, fd, meta, NULL) < 0)
		abort();
	if (count(source) != events)
		abort();
	source->ops->file(source, &file);
	if (file.ndamages)
		abort();
	source->ops->close(source);
	sr_meta_free(meta);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int in = open_fd(data, size), out = memfd_create("out", MFD_CLOEXEC);
	struct sr_source *source = NULL;
	struct sr_meta *meta = NULL;
	uint64_t events = 0;

	if (in < 0 || out < 0 || sr_meta_new(&meta) < 0)
		abort();
	if (sr_source_scap_open(&source, in, meta, NULL) == 0) {
		events = copy(source, meta, out);
		source->ops->close(source);
	}
	sr_meta_free(meta);
	if (events)
		read_again(out, events);
	else
		(void)close(out);
	return 0;
}
