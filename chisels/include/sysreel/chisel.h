/* SPDX-License-Identifier: Apache-2.0 */
/* The one header a chisel sees: how a plugin of sysreel is made.
 *
 * A chisel answers one question about recorded events: which files were read
 * most, what did users type, who talked to whom. It is one C file, compiled to
 * NAME.so, and exports one symbol that returns a struct sysreel_chisel. It says
 * up front which fields it wants; sysreel calls it with batches of events, as
 * columns of values of these fields, already filtered; it fills tables and pictures,
 * which sysreel prints: on a terminal, as JSON, as CSV, or as SVG. The same chisel runs on
 * a live container and on a capture file.
 *
 * The smallest chisel has no code at all, only a table to be filled:
 *
 *	#include <sysreel/chisel.h>
 *
 *	static const struct sysreel_field fields[] = {
 *		{ .name = "proc.name", .type = SYSREEL_STR },
 *	};
 *	static const struct sysreel_col cols[] = {
 *		{ .name = "opens", .title = "OPENS", .op = SYSREEL_COUNT },
 *		{ .name = "process", .title = "PROCESS", .field = 0 },
 *	};
 *	static const struct sysreel_table_def table = {
 *		.size = sizeof(table), .cols = cols, .ncols = 2, .flags = SYSREEL_TABLE_GROUP,
 *	};
 *	static const struct sysreel_chisel chisel = {
 *		SYSREEL_CHISEL_HEAD,
 *		.name = "topopeners", .category = "Files", .summary = "Processes by files opened",
 *		.filter = "evt.type in (open, openat, openat2)",
 *		.fields = fields, .nfields = 1,
 *		.table = &table,
 *	};
 *	SYSREEL_CHISEL_EXPORT(chisel)
 *
 *	cc -shared -fPIC -o topopeners.so topopeners.c && sysreel read web.reel -c ./topopeners.so
 *
 * Compatibility. SYSREEL_CHISEL_ABI grows only when old chisels can no longer
 * run, and then sysreel refuses them with words. In between, the structs that
 * begin with a size (sysreel_chisel, sysreel_table_def, sysreel_plot_def, sysreel_batch,
 * sysreel_totals, sysreel_host) may get members at their end, never elsewhere;
 * members that the other side does not know are zero to it. The structs without
 * a size never change. A chisel must leave every member it does not know, and
 * every reserved one, zero: designated initialisers do that.
 *
 * Rules. All calls of one chisel come one after the other, unless it is SYSREEL_MERGEABLE.
 * Callbacks return 0, or a negative errno to end the run with an error (see
 * fail()). A chisel must not print, exit, or change signals, locale or the
 * working directory of the process. Pointers in a batch are valid until on_batch
 * returns. Text is not NUL-terminated and may hold any bytes: sysreel makes it
 * safe for the terminal when it prints it. */
#ifndef SYSREEL_CHISEL_H
#define SYSREEL_CHISEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SYSREEL_CHISEL_ABI 1

/* Types of values. Numbers are 64 bits wide: @i for INT, @d for DOUBLE, @u for the rest. */
enum sysreel_type {
	SYSREEL_ANY,	  /* in sysreel_field: the field's own type */
	SYSREEL_INT,	  /* i */
	SYSREEL_UINT,	  /* u */
	SYSREEL_BOOL,	  /* u: 0 or 1 */
	SYSREEL_DOUBLE,	  /* d */
	SYSREEL_STR,	  /* s */
	SYSREEL_TIME,	  /* u: ns since 1970-01-01 UTC */
	SYSREEL_DURATION, /* u: ns */
};

/* Why there is no value. */
enum sysreel_why {
	SYSREEL_PRESENT = 0,  /* there is one */
	SYSREEL_NONE = 1,     /* this event has no such value (no file, call failed) */
	SYSREEL_CUT = 2,      /* cut to a limit, nothing is left of it */
	SYSREEL_FAULT = 3,    /* the memory could not be read (page fault) */
	SYSREEL_NO_ROOM = 4,  /* left out: the record was full */
	SYSREEL_UNKNOWN = 5,  /* from before sysreel knew, or lost */
	SYSREEL_WHY_COUNT = 6 /* later ones are possible: treat them as UNKNOWN */
};

