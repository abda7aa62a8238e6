/* SPDX-License-Identifier: Apache-2.0 */
/* Runs chisels: finds and loads the plugin, turns blocks and selections into its
 * batches, prints its tables. To the engine a chisel is a sink. */
#ifndef SR_CHISEL_HOST_H
#define SR_CHISEL_HOST_H

#include "capture/sink.h"

#include <stdio.h>

struct sr_chisel;

/* How complete the answer is; asked when the run ends. */
struct sr_chisel_loss {
	bool known;
	uint64_t lost;	  /* events that were not recorded */
	uint64_t damaged; /* places of the file that could not be read */
	const char *also; /* another sentence, e.g. that the recorder did not end in order; NULL */
};

struct sr_chisel_opts {
	const char *const *dirs; /* where NAME.so is looked for, in this order */
	size_t ndirs;
	FILE *out; /* tables and lines */
	FILE *svg; /* its pictures, at the end of the run; NULL: none is wanted */
	bool json;
	bool csv;   /* if not @json */
	bool bars;  /* beside tables, for people */
	bool ascii; /* pictures of characters that every terminal has */
	bool color;
	int width;	 /* of the terminal; 0: no limit */
	const char *top; /* rows that tables show, digits; NULL: as the chisel says */
	/* Not 0: @out is a terminal of so many lines, and somebody looks: tables that would be
	 * shown at the end are shown every second, in the same place. */
	int refresh_lines;
	bool utc; /* times of day in UTC, not in the recorded host's zone */
	/* The chisel's own filter: true: the sink applies it; false: the caller and-s
	 * sr_chisel_filter() to what the engine selects (better for one chisel alone, as then
	 * fewer events are recorded or read at all). Doing both is right, too. */
	bool apply_filter;
	void (*loss)(void *arg, struct sr_chisel_loss *out); /* NULL: not told */
	void *loss_arg;
	/* When the run has ended in order, the events of the recording that @filter selects are to
	 * be copied into a file; texts are borrowed for the call. Return 0, -ENOMEM. NULL: no
	 * recording is read. */
	int (*save)(void *arg, const char *path, const char *filter);
	void *save_arg;
};

/**
 * sr_chisel_open() - load a chisel, take its arguments, initialise it.
 * @name: NAME of NAME.so in one of the folders, or a path (it has a '/').
 * @argv: words that followed it; *used of them were its arguments, the rest is the
 *        caller's (a filter). NAME=VALUE goes to the argument of that name; other words
 *        go to required arguments in their order, bare numbers to INT arguments.
 *        The words are borrowed until close.
 * @opts: copied; what it points to is borrowed until close.
 *
 * Return: 0; with words in err: -ENOENT no such chisel (the nearest name); -EPROTONOSUPPORT
 * another ABI; -ELIBBAD not a chisel; -EINVAL wrong arguments (with the usage), field or
 * filter; -ENOMEM; or what its init() returned.
 * Ownership: the caller frees *out with sr_chisel_close().
 */
int sr_chisel_open(struct sr_chisel **out, const char *name, int argc, char *const *argv, int *used,
		   const struct sr_chisel_opts *opts, struct sr_err *err);

/** sr_chisel_filter() - the chisel's own filter with its arguments put in; NULL if it has none. */
const char *sr_chisel_filter(const struct sr_chisel *c);

/** sr_chisel_sink() - the chisel as a sink. Errors of callbacks name the chisel. Its finish
 *  prints what is left and the footer; its close is sr_chisel_close(). */
struct sr_sink *sr_chisel_sink(struct sr_chisel *c);

/** sr_chisel_close() - end the chisel and unload it. NULL is allowed. */
void sr_chisel_close(struct sr_chisel *c);

/** sr_chisel_count_words() - how many of @argv are arguments of a chisel, which is not opened
 *  otherwise. Return: 0 and *used; errors as sr_chisel_open(). */
int sr_chisel_count_words(const char *name, int argc, char *const *argv, int *used,
			  const char *const *dirs, size_t ndirs, struct sr_err *err);

/* ---- the list ---- */

struct sr_chisel_info {
	char *name;
	char *path;
	char *category; /* "" if it cannot be loaded */
	char *summary;
	char *why; /* NULL: it can be used; else why not */
};

struct sr_chisel_list {
	struct sr_chisel_info *v; /* by category, then name; broken ones at the end */
	size_t n;
};

/** sr_chisel_list_get() - all chisels of the folders; the first folder wins where a name is in
 *  several; folders that do not exist are passed over. Return 0, -ENOMEM. */
int sr_chisel_list_get(struct sr_chisel_list *out, const char *const *dirs, size_t ndirs);
void sr_chisel_list_free(struct sr_chisel_list *l);

/** sr_chisel_help() - append the full help of one: usage, arguments, fields, filter. Return as
 *  sr_chisel_open(). */
int sr_chisel_help(const char *name, const char *const *dirs, size_t ndirs, struct sr_buf *out,
		   struct sr_err *err);

#endif /* SR_CHISEL_HOST_H */
