/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people give them to --from and --to. */
#ifndef SR_CLI_WHEN_H
#define SR_CLI_WHEN_H

#include "capture/engine.h"
#include "cli/opts.h"

/* What times are relative to. */
struct when {
	const struct sr_meta *meta;
	const struct sr_reel_stats *stats; /* no events: not known */
	bool utc;
};

/**
 * when_parse() - a time as ns CLOCK_MONOTONIC of the recorded host, never 0.
 *
 * +5s (after the first event), -1m (before the last), 14:03, 14:03:22.5 (of the recorded host),
 * 2026-11-21T14:03:22 (Z after it: UTC), 1795263587.25 (since 1970).
 *
 * Return: 0; -EINVAL and *why what is wrong.
 */
int when_parse(const struct when *w, const char *text, uint64_t *out, const char **why);

/** when_range() - from and to of the engine, as the options say. Return: 0; EXIT_USAGE after
 * telling what is wrong. */
int when_range(const struct opts *o, struct sr_source *source, struct sr_engine *e);

/** when_reel() - the reader of a source that is a .reel file, else NULL. */
struct sr_reel *when_reel(struct sr_source *source);

#endif /* SR_CLI_WHEN_H */
