/* SPDX-License-Identifier: Apache-2.0 */
/* The options of all commands, read by one parser from cli/opts.def. */
#ifndef SR_CLI_OPTS_H
#define SR_CLI_OPTS_H

#include "chisels/oneliner.h"
#include "filters/filter.h"

#include <stdio.h>
#include <sys/types.h>

enum cmd_bit {
	CMD_READ = 1 << 0,
	CMD_LIVE = 1 << 1,
	CMD_RECORD = 1 << 2,
	CMD_INFO = 1 << 3,
	CMD_VERIFY = 1 << 4,
	CMD_FIELDS = 1 << 5,
	CMD_CHISELS = 1 << 6,
	CMD_DOCTOR = 1 << 7,
	CMD_FILTER = 1 << 8,
	CMD_TRIGGER = 1 << 9,
	CMD_MERGE = 1 << 10,
	CMD_CONVERT = 1 << 11,
	CMD_CHISEL = 1 << 12,
	CMD_EVERY = (1 << 13) - 1,
};

#define MAX_TARGETS  64
#define MAX_TRIGGERS 32
#define MAX_CHISELS  16
#define MAX_VALUES   16

struct opts {
	/* files */
	const char *read_file, *write_file;
	uint32_t level;
	uint64_t file_bytes, file_seconds, max_disk;
	uint32_t file_events, files;
	int sync; /* enum sr_sync, or -1: the usual one */
	uint64_t sync_ns;
	uint32_t threads; /* 0: not given */
	/* targets */
	const char *containers[MAX_TARGETS], *not_containers[MAX_TARGETS], *cgroups[MAX_TARGETS];
	pid_t pids[MAX_TARGETS];
	size_t ncontainers, nnot_containers, ncgroups, npids;
	bool follow;
	bool all, wait, containers_table;
	const char *docker_socket;  /* NULL: the default */
	const char *runtime_socket; /* NULL: the usual places */
	char **command;		    /* after "--", NULL-terminated; NULL none */
	/* driver */
	uint32_t snaplen, buffer_mb;
	uint64_t duration_ns;
	bool lossless;
	int hook; /* enum sr_driver_hook */
	bool no_latency, env;
	const char *btf;
	/* retroactive recording */
	bool retro, per_container;
	uint64_t retro_ns, retro_bytes, retro_memory, after_ns; /* 0: not given; no limit */
	const char *triggers[MAX_TRIGGERS];
	size_t ntriggers;
	uint32_t max_triggers; /* an hour */
	const char *control;   /* NULL: the default */
	bool status;
	/* output */
	uint64_t count;
	const char *format; /* NULL: the default line */
	const char *svg;    /* file for pictures; NULL: none */
	bool gzip, json, csv, utc, state, quick, quiet, verbose, progress, ignored;
	char time_mode, payload;
	uint32_t max_str;
	const char *from, *to; /* times, as given; NULL: no limit */
	bool stats;
	int color; /* -1 never, 0 auto, 1 always */
	struct {
		const char *name;
		int at; /* the word, of @words, that stands after it */
	} chisels[MAX_CHISELS];
	size_t nchisels;
	const char *chisel_path; /* of --chisel-path; NULL */
	bool update, install;	 /* of `chisel` */
	/* groups: a chisel made of options */
	const char *by;
	struct sr_oneliner_col values[MAX_VALUES];
	size_t nvalues;
	const char *hists[SR_ONELINER_HISTS];
	size_t nhists;
	uint64_t every_ns;
	uint32_t top;
	const char *top_text; /* NULL: not given */
	bool help, man;
	/* plain words in their order: what is not taken from them is the filter */
	char **words;
	int nwords;
	/* as it was called, for the host document */
	char **argv;
	int argc;
};

struct cmd {
	const char *name;
	const char *args;	    /* "[FILE] [FILTER]", for the usage line */
	const char *summary;	    /* one line */
	const char *more;	    /* further help after the options; may be NULL */
	unsigned int bit;	    /* enum cmd_bit */
	int (*run)(struct opts *o); /* returns the exit status */
};

/** opts_parse() - read the command line of @c: argv[0] is the command's name.
 *  Return: 0; -1 after telling what is wrong. */
int opts_parse(struct opts *o, const struct cmd *c, int argc, char **argv);

/** opts_help() - print the help of one command to @to. */
void opts_help(const struct cmd *c, FILE *to);

/* What completion has to know of an option. */
struct opts_row {
	char letter;
	const char *name, *arg, *help; /* arg NULL: takes none */
};

/** opts_row() - option @i of @c; false past the last. */
bool opts_row(const struct cmd *c, size_t i, struct opts_row *out);

/** opts_groups() - are events to be grouped? */
bool opts_groups(const struct opts *o);

/** opts_filter_text() - the words joined with blanks; the caller frees it. NULL without memory. */
char *opts_filter_text(const struct opts *o);

/** opts_drop_words() - @n words from @at on were used and are no part of the filter. */
void opts_drop_words(struct opts *o, int at, int n);

#endif /* SR_CLI_OPTS_H */
