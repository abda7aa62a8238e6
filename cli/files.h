/* SPDX-License-Identifier: Apache-2.0 */
/* What the options say about the files that are written: names, limits, durability. */
#ifndef SR_CLI_FILES_H
#define SR_CLI_FILES_H

#include "capture/sink_reel.h"
#include "cli/opts.h"

/**
 * files_opts() - fill in a sink's options.
 * @rotation: receives the limits, if there are any; it, and its inputs (files that are read, and
 *            must not be replaced), have to live as long as the sink.
 * @usual: when to sync, unless the line says otherwise.
 * Return: 0; EXIT_USAGE after telling what does not go together.
 */
int files_opts(const struct opts *o, struct sr_sink_reel_opts *sink,
	       struct sr_rotation_opts *rotation, enum sr_sync usual);

/** files_tell() - append " in 3 files of which 1 is left", or nothing. */
void files_tell(const struct sr_sink_reel_stats *st, struct sr_buf *out);

#endif /* SR_CLI_FILES_H */
