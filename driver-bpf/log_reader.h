/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one log of the programs, record by record, so that none can be missed unnoticed: the
 * log tells how many it has held, the reader counts those that it met. */
#ifndef SR_LOG_READER_H
#define SR_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sr_ctl;

struct sr_log_reader {
	const uint8_t *base; /* of chunk 0 */
	struct sr_ctl *ctl;
	uint32_t chunks;
	uint32_t off;	/* bytes of the chunk that were read */
	uint32_t len;	/* of the record that was handed out last */
	uint16_t nr;	/* its kind */
	bool still;	/* at the last two looks, head and numbers were the same */
	uint64_t chunk; /* number of the chunk that is read */
	/* as of the last look */
	uint64_t head, recorded, defined, looked;
	uint64_t complete;     /* all that was written before this time was there then */
	uint64_t events, defs; /* that were met */
	uint64_t checked;      /* when they were as many as the log said: they were until then */
};

/* A record, or a place where some are missing. */
struct sr_log_record {
	const uint8_t *p;
	size_t len;
	/* a gap */
	uint64_t from, to; /* the times between which they were written */
	uint64_t events;   /* that are missing, at least one */
	bool defs;	   /* definitions are missing, too: the slots are not to be believed */
};

/**
 * sr_log_look() - see how far the log has got. @now: the time.
 * Return: what has an earlier time than this is there. It is @now, or the time of an earlier look
 * while a program is writing whose CPU has been taken away from it (for a second at most).
 */
uint64_t sr_log_look(struct sr_log_reader *l, uint64_t now);

/**
 * sr_log_next() - the next record; the one before is the programs' memory again. Borrowed until
 * the next call.
 * Return: 1; 0: no more until the next look; 2: records are missing here, out tells how many.
 */
int sr_log_next(struct sr_log_reader *l, struct sr_log_record *out);

/** sr_log_unread() - the record that was handed out last made no sense: it counts as missing. */
void sr_log_unread(struct sr_log_reader *l);

#endif /* SR_LOG_READER_H */
