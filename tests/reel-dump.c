/* SPDX-License-Identifier: Apache-2.0 */
/* For tests/check-reel-py.sh: makes capture files that use all of the format, and prints what
 * the program's reader sees in one, in the words of tests/reel.py.
 *     reel-dump make SEED EVENTS FILE        reel-dump FILE */
#include "formats/block_cols.h"
#include "formats/reel.h"
#include "tests/unit/gen_block.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

static void print_hex(const char *key, const void *p, size_t len)
{
	const uint8_t *b = p;

	printf(",\"%s\":\"", key);
	for (size_t i = 0; i < len; i++)
		printf("%02x", b[i]);
	putchar('"');
}

static void print_num(const char *key, uint64_t v)
{
	printf(",\"%s\":%" PRIu64, key, v);
}

/* Names as in formats/block_members.def, in its order. */
static const char *const names[3][80] = {
#define IN_thread(n, m)	      [0][n] = #m,
#define IN_file(n, m)	      [1][n] = #m,
#define IN_cgroup(n, m)	      [2][n] = #m,
#define SR_MEMBER(t, n, m, k) IN_##t(n, m)
#include "formats/block_members.def"
};

static void print_dict(const char *what, int d, const void *entries, uint32_t n)
{
	const struct sr_dict *dict = &sr_dicts[d];

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *e = (const uint8_t *)entries + i * dict->entry;

		printf("{\"%s\":%u", what, i);
		for (size_t m = 0; m < dict->nmembers; m++) {
			uint64_t v = 0;

			memcpy(&v, e + dict->members[m].offset, dict->members[m].size);
			print_num(names[d][dict->members[m].number], v);
		}
		puts("}");
	}
}

static void print_arg(const struct sr_block *b, uint8_t cls, const struct sr_col *c, uint32_t k)
{
	printf("{\"val\":%" PRIu64, c->val[k]);
	if (cls == SR_CLASS_FILE)
		print_num("file", c->ref[k]);
	if (cls == SR_CLASS_STR)
		print_num("str", c->ref[k]);
	if (c->truelen)
		print_num("truelen", c->truelen[k]);
	if (c->status)
		print_num("status", c->status[k]);
	if (cls == SR_CLASS_BYTES)
		print_hex("hex", b->heap ? b->heap + c->ref[k] : NULL, c->len[k]);
	putchar('}');
}

static void print_event(const struct sr_block *b, uint32_t i)
{
	const struct sr_block_type *t = sr_block_type_of(b, i);

	printf("{\"num\":%" PRIu64, b->first_num + i);
	print_num("time", b->time[i]);
	print_num("dur", b->dur[i]);
	print_num("ret", (uint64_t)b->ret[i]);
	print_num("cpu", b->cpu[i]);
	print_num("flags", b->flags[i]);
	print_num("thread", b->thread[i]);
	print_num("file", b->file[i]);
	printf(",\"type\":\"%s\",\"args\":[", t->name);
	for (uint32_t a = 0; a < t->ncols; a++) {
		if (a)
			putchar(',');
		print_arg(b, t->cls[a], &t->cols[a], b->nth[i]);
	}
	puts("]}");
}

static void print_block(const struct sr_block *b, unsigned int num)
{
	printf("{\"block\":%u", num);
	print_num("events", b->n);
	print_num("min_time", b->min_time);
	print_num("max_time", b->max_time);
	puts("}");
	print_dict("threads", 0, b->threads, b->nthreads);
	print_dict("files", 1, b->files, b->nfiles);
	print_dict("cgroups", 2, b->cgroups, b->ncgroups);
	for (uint32_t i = 0; i < b->nstrs; i++) {
		printf("{\"string\":%u", i);
		print_hex("hex", b->strs[i].p, b->strs[i].len);
		puts("}");
	}
	for (uint32_t i = 0; i < b->n; i++)
		print_event(b, i);
}

