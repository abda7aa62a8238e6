/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as records of the driver's log, definitions and events: what can be read becomes a
 * block that can be written. */
#include "capture/bpf_events.h"
#include "formats/reel_packer.h"

#include <errno.h>
#include <stdlib.h>

#define LOGS 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* The record at @p, as long as its head says and there are bytes. */
static void take(struct sr_bpf_defs *defs, struct sr_bpf_events *events, struct sr_builder *b,
		 unsigned int log, const uint8_t *p, size_t len)
{
	struct sr_event_in *ev;
	struct sr_rec_head h;
	int rc;

	memcpy(&h, p, sizeof(h));
	if (h.nr >= SR_DEF_THREAD) {
		rc = sr_bpf_defs_add(defs, log, p, len);
		must(rc == 0 || rc == -EBADMSG);
		return;
	}
	rc = sr_bpf_events_read(events, log, p, len, &ev);
	must(rc == 0 || rc == -EBADMSG);
	if (rc == 0)
		must(sr_builder_add(b, ev) == 0);
}

static void write_block(struct sr_builder *b)
{
	struct sr_packed packed = { 0 };
	struct sr_packer *packer;
	struct sr_err err = { 0 };

	must(sr_packer_new(&packer, 0) == 0);
	must(sr_packer_block(packer, sr_builder_block(b), &packed, &err) == 0);
	sr_packed_free(&packed);
	sr_packer_free(packer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sr_bpf_defs_hooks hooks = { 0 };
	struct sr_bpf_events *events;
	struct sr_bpf_defs *defs;
	struct sr_builder *b;
	struct sr_rec_head h;
	size_t len;

	must(sr_bpf_defs_new(&defs, LOGS, "/nowhere", &hooks) == 0);
	must(sr_bpf_events_new(&events, defs, size & 1) == 0);
	must(sr_builder_new(&b) == 0);
	for (unsigned int i = 0; size >= sizeof(h); i++, data += len, size -= len) {
		uint8_t *copy;

		memcpy(&h, data, sizeof(h));
		len = h.words * 8u < sizeof(h) ? sizeof(h) : h.words * 8u;
		len = len > size ? size : len;
		copy = malloc(len); /* so that overruns are seen */
		must(copy != NULL);
		memcpy(copy, data, len);
		take(defs, events, b, i % LOGS, copy, len);
		free(copy);
	}
	if (sr_builder_count(b))
		write_block(b);
	sr_builder_free(b);
	sr_bpf_events_free(events);
	sr_bpf_defs_free(defs);
	return 0;
}
