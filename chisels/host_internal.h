/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the chisel host, shared by its files. */
#ifndef SR_HOST_INTERNAL_H
#define SR_HOST_INTERNAL_H

#include "chisels/host.h"
#include "chisels/plot.h"
#include "chisels/table.h"
#include "formats/arena.h"

#define SR_CHISEL_MAX_ARGS   32
#define SR_CHISEL_MAX_FIELDS 64
#define SR_CHISEL_MAX_TABLES 64
#define SR_CHISEL_MAX_PLOTS  16
#define SR_CLEAR_SCREEN	     "\033[H\033[J"
#define SR_CHISEL_LINES	     SR_CHISEL_MAX_TABLES /* in place of a table's index: line() */

/* A loaded plugin. */
struct sr_plugin {
	void *lib;
	char *path;
	char *name;		 /* of the file */
	struct sysreel_chisel d; /* what it says of itself; members it does not know are 0 */
};

/* Value of an argument. */
struct sr_argval {
	const char *text; /* the user's word or the default; "" */
	int64_t i;
	double d;
	bool given;
};

/* A declared field and its column of the batch being made. */
struct sr_hostcol {
	struct sr_fieldref ref;
	bool known;	/* false: an optional field that this sysreel does not have */
	uint8_t type;	/* enum sysreel_type of the column */
	uint32_t ndict; /* entries of its dictionary; 0: the field hangs on the event */
	uint8_t *done;	/* by entry: its value has been fetched */
	uint8_t *dwhy;
	uint32_t *dcode; /* the first entry that has the same value */
	uint32_t *slots; /* entries by value, + 1; 0 empty */
	uint32_t mask;	 /* slots - 1: a power of two less one */
	uint64_t *du;	 /* one of the two */
	struct sysreel_str *ds;
};

struct sr_chisel {
	struct sr_sink sink;
	struct sysreel_host host;
	struct sr_plugin plugin;
	void *owned; /* memory that the description is in, if it comes from no library */
	struct sr_chisel_opts opts;
	struct sr_argval args[SR_CHISEL_MAX_ARGS];
	struct sr_hostcol cols[SR_CHISEL_MAX_FIELDS];
	uint32_t need;
	char *filter_text;
	struct sr_filter *filter; /* if we apply it */

	void *state;
	bool inited;
	struct sysreel_table *tables[SR_CHISEL_MAX_TABLES];
	bool headed[SR_CHISEL_MAX_TABLES + 1]; /* a stream's head has been printed */
	uint32_t ntables;
	struct sysreel_plot *plots[SR_CHISEL_MAX_PLOTS];
	uint32_t nplots;
	uint64_t now;  /* the end of the interval in on_interval(); else 0 */
	bool has_span; /* rates are told of @span; else of all the time so far */
	uint64_t span;
	uint64_t painted;     /* when the screen was last filled; 0: never */
	const void *csv_last; /* CSV: the table or plot that was printed last; NULL: none */
	struct sr_table_opts look;

	struct sr_buf out;     /* to be written after the callback */
	struct sr_buf shown;   /* JSON: tables shown in this callback */
	struct sr_buf drawn;   /* JSON: plots shown in it */
	struct sr_buf svg;     /* what the last callback that showed plots drew... */
	int svg_height;	       /* ...and its height; 0: nothing yet */
	bool svg_done;	       /* the callback is over: what comes next is another picture */
	struct sr_buf remarks; /* text: lines; JSON: strings with commas */
	struct sr_err fail;    /* words of fail() */

	struct sr_arena arena; /* of the block being handed over */
	struct sr_buf text;    /* scratch */
	uint64_t *sel;	       /* what our own filter selects */
	size_t sel_words;
	uint64_t events, first, last; /* handed over; times by the monotonic clock */
	uint64_t ahead;		      /* of the wall clock before it */
	uint64_t next_interval;	      /* 0: not known yet */
	bool dirty;		      /* there were events since the last interval */
	/* Works on single blocks for another one, see host_parts.c */
	bool part;
	size_t head_at[SR_CHISEL_MAX_TABLES +
		       1]; /* of a part: where in @out a stream's head belongs */
};

static inline struct sr_chisel *sr_chisel_of_host(const struct sysreel_host *h)
{
	return (struct sr_chisel *)((char *)(uintptr_t)h - offsetof(struct sr_chisel, host));
}

/* host.c */
static inline struct sr_chisel *sr_chisel_of_sink(struct sr_sink *s)
{
	return (struct sr_chisel *)((char *)s - offsetof(struct sr_chisel, sink));
}

/** sr_chisel_open_described() - open a chisel that is described here instead of in a library; it
 *  has no arguments. @owned is freed with it, and also on failure. Return as sr_chisel_open(). */