/* Text: @len bytes at @p, any bytes, no NUL after them. */
struct sysreel_str {
	const char *p;
	uint32_t len;
	uint32_t cut; /* 1: the end is missing, it was cut when it was recorded */
};

/* One value: a cell of a table. Made with sysreel_int() and its sisters below. */
struct sysreel_value {
	uint8_t type; /* enum sysreel_type */
	uint8_t why;  /* enum sysreel_why; if not PRESENT there is no value */
	uint8_t reserved[6];
	union {
		int64_t i;
		uint64_t u;
		double d;
		struct sysreel_str s;
	};
};

/* ---- what the chisel says of itself ---- */

enum sysreel_field_flag {
	/* A sysreel that does not know the field runs the chisel all the same: the
	 * column is then UNKNOWN in every row. Without it, the chisel is refused. */
	SYSREEL_FIELD_OPTIONAL = 1 << 0,
};

/* A field the chisel wants: batch column number = index in the chisel's list. */
struct sysreel_field {
	/* As in a filter, `sysreel fields` lists them: "proc.name", "evt.arg.flags".
	 * "$by" is the field that the user named in the argument `by`. */
	const char *name;
	/* enum sysreel_type in which it is wanted. Numbers of all kinds are converted
	 * into each other, and everything into STR (as printed); text as a number is
	 * refused when the chisel is loaded. */
	uint8_t type;
	uint8_t flags; /* enum sysreel_field_flag */
	uint8_t reserved[6];
};

enum sysreel_arg_flag {
	SYSREEL_ARG_REQUIRED = 1 << 0,
};

/* An argument: `-c NAME top=20`. Words NAME=VALUE go to the argument of that
 * name; other words to required arguments in their order, and bare numbers to INT
 * arguments. Names have no dot (that is how the filter after them is told apart). */
struct sysreel_arg {
	const char *name;
	uint8_t type;  /* enum sysreel_type: INT, BOOL (yes/no, true/false, 1/0), DOUBLE or STR */
	uint8_t flags; /* enum sysreel_arg_flag */
	uint8_t reserved[6];
	const char *def;  /* default, as the user would type it; NULL: 0, false, empty */
	const char *help; /* one line: "rows to show, 0 for all" */
};

/* What becomes of the values of rows that are merged (SYSREEL_TABLE_GROUP). */
enum sysreel_op {
	SYSREEL_KEY,   /* rows with equal keys are merged */
	SYSREEL_SUM,   /* numbers: added */
	SYSREEL_COUNT, /* number of rows; needs no field */
	SYSREEL_MIN,
	SYSREEL_MAX,
	SYSREEL_AVG, /* mean of the values that are present */
	/* The following came later: an older sysreel refuses tables that have them. */
	SYSREEL_DISTINCT, /* how many different values: exact up to 256, beyond within some 2% */
	SYSREEL_P50,	  /* a value that 50% of the values do not exceed, within 1.6%... */
	SYSREEL_P90,
	SYSREEL_P99,
	SYSREEL_RATE,  /* the sum, per second of the time between the first and the last event */
	SYSREEL_SHARE, /* the sum, in percent of that of all rows */
	SYSREEL_P75,   /* these three came later still */
	SYSREEL_P95,
	SYSREEL_P999, /* 99.9% */
};

enum sysreel_unit {
	SYSREEL_PLAIN,	 /* by type: digits; text; time of day; 1.50ms */
	SYSREEL_BYTES,	 /* 512B, 1.50K, 2.00M */
	SYSREEL_NS,	 /* 999ns, 1.50us, 15.0ms, 1.50s */
	SYSREEL_PERCENT, /* 12.50% */
	SYSREEL_HEX,	 /* 0x1f */
	SYSREEL_BAR,	 /* a bar, in proportion to the column's largest; came later */
};

enum sysreel_col_flag {
	/* A key that may be absent: rows without it form a group of their own. For
	 * other keys such rows are left out and counted in a remark below the table.
	 * A value: that rows do not have it is nothing to tell. */
	SYSREEL_COL_OPTIONAL = 1 << 0,
};

