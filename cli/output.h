/* SPDX-License-Identifier: Apache-2.0 */
/* What `read` and `live` do with events: print them, write them, or give them to chisels. */
#ifndef SR_CLI_OUTPUT_H
#define SR_CLI_OUTPUT_H

#include "capture/engine.h"
#include "capture/rotation.h"
#include "cli/cli.h"

/* Events that a chisel wants in a file of their own. */
struct output_save {
	struct output_save *next;
	char *path, *filter;
};

struct output {
	struct sr_filter *filter; /* NULL: everything */
	struct sr_format *format;
	struct sr_view_opts view;
	struct sr_sink *sinks[1 + MAX_CHISELS];
	size_t nsinks;
	struct sr_sink *print, *write; /* which of them, or NULL */
	bool scap;		       /* @write writes a .scap */
	int write_fd;
	struct sr_rotation_opts rotation; /* of the files to write, if there are several */
	struct sr_source *source;
	FILE *svg;		   /* of --svg, or NULL */
	const char *svg_made;	   /* its name, if it was not there before */
	bool reading;		   /* a file, not live */
	struct output_save *saves; /* what chisels want copied when the run is over */
	char *cut;		   /* what is chosen of a capture that is copied; NULL: all */
	const char *chisel_filter; /* of the one chisel, and-ed to the filter; or NULL */
};

/** output_parse() - the chisels' words, filter and format; before any file is opened, so that
 *  mistakes are told first. @file: receives the first plain word, where the command reads a file;
 *  NULL if it does not. Return: 0; EXIT_USAGE after telling. */
int output_parse(struct output *out, struct opts *o, const char **file);

/** output_open() - make the sinks. @source: what will be read, for the end of a copy.
 *  Return: 0; EXIT_USAGE after telling. */
int output_open(struct output *out, struct opts *o, struct sr_source *source);

/** output_save() - a chisel's wish, for its host: @arg is the output. Return 0, -ENOMEM. */
int output_save(void *arg, const char *path, const char *filter);

/** output_follows() - something asks what processes have open: no event may be left out. */
bool output_follows(const struct output *out);

/** output_engine() - set up an engine for it. */
void output_engine(struct output *out, const struct opts *o, struct sr_source *source,
		   struct sr_engine *e);

void output_close(struct output *out);

/** output_told() - tell what was written, unless --quiet. Nothing if no capture is written. */
void output_told(const struct output *out, const struct opts *o);

/** want_color() - by --color, the terminal and $NO_COLOR. */
bool want_color(const struct opts *o);

/** is_scap_name() - is a file of this name to be a .scap? */
bool is_scap_name(const char *path);

/** open_capture() - open a file to write a capture to ("-": standard output). A file that is not
 *  a capture is refused; a capture is kept as it is until start_capture(). Return: fd, or -1
 *  after telling. start_capture() - empty it. Return 0; EXIT_USAGE. */
int open_capture(const char *path, const char *reading);
int start_capture(int fd, const char *path);

#endif /* SR_CLI_OUTPUT_H */