static int dump(const char *file)
{
	struct sr_err err = { 0 };
	struct sr_meta *meta = NULL;
	struct sr_reel *r = NULL;
	struct sr_block *b;
	unsigned int num = 0;
	size_t damages;
	int rc = sr_meta_new(&meta);

	if (rc == 0)
		rc = sr_reel_open(&r, file, meta, &err);
	while (rc >= 0 && (rc = sr_reel_next(r, &b, &err)) == 1) {
		rc = sr_block_load(b, SR_NEED_ALL, &err);
		if (rc == 0)
			print_block(b, num++);
	}
	if (rc == 0 && sr_reel_damages(r, &damages) && damages)
		rc = 1;
	if (rc)
		fprintf(stderr, "reel-dump: %s: %s\n", file, err.msg);
	sr_reel_free(r);
	sr_meta_free(meta);
	return rc != 0;
}

/* Call @i of a regular program: opens, reads and writes of a few files, one after the other. */
static void work_event(struct gen *g, uint32_t i, struct sr_event_in *ev)
{
	static const char *const calls[] = { "openat", "read", "write" };
	const char *call = calls[i % 3];
	struct sr_file_def *f = &g->files[i / 4 % GEN_FILES];
	uint32_t len = gen_below(g, 300);

	*ev = (struct sr_event_in){ .dur = 300 + gen_below(g, 5000), .file = f, .nargs = 3 };
	ev->type = sr_type_by_name(call, strlen(call));
	ev->ret = i % 3 == 1 ? len : 3;
	ev->args[0] = (struct sr_arg){ .val = 3 + i / 4 % 5, .file = f };
	ev->args[1] = (struct sr_arg){ .val = 0x7f0000001000 + i % 5 * 4096,
				       .data = g->bytes,
				       .len = len < 80 ? len : 80,
				       .truelen = len };
	ev->args[2].val = len;
	if (i % 3)
		return;
	ev->args[1].data = f->path.p;
	ev->args[1].len = ev->args[1].truelen = f->path.len;
}

/* Threads one after the other, or each at its own pace: every order of a column and every
 * prediction is chosen by some block. */
static int add_work(struct gen *g, struct sr_builder *b, uint32_t n, uint32_t nthreads, bool pace)
{
	uint64_t now[GEN_THREADS];
	struct sr_event_in ev;
	int rc = 0;

	for (int i = 0; i < GEN_THREADS; i++)
		now[i] = g->now + (uint64_t)i * 1000;
	for (uint32_t i = 0; i < n && !rc; i++) {
		uint32_t t = gen_below(g, nthreads);
		uint64_t *clock = pace ? &now[t] : &g->now;

		work_event(g, i, &ev);
		*clock += 40 + gen_below(g, 9) + ev.dur;
		ev.time = *clock;
		ev.thread = &g->threads[t];
		ev.cpu = (uint16_t)t;
		rc = sr_builder_add(b, &ev);
	}
	return rc;
}

static int make(uint64_t seed, uint32_t n, const char *file)
{
	static struct gen g;
	struct sr_reel_writer *w = NULL;
	struct sr_builder *b = NULL;
	struct sr_err err = { 0 };
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644), rc;

	gen_init(&g, seed);
	rc = fd < 0 || sr_builder_new(&b) < 0 ? -1 : sr_reel_writer_open(&w, fd, NULL, &err);
	if (!rc)
		rc = sr_reel_write_meta(w, "{\"kind\":\"host\"}", 15, &err);
	for (int i = 0; i < 4 && !rc; i++) {
		sr_builder_reset(b);
		rc = i < 3 ? add_work(&g, b, n, (uint32_t)i * 3 + 1, i == 2) : gen_block(&g, b, n);
		if (!rc)
			rc = sr_reel_write_block(w, sr_builder_block(b), &err);
	}
	if (!rc) {
		rc = sr_reel_writer_close(w, &err);
		w = NULL;
	}
	if (rc)
		fprintf(stderr, "reel-dump: %s: %s\n", file, err.msg);
	(void)sr_reel_writer_close(w, NULL); /* it failed before */
	sr_builder_free(b);
	if (fd >= 0)
		close(fd);
	return rc != 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "make"))
		return make(strtoull(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10),
			    argv[4]);
	if (argc == 2)
		return dump(argv[1]);
	fputs("usage: reel-dump FILE | reel-dump make SEED EVENTS FILE\n", stderr);
	return 2;
}