/* A column of a table. */
struct sysreel_col {
	const char *name;  /* of the JSON member: "bytes" */
	const char *title; /* head of the column: "BYTES"; "$by": the value of argument `by` */
	uint8_t op;	   /* enum sysreel_op */
	uint8_t unit;	   /* enum sysreel_unit */
	uint16_t flags;	   /* enum sysreel_col_flag */
	uint16_t field;	   /* table_batch(): index of the chisel's field that is put here */
	uint16_t width;	   /* streams: least width; other tables fit their content */
	/* On a terminal the column is left out while all its cells are this text or
	 * absent ("host" for containers). NULL: always shown. Not for streams. */
	const char *dull;
};

enum sysreel_table_flag {
	/* Rows with equal keys are merged, see enum sysreel_op. At most 100000 groups
	 * are kept apart; rows of further groups are added up in the row "others",
	 * with the groups that @top leaves out, so the columns always add up. */
	SYSREEL_TABLE_GROUP = 1 << 0,
	/* Rows are printed when they come, in their order. In JSON each is an object. */
	SYSREEL_TABLE_STREAM = 1 << 1,
	/* Rows stay in the order in which they came. */
	SYSREEL_TABLE_UNSORTED = 1 << 2,
	SYSREEL_TABLE_ASCENDING = 1 << 3, /* smallest first */
	/* For tables that do not group: of any number of rows only the @top first ones, in the
	 * order of the table, are kept. Came later. */
	SYSREEL_TABLE_BEST = 1 << 4,
};

#define SYSREEL_MAX_COLS 16

/* A table. */
struct sysreel_table_def {
	size_t size;			/* sizeof(struct sysreel_table_def) */
	const char *title;		/* printed above it; may be NULL */
	const struct sysreel_col *cols; /* copied, but not the texts in them */
	uint32_t ncols;			/* 1 to SYSREEL_MAX_COLS */
	uint32_t flags;			/* enum sysreel_table_flag */
	uint32_t sort; /* column that rows are sorted by, largest first; ties by the keys */
	uint32_t top;  /* rows to show; 0: all. If the chisel has an INT argument `top`, that */
};

struct sysreel_table; /* opaque: belongs to the host, which frees it after fini() */

/* ---- pictures; all of this came later: a chisel that draws begins with
 * SYSREEL_CHISEL_NEEDS(plot_clear) ---- */

enum sysreel_plot_kind {
	/* How values are spread: how many were from X to below Y, for each group. */
	SYSREEL_HISTOGRAM,
	/* The same from interval to interval, of all samples together. */
	SYSREEL_HEATMAP,
	/* Stacks of frames; each is as wide as the weights in it and above it. */
	SYSREEL_FLAME,
	/* How much there was, from interval to interval, for each group. */
	SYSREEL_SERIES,
};

enum sysreel_plot_flag {
	/* FLAME: as text, stacks in one line each with their own weight, for other tools; not
	 * the tree for people. */
	SYSREEL_PLOT_FOLDED = 1 << 0,
};

/* A picture. On a terminal it is drawn with characters, in JSON and CSV it is numbers, and with
 * --svg FILE a picture for browsers; a flame graph and a heat map can be zoomed there. Memory is
 * bounded: 100000 frames, 1000 groups of a histogram and 100 of a series are kept apart, further
 * ones are added up in one called (others); 600 intervals, then neighbours are joined. */
struct sysreel_plot_def {
	size_t size;	   /* sizeof(struct sysreel_plot_def) */
	const char *title; /* printed above it; may be NULL; must live as long as the plot */
	uint8_t kind;	   /* enum sysreel_plot_kind */
	uint8_t unit;	   /* enum sysreel_unit: of values, or of weights in a FLAME or SERIES */
	uint16_t flags;	   /* enum sysreel_plot_flag */
	/* Groups to show, those of the most weight; the rest is added up. 0: 5 of a histogram, 20
	 * of a series. If the chisel has an INT argument `top`, that. FLAME: lines of the tree, 0:
	 * as many as are worth a line. */
	uint32_t top;
	uint64_t step;	      /* HISTOGRAM, HEATMAP: width of the buckets; 0: powers of two */
	uint64_t interval_ns; /* HEATMAP, SERIES; 0: from a millisecond to days, as it fits */
};

