/* SPDX-License-Identifier: Apache-2.0 */
/* What packing and unpacking of blocks have in common: numbers of streams, the members
 * of dictionaries, and what a column is predicted from. docs/reel-format.md specifies all of it. */
#ifndef SR_BLOCK_COLS_H
#define SR_BLOCK_COLS_H

#include "formats/block.h"

/* Streams of a block. Append only; 64 to 127 are kept for zone maps. Those up to 14 are of version
 * 1.0; of these FLAGS, DUR, HEAP and STRS are read, but not written any more. */
enum sr_stream {
	SR_STREAM_TYPE = 1,
	SR_STREAM_THREAD,
	SR_STREAM_CPU,
	SR_STREAM_FLAGS,
	SR_STREAM_TIME,
	SR_STREAM_DUR,
	SR_STREAM_RET,
	SR_STREAM_FILE,
	SR_STREAM_ARGS,
	SR_STREAM_HEAP,
	SR_STREAM_STRS,
	SR_STREAM_THREADS,
	SR_STREAM_FILES,
	SR_STREAM_CGROUPS,
	SR_STREAM_TYPE_FLAGS,  /* flags, type by type */
	SR_STREAM_CONTEXT_DUR, /* durations, by contexts */
	SR_STREAM_STRINGS,     /* each as what it has in common with one before */
	SR_STREAM_REPEATS,     /* which payloads are equal to one before */
	SR_STREAM_PAYLOADS,    /* the others, as bytes or as columns of their words */
	SR_STREAM_END
};

const char *sr_stream_name(unsigned int stream);

#define SR_CODEC_STORED	     0
#define SR_CODEC_ZSTD	     1

/* Bytes of a block's head and of the entries that follow it. */
#define SR_BLOCK_HEAD	     24u
#define SR_GROUP_ENTRY	     12u
#define SR_STREAM_ENTRY	     8u
/* Of one block: many times what any writer needs. */
#define SR_BLOCK_MAX_GROUPS  256u
#define SR_BLOCK_MAX_STREAMS 256u

/* How the whole of a stream is predicted: its first byte. */
enum sr_order {
	SR_ORDER_PLAIN,	  /* not at all */
	SR_ORDER_GAP,	  /* TIME: the end of the event before plus the duration */
	SR_ORDER_THREAD,  /* TIME: the same of the thread's event before; CPU, FILE: the thread's
			     last */
	SR_ORDER_CONTEXT, /* TIME: as THREAD, but the columns stand by contexts */
};

/* How the payloads of an argument stand in PAYLOADS. */
enum sr_layout {
	SR_LAYOUT_BYTES, /* one behind the other */
	SR_LAYOUT_WORDS, /* all of one length: a column for each 8 bytes of them */
};

/* What an argument's column is predicted from: the byte before it. */
enum sr_pred {
	SR_PRED_NONE,
	SR_PRED_ZERO,		/* all values are 0 and there is no column */
	SR_PRED_RET,		/* the result if it is positive, else 0 */
	SR_PRED_FILE,		/* number of the event's file */
	SR_PRED_STRLEN,		/* length of the string */
	SR_PRED_CAPPED,		/* the true length, but at most a number that follows */
	SR_PRED_LAST_FD,	/* value of the argument before that had the same file */
	SR_PRED_LAST_OF_THREAD, /* value of this argument in the row before that has the thread */
	SR_PRED_LAST_OF_FILE,	/* the same with the event's file */
	SR_PRED_ARG = 16	/* plus k: value of argument k */
};

/* One stored member of a dictionary's entries. */
enum sr_member_kind {
	SR_MEMBER_NUM,
	SR_MEMBER_STR,
	SR_MEMBER_CGROUP,
	SR_MEMBER_BYTES8
};

struct sr_member {
	uint8_t number;
	uint8_t kind; /* enum sr_member_kind */
	uint8_t size; /* bytes */
	uint16_t offset;
};

struct sr_dict {
	enum sr_stream stream;
	size_t entry; /* bytes of an entry */
	const struct sr_member *members;
	size_t nmembers;
};

/* The three dictionaries that have members: threads, files, cgroups. */
#define SR_NDICTS 3
extern const struct sr_dict sr_dicts[SR_NDICTS];

/** sr_type_as_written() - the type of that name. Columns of classes that differ from the schema's
 *  would not be what consumers of the type expect: NULL, it is one that we do not know. But where
 *  bytes are kept now, once only their address may have been. */
const struct sr_type *sr_type_as_written(const char *name, size_t len, const uint8_t *cls,
					 uint32_t ncols);

/** struct sr_pred_rows - the rows of one type, for predictions. */
struct sr_pred_rows {
	const struct sr_block *b;
	const struct sr_block_type *t;
	const uint32_t *rows; /* t->nrows rows of the block */
	unsigned int arg;     /* the argument whose column is predicted */
};

/**
 * sr_pred_fill() - the predicted values of a column. Not for ZERO and LAST_FD.
 * @param: of SR_PRED_CAPPED.
 * Return: false if the prediction does not make sense for this column.
 */
bool sr_pred_fill(const struct sr_pred_rows *p, unsigned int pred, uint64_t param, uint64_t *out);

/** sr_pred_key() - by row of the block: what LAST_OF_THREAD and LAST_OF_FILE go by; NULL: it is
 *  neither. */
const uint32_t *sr_pred_key(const struct sr_pred_rows *p, unsigned int pred);

/** struct sr_context - rows in the order of their contexts: by type, then by the type of the same
 *  thread's event before in the block (those with none first), then as they stand in the block. */
struct sr_context {
	uint32_t *rows;	 /* out: b->n rows */
	uint32_t *prev;	 /* out, by row: the type before plus one, 0 none */
	uint32_t *order; /* scratch: b->n */
	uint32_t *last;	 /* scratch: b->nthreads */
	uint32_t *count; /* scratch: b->ntypes + 1 */
};

/** sr_context_sort() - @start: how many rows are of the types before each. */
void sr_context_sort(const struct sr_block *b, const uint32_t *start, struct sr_context *c);

#endif /* SR_BLOCK_COLS_H */
