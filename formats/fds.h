/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptors each process has open, followed through the rows of all blocks in their order:
 * what was open at the start, opens, dups, closes, exec, fork, messages with descriptors. Asked
 * about any row of the block that is at hand.
 *
 * What is not certain is not known: the number of open descriptors is known of a process that was
 * there when recording began, of its children, and after an exec; and no more after rows were lost,
 * until the next exec. A table that is complete knows which descriptors are closed, too.
 *
 * A call that opens has done so at its row; one that closes has done so after it. */
#ifndef SR_FDS_H
#define SR_FDS_H

#include "formats/block.h"

struct sr_fds;

/* An open descriptor. */
struct sr_fd {
	int32_t fd;
	uint32_t file;	/* of sr_fds_names(); 0 not known */
	uint64_t since; /* time of the row that told of it */
	uint8_t exec;	/* what exec does with it: enum sr_fd_exec */
	bool over;	/* opened over another, whose close has not returned yet */
};

enum sr_fd_exec {
	SR_FD_KEPT,
	SR_FD_CLOSED,
	SR_FD_EITHER
};

struct sr_fds_table {
	struct sr_fd *v; /* n of them, by number, ascending */
	uint32_t n, cap;
	int64_t count;	     /* open descriptors, @n or more; -1 not known */
	uint64_t counted;    /* time of the row that told the number */
	uint64_t closed;     /* time of the row that closed one last */
	uint32_t users;	     /* threads and processes that it belongs to */
	bool listed_as_dead; /* for its maker */
};

/* A source that has tables of its own says here how they change, in the order of the rows: before
 * @row is asked about. The engine asks for it by sr_source_ops.tables. */
struct sr_fds_op {
	uint32_t row;
	uint8_t what;  /* enum sr_fds_what */
	int32_t owner; /* thread whose table it is: the process' id, or the row's thread */
	int32_t fd;
	uint32_t file; /* of the block */
	int64_t n;
};

enum sr_fds_what {
	SR_FDS_CLEAR, /* from here on the table is known, and empty */
	SR_FDS_SET,
	SR_FDS_DROP,
	SR_FDS_LIMIT, /* @n: of the process */
};

/** sr_fds_new() - nothing is known yet. @whole: the rows are all that happened; if not, nothing
 *  ever is. Return 0 or -ENOMEM. */
int sr_fds_new(struct sr_fds **out, bool whole);

/** sr_fds_begin() - the next block; loads most of it. Its first_num must be set: rows that are
 * missing before it are noticed. Return 0; -ENOMEM; -EBADMSG, then it is missing. */
int sr_fds_begin(struct sr_fds *t, struct sr_block *b, struct sr_err *err);

/** sr_fds_end() - follow the block to its end: it may be gone after that. Return 0 or -ENOMEM. */
int sr_fds_end(struct sr_fds *t);

/** sr_fds_at() - the table of the thread of @row as it was then; borrowed until the next call.
 * NULL: nothing is known of it. */
const struct sr_fds_table *sr_fds_at(struct sr_fds *t, uint32_t row);

/** sr_fds_find() - a descriptor of a table, or NULL. */
const struct sr_fd *sr_fds_find(const struct sr_fds_table *t, int64_t fd);

/** sr_fds_complete() - all that is open is in the table. */
static inline bool sr_fds_complete(const struct sr_fds_table *t)
{
	return t && t->count == (int64_t)t->n;
}

/** sr_fds_limit() - how many descriptors the process of @row might have then (RLIMIT_NOFILE).
 *  False: not known. */
bool sr_fds_limit(struct sr_fds *t, uint32_t row, int64_t *out);

/** sr_fds_names() - a block that has only files and their strings: those of all tables. */
struct sr_block *sr_fds_names(struct sr_fds *t);

void sr_fds_free(struct sr_fds *t);

#endif /* SR_FDS_H */
