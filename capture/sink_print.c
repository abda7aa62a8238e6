/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_print.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_BYTES 65536
/* Text that a part makes before its turn: then it waits, so that memory is bounded. */
#define HELD_BYTES  ((size_t)8 << 20)

/* Text of one block. */
struct sr_sink_part {
	struct sink_print *sink;
	struct sr_lines lines;
	struct sr_sink_print_stats stats; /* of this block */
	bool gone;			  /* the reader is */
};

struct sink_print {
	struct sr_sink s;
	struct sr_sink_print_opts o;
	struct sr_sink_print_stats stats;
	atomic_uint_fast64_t shown; /* stats.events for other threads, perhaps an older number */
	struct sr_sink_part own;
};

static struct sink_print *of(struct sr_sink *s)
{
	return (struct sink_print *)s;
}

/* Return 0; 1 if the reader is gone; negative errno. */
static int write_out(struct sink_print *p, struct sr_buf *out, struct sr_err *err)
{
	size_t at = 0, len = out->len;

	if (out->oom)
		return -ENOMEM;
	out->len = 0;
	while (at < len) {
		ssize_t n = write(p->o.fd, out->p + at, len - at);
		int rc = -errno;

		if (n < 0 && rc == -EINTR)
			continue;
		if (n < 0)
			return rc == -EPIPE
				       ? 1
				       : sr_err_set(err, rc, SR_NO_POS,
						    "cannot write the output: %s", strerror(-rc));
		at += (size_t)n;
	}
	return 0;
}

static int flush(struct sink_print *p, struct sr_err *err)
{
	return write_out(p, &p->own.lines.out, err);
}

/* ---- a block as text ---- */

/* Called when there is much text: 0 go on; else this is the end. */
typedef int (*much_fn)(struct sr_sink_part *p, void *arg);

/* Does this row count as a gap, and is it thereby done with? */
static bool take_gap(struct sr_sink_part *p, struct sr_view *v, uint32_t row)
{
	struct sr_rows_gap gap;

	if (!sr_rows_is(v->b, row, SR_X_LOST))
		return false;
	sr_rows_gap(v->b, row, &gap);
	p->stats.lost += gap.count;
	if (!sr_lines_tell_gaps(&p->lines))
		return false;
	sr_lines_gap(&p->lines, v, row, &gap);
	return true;
}

/* At most @limit events of rows @from to @to. Return 0; what @much returned; negative errno. */
static int put_rows(struct sr_sink_part *p, const struct sr_share *share, uint64_t limit,
		    much_fn much, void *arg, struct sr_err *err)
{
	struct sr_view *v = share->v;
	const struct sr_block *b = v->b;
	bool gaps = sr_rows_has(b, SR_X_LOST);
	int rc = gaps ? sr_block_load(v->b, SR_NEED_ARGS | SR_NEED_CPU, err) : 0;

	sr_lines_begin(&p->lines, b);
	for (uint32_t row = share->from; rc == 0 && limit; row++) {
		if (!gaps)
			row = sr_sel_next(share->sel, share->to, row);
		if (row >= share->to)
			break;
		if (!(gaps && take_gap(p, v, row)) && sr_sel_get(share->sel, row)) {
			sr_lines_event(&p->lines, v, row);
			p->stats.events++;
			limit--;
		}
		if (p->lines.out.len >= FLUSH_BYTES)
			rc = much(p, arg);
	}
	return rc == 0 && p->lines.out.oom ? -ENOMEM : rc;
}

/* Take over what a part has counted. Return 1 if the limit is reached, else 0. */
static int count(struct sink_print *p, struct sr_sink_part *part)
{
	p->stats.events += part->stats.events;
	p->stats.lost += part->stats.lost;
	part->stats = (struct sr_sink_print_stats){ 0 };
	atomic_store_explicit(&p->shown, p->stats.events, memory_order_relaxed);
	return p->o.limit && p->stats.events >= p->o.limit;
}

static uint64_t room(struct sink_print *p)
{
	uint64_t shown = atomic_load_explicit(&p->shown, memory_order_relaxed);

	return !p->o.limit ? UINT64_MAX : p->o.limit > shown ? p->o.limit - shown : 0;
}

/* ---- the sink ---- */

static int flush_much(struct sr_sink_part *part, void *err)
{
	return flush(part->sink, err);
}