/* What is added to a plot. */
struct sysreel_sample {
	/* The group in parts, or the frames of a stack, the lowest first. HEATMAP: none. */
	const struct sysreel_str *path;
	uint32_t npath;
	uint32_t reserved;
	uint64_t time;	 /* ns since the epoch, as in batches; HEATMAP and SERIES */
	uint64_t value;	 /* what is spread; HISTOGRAM and HEATMAP */
	uint64_t weight; /* how often, or how much; 0 adds nothing */
};

struct sysreel_plot; /* opaque: belongs to the host, which frees it after fini() */

/* ---- what the chisel gets ---- */

/* The values of one field, n of them. */
struct sysreel_column {
	uint8_t type; /* enum sysreel_type: as asked for; with SYSREEL_ANY the field's own */
	uint8_t reserved[7];
	const uint8_t
		*why; /* by row: SYSREEL_PRESENT, or why there is no value (which is then 0) */
	union {
		const int64_t *i;
		const uint64_t *u;
		const double *d;
		const struct sysreel_str *s;
	};
	/* By row: rows with equal codes have equal values (the reverse need not hold):
	 * what was made of a value need not be made again. NULL: no such codes.
	 * Codes are below @ncodes and have no meaning in another batch. */
	const uint32_t *code;
	uint32_t ncodes;
	uint32_t reserved2;
};

/* Events in columns, in the order of their time. All pointers are valid until on_batch returns. */
struct sysreel_batch {
	size_t size;
	uint32_t n; /* rows, at least 1 */
	uint32_t ncols;
	const uint64_t *num;		   /* evt.num of each row */
	const uint64_t *time;		   /* ns since the epoch: when the call returned */
	const struct sysreel_column *cols; /* one for each declared field, in their order */
};

/* What was seen so far. */
struct sysreel_totals {
	size_t size;	      /* set by the chisel: sizeof(struct sysreel_totals) */
	uint64_t events;      /* handed to this chisel */
	uint64_t first, last; /* ns since the epoch, of the first and last of them; 0 before */
};

/* ---- what the chisel may call ---- */

/**
 * struct sysreel_host - functions of sysreel. The first parameter is always the host itself.
 * @size: bytes that this sysreel fills. Members of ABI 1 as first released are always there;
 *        test later ones with SYSREEL_HOST_HAS().
 */
struct sysreel_host {
	size_t size;

	/* Arguments by name: the user's value, else the default. Only declared names. */
	int64_t (*arg_int)(const struct sysreel_host *h, const char *name); /* INT, BOOL */
	double (*arg_double)(const struct sysreel_host *h, const char *name);
	const char *(*arg_text)(const struct sysreel_host *h,
				const char *name);			  /* NUL-terminated */
	int (*arg_given)(const struct sysreel_host *h, const char *name); /* 1: by the user */

	/* table_new() - a table, empty. @def is copied, its columns are not.
	 * NULL: no memory or a wrong definition (return fail(h, -ENOMEM, NULL) then). */
	struct sysreel_table *(*table_new)(const struct sysreel_host *h,
					   const struct sysreel_table_def *def);
	/* table_row() - add one row: a value for each column (that of COUNT is ignored).
	 * Text is copied. Return 0, -ENOMEM. */
	int (*table_row)(const struct sysreel_host *h, struct sysreel_table *t,
			 const struct sysreel_value *cells);
	/* table_batch() - add a row for each row of the batch: each column gets the value
	 * of the field that its definition names. Return 0, -ENOMEM, -EINVAL. */
	int (*table_batch)(const struct sysreel_host *h, struct sysreel_table *t,
			   const struct sysreel_batch *b);
	/* table_show() - print it as it is now (not needed for streams), from on_interval
	 * or finish. Return 0, -ENOMEM. */
	int (*table_show)(const struct sysreel_host *h, struct sysreel_table *t);
	void (*table_clear)(const struct sysreel_host *h, struct sysreel_table *t);