int sr_chisel_open_described(struct sr_chisel **out, const struct sysreel_chisel *d, void *owned,
			     const struct sr_chisel_opts *opts, struct sr_err *err);

/** sr_chisel_rows() - get ready for the view's block: the rows of @sel, with the chisel's own
 * filter if it applies one, in memory of the block. Return 0; negative errno with words. */
int sr_chisel_rows(struct sr_chisel *c, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		   uint32_t **rows, uint32_t *n, struct sr_err *err);
/** sr_chisel_note_times() - count rows that are handed over. */
void sr_chisel_note_times(struct sr_chisel *c, const struct sr_view *v, const uint32_t *rows,
			  uint32_t n);
/** sr_chisel_on_batch() - hand a batch over. sr_chisel_finish_call() - write what a callback that
 *  returned @rc printed. sr_chisel_callback_failed() - what it returned into words. */
int sr_chisel_on_batch(struct sr_chisel *c, const struct sysreel_batch *b, struct sr_err *err);
int sr_chisel_finish_call(struct sr_chisel *c, int rc, struct sr_err *err);
int sr_chisel_callback_failed(struct sr_chisel *c, const char *what, int rc, struct sr_err *err);
/** sr_chisel_init() - make its state. sr_chisel_fini() - free it. */
int sr_chisel_init(struct sr_chisel *c, struct sr_err *err);
void sr_chisel_fini(struct sr_chisel *c);
/** sr_chisel_no_memory() - -ENOMEM with words. */
int sr_chisel_no_memory(const struct sr_chisel *c, struct sr_err *err);

/* host_parts.c */
extern const struct sr_sink_parts sr_chisel_parts;

/* host_plugin.c */
int sr_plugin_open(struct sr_plugin *out, const char *name, const char *const *dirs, size_t ndirs,
		   struct sr_err *err);
int sr_plugin_load(struct sr_plugin *out, const char *path, struct sr_err *err);
void sr_plugin_close(struct sr_plugin *p);

/* host_args.c */
int sr_chisel_args_take(struct sr_argval *vals, const struct sr_plugin *p, int argc,
			char *const *argv, int *used, struct sr_err *err);
/** sr_chisel_args_top() - the argument `top` by another way; NULL: not given. Return 0, -EINVAL. */
int sr_chisel_args_top(struct sr_argval *vals, const struct sr_plugin *p, const char *top,
		       struct sr_err *err);
void sr_chisel_args_usage(const struct sr_plugin *p, struct sr_buf *out);
const struct sr_argval *sr_chisel_arg_find(const struct sr_chisel *c, const char *name, size_t len);
/** sr_chisel_args_expand() - @text with $NAME replaced; strings quoted if @quote. malloc'ed. */
int sr_chisel_args_expand(const struct sr_chisel *c, const char *text, bool quote, char **out,
			  struct sr_err *err);

/* host_api.c */
extern const struct sysreel_host sr_chisel_host_functions;
/** sr_chisel_stream_head() - print the head of a stream's table (or of CSV's lines), if it was not.
 */
void sr_chisel_stream_head(struct sr_chisel *c, uint32_t table);
/** sr_chisel_flush() - write what the callback printed. 0 or negative errno with words. */
int sr_chisel_flush(struct sr_chisel *c, struct sr_err *err);
/** sr_chisel_tables_json() - write the tables shown in an interval that ended @now. */
void sr_chisel_tables_json(struct sr_chisel *c, uint64_t now);
void sr_chisel_footer(struct sr_chisel *c);
/** sr_chisel_refresh() - fill the screen with what is known so far, once a second, if that is
 * wanted and the chisel is one that shows its tables at the end. 0; negative errno with words. */
int sr_chisel_refresh(struct sr_chisel *c, struct sr_err *err);
/** sr_chisel_write_svg() - write the picture, if one is wanted. 0; negative errno with words:
 *  -ENOTSUP nothing was drawn. */
int sr_chisel_write_svg(struct sr_chisel *c, struct sr_err *err);

/* host_batch.c */
int sr_chisel_fields_resolve(struct sr_chisel *c, struct sr_err *err);
/** sr_chisel_block_begin() - prepare the columns for the view's block. */
int sr_chisel_block_begin(struct sr_chisel *c, struct sr_view *v);
/** sr_chisel_batch_make() - the columns of @n rows; valid until the next block_begin. 0, -ENOMEM.
 */
int sr_chisel_batch_make(struct sr_chisel *c, struct sr_view *v, const uint32_t *rows, uint32_t n,
			 struct sysreel_batch *out);

#endif /* SR_HOST_INTERNAL_H */
