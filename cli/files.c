/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/files.h"
#include "cli/cli.h"

#include <string.h>

/* More than a few threads have nothing to do: one packs what several CPUs bring. */
#define MAX_PACKERS 4u

static unsigned int packers(const struct opts *o)
{
	unsigned int n = cpus();

	return o->threads ? o->threads : n < MAX_PACKERS ? n : MAX_PACKERS;
}

int files_opts(const struct opts *o, struct sr_sink_reel_opts *sink,
	       struct sr_rotation_opts *rotation, enum sr_sync usual)
{
	rotation->name = o->write_file;
	rotation->bytes = o->file_bytes;
	rotation->seconds = o->file_seconds;
	rotation->events = o->file_events;
	rotation->files = o->files;
	rotation->max_disk = o->max_disk;
	sink->level = (int)o->level;
	/* With threads the level is a wish (capture/packq.h); of a copy it is an order. */
	sink->threads = sink->copy && o->level ? 0 : packers(o);
	sink->sync = o->sync < 0 ? usual : (enum sr_sync)o->sync;
	sink->sync_ns = o->sync_ns;
	if (!o->write_file)
		return o->files || sr_rotation_wanted(rotation) || o->sync >= 0
			       ? fail("-C, -G, -e, -W, --max-disk and --fsync go with -w")
			       : 0;
	if (!sr_rotation_wanted(rotation))
		return o->files
			       ? fail("-W limits the files that -C, -G or -e make: give one of them")
			       : 0;
	if (strcmp(o->write_file, "-") == 0)
		return fail("standard output is one file: -C, -G, -e and --max-disk need names");
	if (o->max_disk && o->file_bytes > o->max_disk / 2)
		return fail("-C may be at most half of --max-disk");
	sink->rotation = rotation;
	return 0;
}

void files_tell(const struct sr_sink_reel_stats *st, struct sr_buf *out)
{
	char n[HUMAN_LEN], left[HUMAN_LEN];

	if (!st->files)
		return;
	sr_buf_printf(out, " in %s file%s", human_count(st->files, n), plural(st->files));
	if (st->removed)
		sr_buf_printf(out, " of which %s %s left",
			      human_count(st->files - st->removed, left),
			      st->files - st->removed == 1 ? "is" : "are");
}