static int put_now(struct sink_print *p, const struct sr_share *share, struct sr_err *err)
{
	int rc = put_rows(&p->own, share, room(p), flush_much, err, err);
	int full = count(p, &p->own);

	return rc ? rc : full;
}

static int print_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		       struct sr_err *err)
{
	const struct sr_share all = { .v = v, .sel = sel, .nsel = nsel, .to = v->b->n };

	return put_now(of(s), &all, err);
}

static uint32_t print_need(struct sr_sink *s)
{
	return sr_lines_need(&of(s)->own.lines);
}

static int print_idle(struct sr_sink *s, struct sr_err *err)
{
	return flush(of(s), err);
}

static int print_finish(struct sr_sink *s, struct sr_err *err)
{
	int rc = flush(of(s), err);

	return rc < 0 ? rc : 0;
}

static void print_close(struct sr_sink *s)
{
	if (!s)
		return;
	sr_lines_free(&of(s)->own.lines);
	free(s);
}

/* ---- parts ---- */

struct waiting {
	struct sr_turn *turn;
	struct sr_err *err;
};

static void part_free(struct sr_sink_part *part)
{
	sr_lines_free(&part->lines);
	free(part);
}

static int part_make(struct sr_sink *s, struct sr_sink_part **out, struct sr_err *err)
{
	struct sink_print *p = of(s);
	struct sr_sink_part *part;
	int rc;

	if (p->o.in_order)
		return -ENOTSUP;
	part = calloc(1, sizeof(*part));
	if (!part)
		return -ENOMEM;
	part->sink = p;
	rc = sr_lines_init(&part->lines, &p->o.lines, err);
	if (rc < 0)
		part_free(part);
	else
		*out = part;
	return rc;
}

/* When everything before it has been written, a part writes by itself. */
static int part_much(struct sr_sink_part *part, void *arg)
{
	struct waiting *w = arg;
	struct sink_print *p = part->sink;
	int rc;

	if (p->o.limit) /* its last line may be one too many */
		return 0;
	if (!w->turn->came(w->turn)) {
		if (part->lines.out.len < HELD_BYTES)
			return 0;
		if (!w->turn->wait(w->turn))
			return 1;
	}
	rc = flush(p, w->err);
	if (rc == 0)
		rc = write_out(p, &part->lines.out, w->err);
	part->gone = rc == 1;
	return rc;
}

static int part_work(struct sr_sink_part *part, const struct sr_share *share, struct sr_err *err)
{
	struct waiting w = { share->turn, err };
	int rc;

	part->lines.out.len = 0;
	part->gone = false;
	part->stats = (struct sr_sink_print_stats){ 0 };
	rc = put_rows(part, share, room(part->sink), part_much, &w, err);
	return rc < 0 ? rc : 0;
}

static int part_take(struct sr_sink *s, struct sr_sink_part *part, const struct sr_share *share,
		     struct sr_err *err)
{
	struct sr_buf *mine = &of(s)->own.lines.out, *its = &part->lines.out;
	struct sink_print *p = of(s);
	int rc = part->gone, full;

	/* It began before it was known how many events would be shown before its own. */
	if (part->stats.events >= room(p))
		return put_now(p, share, err);
	full = count(p, part);
	if (rc == 0 && mine->len + its->len >= FLUSH_BYTES)
		rc = flush(p, err);
	if (rc == 0 && its->len >= FLUSH_BYTES)
		rc = write_out(p, its, err);
	sr_buf_put(mine, its->p, rc ? 0 : its->len);
	its->len = 0;
	return rc ? rc : full;
}

static const struct sr_sink_parts parts = {
	.make = part_make,
	.rows = 4096,
	.work = part_work,
	.take = part_take,
	.free = part_free,
};

static const struct sr_sink_ops ops = {
	.name = "print",
	.need = print_need,
	.block = print_block,
	.idle = print_idle,
	.finish = print_finish,
	.close = print_close,
	.parts = &parts,
};

int sr_sink_print_new(struct sr_sink **out, const struct sr_sink_print_opts *opts,
		      struct sr_err *err)
{
	struct sink_print *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	p->s.ops = &ops;
	p->o = *opts;
	p->own.sink = p;
	rc = sr_lines_init(&p->own.lines, &opts->lines, err);
	if (rc < 0) {
		free(p);
		return rc;
	}
	*out = &p->s;
	return 0;
}

void sr_sink_print_stats(const struct sr_sink *s, struct sr_sink_print_stats *out)
{
	*out = ((const struct sink_print *)s)->stats;
}
