/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a large capture of small ones: their events again and again, each time later, through the
 * writer that recordings go through.
 *     replay OUT EVENTS ROWS IN...       blocks of at most ROWS events, until there are EVENTS */
#include "capture/packq.h"
#include "formats/reel.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS 2
#define PAUSE	1000000u /* ns between two recordings */

struct replay {
	struct sr_meta *meta;
	struct sr_builder **pieces;
	size_t n;
	uint64_t *begins, *ends; /* of the recording that a piece is of */
	struct sr_reel_writer *w;
	struct sr_packq *q;
	struct sr_packq_item item;
	struct sr_builder *copy;
	uint64_t events; /* given to @q */
};

static void die(const char *what, int rc, const struct sr_err *err)
{
	(void)fprintf(stderr, "replay: %s: %s (%d)\n", what, err->msg, rc);
	exit(1);
}

static void add_piece(struct replay *r, struct sr_block *b, const uint64_t *sel, struct sr_err *err)
{
	struct sr_builder **p = reallocarray(r->pieces, r->n + 1, sizeof(*p));
	int rc;

	if (p)
		r->pieces = p;
	if (!p || sr_builder_new(&p[r->n]) < 0)
		die("memory", -1, err);
	rc = sr_builder_copy(p[r->n++], b, sel, err);
	if (rc < 0)
		die("copy", rc, err);
}

static void cut(struct replay *r, struct sr_block *b, uint32_t rows, struct sr_err *err)
{
	uint64_t *sel = calloc(SR_SEL_WORDS(b->n) + 1, sizeof(*sel));

	if (!sel)
		die("memory", -1, err);
	for (uint32_t from = 0; from < b->n; from += rows) {
		memset(sel, 0, SR_SEL_WORDS(b->n) * sizeof(*sel));
		for (uint32_t i = from; i < b->n && i < from + rows; i++)
			sel[i / 64] |= 1ull << (i % 64);
		add_piece(r, b, sel, err);
	}
	free(sel);
}

static void load(struct replay *r, const char *path, uint32_t rows)
{
	struct sr_err err = { 0 };
	struct sr_reel *reel = NULL;
	uint64_t begin = UINT64_MAX, end = 0;
	struct sr_block *b;
	size_t from = r->n;
	int rc = sr_reel_open(&reel, path, r->meta, &err);

	while (rc >= 0 && (rc = sr_reel_next(reel, &b, &err)) == 1) {
		rc = sr_block_load(b, SR_NEED_ALL, &err);
		if (rc < 0)
			break;
		begin = b->min_time < begin ? b->min_time : begin;
		end = b->max_time > end ? b->max_time : end;
		cut(r, b, rows, &err);
	}
	if (rc < 0)
		die(path, rc, &err);
	sr_reel_free(reel);
	r->begins = reallocarray(r->begins, r->n + 1, sizeof(*r->begins));
	r->ends = reallocarray(r->ends, r->n + 1, sizeof(*r->ends));
	for (; from < r->n; from++) {
		r->begins[from] = begin;
		r->ends[from] = end;
	}
}

static void write_doc(struct replay *r, const struct cJSON *doc)
{
	struct sr_err err = { 0 };
	char *text = doc ? cJSON_PrintUnformatted(doc) : NULL;
	int rc = text ? sr_reel_write_meta(r->w, text, strlen(text), &err) : 0;

	if (rc < 0)
		die("document", rc, &err);
	cJSON_free(text);
}

static void take(struct replay *r, bool all)
{
	struct sr_err err = { 0 };
	int rc;

	while ((rc = sr_packq_take(r->q, all || sr_packq_full(r->q), &r->item, &err)) == 1)
		if ((rc = sr_reel_append(r->w, &r->item.packed, &err)) < 0)
			break;
	if (rc < 0)
		die("write", rc, &err);
}

static void put(struct replay *r, struct sr_builder *piece, uint64_t later)
{
	struct sr_err err = { 0 };
	struct sr_block *b;
	int rc = sr_builder_copy(r->copy, sr_builder_block(piece), NULL, &err);

	if (rc < 0)
		die("copy", rc, &err);
	b = sr_builder_block(r->copy);
	for (uint32_t i = 0; i < b->n; i++)
		b->time[i] += later;
	b->min_time += later;
	b->max_time += later;
	r->events += b->n;
	take(r, false);
	if (sr_packq_put(r->q, r->copy, 0, 0) < 0)
		die("memory", -1, &err);
	sr_builder_reset(r->copy);
}

int main(int argc, char **argv)
{
	struct replay r = { 0 };
	struct sr_err err = { 0 };
	uint64_t want, now = 0;
	int fd, rc;

	if (argc < 5 || sr_meta_new(&r.meta) < 0 || sr_builder_new(&r.copy) < 0)
		return 2;
	want = strtoull(argv[2], NULL, 10);
	for (int i = 4; i < argc; i++)
		load(&r, argv[i], (uint32_t)strtoul(argv[3], NULL, 10));
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	rc = fd < 0 ? fd : sr_reel_writer_open(&r.w, fd, NULL, &err);
	if (rc == 0)
		rc = sr_packq_new(&r.q, 0, THREADS, &err);
	if (rc < 0)
		die(argv[1], rc, &err);
	write_doc(&r, sr_meta_host(r.meta));
	for (size_t i = 0; i < sr_meta_containers(r.meta); i++)
		write_doc(&r, sr_meta_container_at(r.meta, i)->doc);
	for (size_t i = 0; r.n && r.events < want; i = (i + 1) % r.n) {
		/* each recording begins where the one before it ended */
		if (!now)
			now = r.begins[0];
		put(&r, r.pieces[i], now - r.begins[i]);
		if (i + 1 == r.n || r.begins[i + 1] != r.begins[i])
			now += r.ends[i] - r.begins[i] + PAUSE;
	}
	take(&r, true);
	rc = sr_reel_writer_close(r.w, &err);
	if (rc < 0)
		die(argv[1], rc, &err);
	sr_packq_free(r.q);
	sr_packed_free(&r.item.packed);
	for (size_t i = 0; i < r.n; i++)
		sr_builder_free(r.pieces[i]);
	free(r.pieces);
	free(r.begins);
	free(r.ends);
	sr_builder_free(r.copy);
	sr_meta_free(r.meta);
	return close(fd) < 0;
}