	/* line() - print a line of text (no newline in it). In JSON: {"line":"..."}. */
	void (*line)(const struct sysreel_host *h, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
	/* remark() - a sentence to be printed below the tables; in JSON under "remarks". */
	void (*remark)(const struct sysreel_host *h, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
	/* warn() - a message to the user while the chisel runs, beside its output. */
	void (*warn)(const struct sysreel_host *h, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
	/* fail() - keep the words of an error and give back @rc: `return h->fail(h, -EINVAL,
	 * "no such port: %d", port);`. With fmt NULL the words are those of the errno. */
	int (*fail)(const struct sysreel_host *h, int rc, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));

	/* totals() - what was seen so far; fills at most @out->size bytes. */
	void (*totals)(const struct sysreel_host *h, struct sysreel_totals *out);

	/* The following came later. Plots made by init() are merged by the host, as tables are. */

	/* plot_new() - a picture, empty; @def is copied. NULL: no memory or a wrong definition
	 * (return fail(h, -ENOMEM, NULL) then). */
	struct sysreel_plot *(*plot_new)(const struct sysreel_host *h,
					 const struct sysreel_plot_def *def);
	/* plot_add() - add a sample; texts are copied. Return 0, -ENOMEM. */
	int (*plot_add)(const struct sysreel_host *h, struct sysreel_plot *p,
			const struct sysreel_sample *s);
	/* plot_show() - print it as it is now, from on_interval or finish. Return 0, -ENOMEM. */
	int (*plot_show)(const struct sysreel_host *h, struct sysreel_plot *p);
	void (*plot_clear)(const struct sysreel_host *h, struct sysreel_plot *p);

	/* save() - when the run has ended in order, copy the events of the whole recording that
	 * @filter selects into the capture file @path. With @filter NULL: only tell whether that
	 * can be done. Return 0; -ENOMEM; -ENOTSUP, with words, if no recording is read. */
	int (*save)(const struct sysreel_host *h, const char *path, const char *filter);
};

#define SYSREEL_HOST_HAS(h, member) \
	((h)->size >= offsetof(struct sysreel_host, member) + sizeof((h)->member))

/* ---- the chisel ---- */

enum sysreel_chisel_flag {
	/* Of a recording, several threads may each run it on batches of their own; see merge(). */
	SYSREEL_MERGEABLE = 1 << 0,
	/* What it prints is for another program (an SVG picture): no lines about the number of
	 * events and losses below it; losses are told beside it. Came later. */
	SYSREEL_RAW = 1 << 1,
};

struct sysreel_chisel {
	size_t size;	    /* \                                                               */
	uint32_t abi;	    /*  > set by SYSREEL_CHISEL_HEAD                                   */
	uint32_t host_size; /* / bytes of struct sysreel_host that the chisel cannot do without */

	const char *name; /* as its file, without .so */
	const char
		*category;   /* "Files", "Net", "Processes", "Security", ...: a word for the list */
	const char *summary; /* one line for `sysreel chisels`, no full stop */
	const char *help;    /* some more lines; may be NULL */

	const struct sysreel_arg *args;
	uint32_t nargs;
	uint32_t nfields;
	const struct sysreel_field *fields;
	/* Which events the chisel is about; what the user types is and-ed to it. NULL: all.
	 * $NAME (or ${NAME}) in it is replaced by the value of the argument NAME, quoted. */
	const char *filter;
	uint64_t interval_ns; /* call on_interval so often in the events' time; 0: never */
	uint32_t flags;	      /* enum sysreel_chisel_flag */
	uint32_t reserved;

	/* A chisel that fills one table, row for row, needs no callbacks: with @table, and
	 * on_batch NULL, the host fills it with table_batch() and shows it at the end. */
	const struct sysreel_table_def *table;

	/* Called in this order; each may be NULL. */

	/* init() - once, before the first event. *state is what the others get. */
	int (*init)(const struct sysreel_host *h, void **state);
	/* on_batch() - return 0; 1 for "I have enough, stop the run"; negative errno. */
	int (*on_batch)(void *state, const struct sysreel_batch *b);
	/* on_interval() - @now is the end of an interval (a multiple of interval_ns since the
	 * epoch) in which there were events; no batch reaches over such a moment. Intervals
	 * without events are left out. Return as on_batch. */
	int (*on_interval)(void *state, uint64_t now);
	/* finish() - the run ended in order: show the tables. Not called after an error. */
	int (*finish)(void *state);
	/* fini() - free the state. Called whenever init was, with *state as init left it. */
	void (*fini)(void *state);

	/* merge() - for SYSREEL_MERGEABLE; came later. There are then several states, each made by
	 * an init() of its own with a host of its own, and on_batch() is called for them by several
	 * threads, for each state by one at a time. Bring all that @from knows of the events that
	 * its on_batch() was given into @into, and leave @from as init() left it. What @from saw is
	 * later than all that @into knows. Tables that init() made need no merging, nor do lines
	 * and remarks: the host takes care of them. NULL: there is nothing else. The result must be
	 * what one state would have come to; a chisel that looks at the order of events over more
	 * than a batch is not mergeable. totals() knows of all events in finish() alone. Return 0,
	 * or a negative errno. */
	int (*merge)(void *into, void *from);
};

/* What a chisel begins with. SYSREEL_CHISEL_NEEDS(plot_clear) in its place says up to which
 * function of the host it calls: an older sysreel, which has not that, refuses it with words. */
#define SYSREEL_CHISEL_HEAD SYSREEL_CHISEL_NEEDS(totals)
#define SYSREEL_CHISEL_NEEDS(last)                                        \
	.size = sizeof(struct sysreel_chisel), .abi = SYSREEL_CHISEL_ABI, \
	.host_size = offsetof(struct sysreel_host, last) + sizeof(void (*)(void))

/** sysreel_chisel_entry() - the one symbol of a chisel. What it returns must stay valid until
 *  the library is closed. */
__attribute__((visibility("default"))) const struct sysreel_chisel *sysreel_chisel_entry(void);

/* Defines that symbol. */
#define SYSREEL_CHISEL_EXPORT(chisel)                           \
	const struct sysreel_chisel *sysreel_chisel_entry(void) \
	{                                                       \
		return &(chisel);                               \
	}

/* ---- making values ---- */

static inline struct sysreel_value sysreel_absent(enum sysreel_why why)
{
	struct sysreel_value v = { 0 };

	v.why = (uint8_t)why;
	return v;
}

static inline struct sysreel_value sysreel_uint(uint64_t u)
{
	struct sysreel_value v = { 0 };

	v.type = SYSREEL_UINT;
	v.u = u;
	return v;
}

static inline struct sysreel_value sysreel_int(int64_t i)
{
	struct sysreel_value v = { 0 };

	v.type = SYSREEL_INT;
	v.i = i;
	return v;
}

static inline struct sysreel_value sysreel_double(double d)
{
	struct sysreel_value v = { 0 };

	v.type = SYSREEL_DOUBLE;
	v.d = d;
	return v;
}

static inline struct sysreel_value sysreel_time(uint64_t ns)
{
	struct sysreel_value v = { 0 };

	v.type = SYSREEL_TIME;
	v.u = ns;
	return v;
}

static inline struct sysreel_value sysreel_text(const char *p, size_t len)
{
	struct sysreel_value v = { 0 };

	v.type = SYSREEL_STR;
	v.s.p = p;
	v.s.len = (uint32_t)len;
	return v;
}

/** sysreel_cell() - the value of a batch column in a row. */
static inline struct sysreel_value sysreel_cell(const struct sysreel_batch *b, uint32_t col,
						uint32_t row)
{
	const struct sysreel_column *c = &b->cols[col];
	struct sysreel_value v = { 0 };

	v.type = c->type;
	v.why = c->why[row];
	if (v.why)
		return v;
	if (c->type == SYSREEL_STR)
		v.s = c->s[row];
	else
		v.u = c->u[row]; /* all numbers have 64 bits: DOUBLE too */
	return v;
}

#ifdef __cplusplus
}
#endif

#endif /* SYSREEL_CHISEL_H */
