/* SPDX-License-Identifier: Apache-2.0 */
/* From a record of the driver to an event that a builder takes. */
#ifndef SR_BPF_EVENTS_H
#define SR_BPF_EVENTS_H

#include "capture/bpf_defs.h"

struct sr_bpf_events;

/** sr_bpf_events_new() - @defs: borrowed, what slots stand for. @full_env: keep the values of
 *  environment variables. Return 0; -ENOMEM. */
int sr_bpf_events_new(struct sr_bpf_events **out, struct sr_bpf_defs *defs, bool full_env);

/**
 * sr_bpf_events_read() - the event in the record at @rec, @len bytes, of @log.
 * @out: receives it, but for the CPU; borrowed until the next call, as are the record's own bytes
 * that it points to.
 * Return: 0; -EBADMSG the record is not whole; -ENOMEM.
 */
int sr_bpf_events_read(struct sr_bpf_events *e, unsigned int log, const uint8_t *rec, size_t len,
		       struct sr_event_in **out);

/** sr_bpf_events_sweep() - no builder refers to events that were read any more. */
void sr_bpf_events_sweep(struct sr_bpf_events *e);

void sr_bpf_events_free(struct sr_bpf_events *e);

#endif /* SR_BPF_EVENTS_H */
