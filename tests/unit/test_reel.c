/* SPDX-License-Identifier: Apache-2.0 */
/* The capture file: written and read back, cut at every byte, damaged at every byte,
 * foreign, from the future, through a pipe, onto a full disk. */
#include "formats/base/buf.h"
#include "formats/reel.h"
#include "formats/reel_frame.h"
#include "formats/reel_packer.h"
#include "tests/unit/gen_block.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define BLOCKS 4
#define HOST   "{\"kind\":\"host\",\"hostname\":\"here\",\"mono_ns\":\"5\",\"real_ns\":\"7\"}"
#define LATE   "{\"kind\":\"container\",\"id\":\"abc\",\"state\":\"resolved\",\"name\":\"web\"}"

static char path[] = "/tmp/sysreel-test-XXXXXX";

/* A file in memory with what it was made of. */
struct capture {
	uint8_t *p;
	size_t len;
	struct sr_builder *b[BLOCKS];
	uint32_t n[BLOCKS];
	size_t end[BLOCKS]; /* of each block's frame */
};

static void put_file(const uint8_t *p, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	while (len) {
		ssize_t n = write(fd, p, len);

		assert_true(n > 0);
		p += n;
		len -= (size_t)n;
	}
	assert_int_equal(close(fd), 0);
}

static void get_file(struct capture *c)
{
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	c->len = (size_t)ftell(f);
	rewind(f);
	c->p = malloc(c->len);
	assert_non_null(c->p);
	assert_int_equal(fread(c->p, 1, c->len, f), c->len);
	assert_int_equal(fclose(f), 0);
}

static void write_capture(struct capture *c, uint32_t events, bool close_it)
{
	struct sr_reel_writer *w = NULL;
	struct sr_err err = { 0 };
	struct gen g;
	int fd = open(path, O_WRONLY | O_TRUNC);

	memset(c, 0, sizeof(*c));
	gen_init(&g, 7);
	assert_true(fd >= 0);
	assert_int_equal(sr_reel_writer_open(&w, fd, NULL, &err), 0);
	assert_int_equal(sr_reel_write_meta(w, HOST, strlen(HOST), &err), 0);
	for (int i = 0; i < BLOCKS; i++) {
		assert_int_equal(sr_builder_new(&c->b[i]), 0);
		c->n[i] = events ? events + (uint32_t)i : 0;
		assert_int_equal(gen_block(&g, c->b[i], c->n[i]), 0);
		assert_int_equal(sr_reel_write_block(w, sr_builder_block(c->b[i]), &err), 0);
		c->end[i] = sr_reel_writer_bytes(w);
		if (i == 2)
			assert_int_equal(sr_reel_write_meta(w, LATE, strlen(LATE), &err), 0);
	}
	assert_int_equal(sr_reel_writer_blocks(w), BLOCKS);
	if (close_it)
		assert_int_equal(sr_reel_writer_close(w, &err), 0);
	assert_int_equal(close(fd), 0);
	if (!close_it) {
		get_file(c);
		(void)sr_reel_writer_close(w, NULL); /* its file is closed: as if it were killed */
		return;
	}
	get_file(c);
}

static void free_capture(struct capture *c)
{
	for (int i = 0; i < BLOCKS; i++)
		sr_builder_free(c->b[i]);
	free(c->p);
}

/* What reading a file gave. */
struct got {
	int rc; /* of open */
	struct sr_err err;
	uint32_t blocks; /* bit i: block i was read, and was right */
	uint32_t wrong;	 /* blocks that are none of ours */
	size_t damages;
	struct sr_reel_damage first;
	bool complete;
	struct sr_reel_stats early, late;
	bool host, container_early, container;
};

static int which_block(const struct capture *c, struct sr_block *b)
{
	uint64_t first = 1;

	for (int i = 0; i < BLOCKS; first += c->n[i++])
		if (b->n == c->n[i] && b->first_num == first)
			return gen_same_block(sr_builder_block(c->b[i]), b) ? -1 : i;
	return -1;
}

static void read_all(const struct capture *c, const char *from, struct got *g)
{
	struct sr_meta *meta = NULL;
	struct sr_reel *r = NULL;
	struct sr_block *b;
	const struct sr_reel_damage *d;
	int rc, i;

	memset(g, 0, sizeof(*g));
	assert_int_equal(sr_meta_new(&meta), 0);
	g->rc = sr_reel_open(&r, from, meta, &g->err);
	if (g->rc < 0) {
		assert_int_not_equal(g->err.msg[0], 0);
		assert_null(r);
		sr_meta_free(meta);
		return;
	}
	g->early = *sr_reel_stats(r);
	g->container_early = sr_meta_container(meta, "abc", 3) != NULL;
	while ((rc = sr_reel_next(r, &b, &g->err)) == 1) {
		rc = sr_block_load(b, SR_NEED_ALL, &g->err);
		if (rc < 0)
			continue;
		i = which_block(c, b);
		if (i < 0)
			g->wrong++;
		else
			g->blocks |= 1u << i;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(sr_reel_next(r, &b, &g->err), 0); /* the end stays the end */
	d = sr_reel_damages(r, &g->damages);
	if (g->damages)
		g->first = d[0];
	g->complete = sr_reel_complete(r);
	g->late = *sr_reel_stats(r);
	g->host = sr_meta_host(meta) != NULL;
	g->container = sr_meta_container(meta, "abc", 3) != NULL;
	sr_reel_free(r);
	sr_meta_free(meta);
}

static void what_was_written_is_read(void **state)
{
	struct capture c;
	struct got g;

	(void)state;
	write_capture(&c, 3000, true);
	read_all(&c, path, &g);
	assert_int_equal(g.rc, 0);
	assert_int_equal(g.blocks, 15);
	assert_int_equal(g.damages, 0);
	assert_true(g.complete);
	assert_true(g.host);
	assert_true(g.container_early);
	assert_int_equal(g.early.events, 4 * 3000 + 6);
	assert_int_equal(g.early.blocks, BLOCKS);
	assert_int_equal(g.early.bytes, c.len);
	assert_int_equal(g.early.min_time, sr_builder_block(c.b[0])->min_time);
	assert_int_equal(g.early.max_time, sr_builder_block(c.b[3])->max_time);
	assert_memory_equal(&g.early, &g.late, sizeof(g.early));
	free_capture(&c);
}

static void a_capture_of_nothing_is_read(void **state)
{
	struct capture c;
	struct got g;

	(void)state;
	write_capture(&c, 0, true);
	read_all(&c, path, &g);
	assert_int_equal(g.rc, 0);
	assert_int_equal(g.early.events, 0);
	assert_int_equal(g.damages, 0);
	assert_true(g.complete);
	free_capture(&c);
}

static void a_recorder_that_was_killed_leaves_everything_but_the_end_mark(void **state)
{
	struct capture c;
	struct got g;

	(void)state;
	write_capture(&c, 50, false);
	read_all(&c, path, &g);
	assert_int_equal(g.blocks, 15);
	assert_int_equal(g.damages, 0);
	assert_false(g.complete);
	assert_true(g.container_early); /* found without the index */
	assert_int_equal(g.early.events, 4 * 50 + 6);
	free_capture(&c);
}

/* Read bytes through standard input, in odd pieces. */
static void read_pipe(const struct capture *c, const uint8_t *p, size_t len, struct got *g)
{
	int fds[2], status, was = dup(STDIN_FILENO);
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		for (size_t at = 0; at < len;) {
			size_t piece = 1 + at * 7 % 5001;
			ssize_t n = write(fds[1], p + at, piece < len - at ? piece : len - at);

			if (n <= 0)
				_exit(1);
			at += (size_t)n;
		}
		_exit(0);
	}
	close(fds[1]);
	assert_true(dup2(fds[0], STDIN_FILENO) >= 0);
	close(fds[0]);
	read_all(c, "-", g);
	assert_true(dup2(was, STDIN_FILENO) >= 0);
	close(was);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_pipe_is_read_in_order(void **state)
{
	struct capture c;
	struct got g;

	(void)state;
	write_capture(&c, 2000, true);
	read_pipe(&c, c.p, c.len, &g);
	assert_int_equal(g.blocks, 15);
	assert_int_equal(g.damages, 0);
	assert_true(g.complete);
	assert_int_equal(g.early.events, 0);
	assert_false(g.container_early);
	assert_true(g.container);
	assert_int_equal(g.late.events, 4 * 2000 + 6);
	assert_int_equal(g.late.bytes, c.len);
	free_capture(&c);
}

static void a_damaged_or_cut_pipe_is_read_like_a_file(void **state)
{
	struct capture c;
	struct got file, piped;

	(void)state;
	write_capture(&c, 10, true);
	for (size_t at = 5; at < c.len; at += 1 + c.len / 60) {
		for (int cut = 0; cut < 2; cut++) {
			size_t len = cut ? at + SR_FILE_HEADER : c.len;

			len = len < c.len ? len : c.len;
			c.p[at] ^= cut ? 0 : 0x55;
			put_file(c.p, len);
			read_all(&c, path, &file);
			read_pipe(&c, c.p, len, &piped);
			c.p[at] ^= cut ? 0 : 0x55;
			assert_int_equal(file.rc, piped.rc);
			assert_int_equal(file.blocks, piped.blocks);
			assert_int_equal(file.damages, piped.damages);
			assert_int_equal(file.complete, piped.complete);
			assert_memory_equal(&file.first, &piped.first, sizeof(file.first));
		}
	}
	free_capture(&c);
}

static void a_file_cut_at_any_byte_yields_the_whole_blocks(void **state)
{
	struct capture c;
	struct got g;

	(void)state;
	write_capture(&c, 4, true);
	for (size_t len = 0; len < c.len; len++) {
		uint32_t whole = 0;

		put_file(c.p, len);
		read_all(&c, path, &g);
		if (len < SR_FILE_HEADER) {
			assert_int_equal(g.rc, -EBADMSG);
			continue;
		}
		/* A frame is padded to eight bytes: its last ones may be missing. */
		for (int i = 0; i < BLOCKS; i++)
			whole |= len + 7 >= c.end[i] ? 1u << i : 0;
		assert_int_equal(g.rc, 0);
		assert_false(g.complete);
		assert_int_equal(g.wrong, 0);
		assert_int_equal(g.blocks | (whole & ~g.blocks), whole);
		for (int i = 0; i < BLOCKS; i++)
			if (len >= c.end[i])
				assert_true(g.blocks & 1u << i);
		assert_true(g.damages <= 1);
		if (g.damages)
			assert_int_equal(g.first.len, 0);
	}
	free_capture(&c);
}

static void a_damaged_byte_costs_at_most_its_own_block(void **state)
{
	struct capture c;
	struct got g;

	(void)state;
	write_capture(&c, 4, true);
	for (size_t at = 0; at < c.len; at++) {
		uint32_t own = 0, lost;

		for (int i = BLOCKS - 1; i >= 0; i--)
			if (at < c.end[i])
				own = 1u << i;
		c.p[at] ^= 0x41;
		put_file(c.p, c.len);
		read_all(&c, path, &g);
		c.p[at] ^= 0x41;
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.wrong, 0);
		lost = 15 & ~g.blocks;
		assert_int_equal(lost & ~own, 0);
		if (lost)
			assert_int_not_equal(g.damages, 0);
		if (at < SR_FILE_HEADER)
			assert_int_equal(lost, 0);
		if (g.damages) {
			assert_true(g.first.offset <= at);
			assert_true(at < g.first.offset + g.first.len);
		}
	}
	free_capture(&c);
}

static void bytes_that_are_missing_cost_at_most_two_blocks(void **state)
{
	struct capture c;
	struct got g;

	(void)state;
	write_capture(&c, 4, true);
	for (size_t at = SR_FILE_HEADER; at + 40 < c.len; at += 3) {
		size_t keep = c.len - at - 37;
		uint8_t *copy = malloc(c.len);

		assert_non_null(copy);
		memcpy(copy, c.p, at);
		memcpy(copy + at, c.p + at + 37, keep);
		put_file(copy, at + keep);
		free(copy);
		read_all(&c, path, &g);
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.wrong, 0);
		assert_true(__builtin_popcount(g.blocks) >= BLOCKS - 2);
		assert_int_not_equal(g.damages, 0);
	}
	free_capture(&c);
}

static void blocks_that_were_taken_out_are_missed(void **state)
{
	const uint32_t events = 10;
	struct capture c;
	struct got g;

	(void)state;
	for (int last = 0; last < 2; last++) { /* with and without the end mark */
		write_capture(&c, events, !last);
		for (int i = 0; i < BLOCKS - last; i++) {
			size_t from = i ? c.end[i - 1] : SR_FILE_HEADER, to = c.end[i];
			uint8_t *p = malloc(c.len);

			assert_non_null(p);
			memcpy(p, c.p, from);
			memcpy(p + from, c.p + to, c.len - to);
			put_file(p, c.len - (to - from));
			free(p);
			read_all(&c, path, &g);
			assert_int_equal(g.blocks, 15 & ~(1u << i));
			assert_int_equal(g.damages, 1);
			assert_int_equal(g.first.events, events + (uint32_t)i);
			assert_int_equal(g.first.len, 0);
			assert_true(g.first.offset >= from && g.first.offset < c.len);
		}
		free_capture(&c);
	}
}

static void frames_of_another_capture_are_not_mixed_in(void **state)
{
	struct capture c, other;
	struct got g;
	uint8_t *both;

	(void)state;
	write_capture(&other, 20, true);
	write_capture(&c, 10, true);
	both = malloc(c.len + other.len);
	assert_non_null(both);
	memcpy(both, c.p, c.end[1]);
	memcpy(both + c.end[1], other.p, other.len);
	memcpy(both + c.end[1] + other.len, c.p + c.end[1], c.len - c.end[1]);
	put_file(both, c.len + other.len);
	free(both);
	read_all(&c, path, &g);
	assert_int_equal(g.blocks, 15);
	assert_int_equal(g.wrong, 0);
	assert_int_equal(g.damages, 1);
	assert_int_equal(g.first.offset, c.end[1]);
	assert_int_equal(g.first.len, other.len);
	free_capture(&c);
	free_capture(&other);
}

/* Junk that is full of what looks like the beginning of a frame. */
static void junk_of_any_length_is_passed_over(void **state)
{
	static const size_t lens[] = { 1, 87, 88, 89, 65448, 65536, 65537, 300001 };
	uint8_t header[SR_FRAME_HEADER];
	struct sr_frame none = { 0 };
	struct capture c;
	struct got g;

	(void)state;
	write_capture(&c, 10, true);
	sr_frame_put(header, &none);
	for (size_t k = 0; k < sizeof(lens) / sizeof(lens[0]); k++) {
		uint8_t *p = malloc(c.len + lens[k]);

		assert_non_null(p);
		memcpy(p, c.p, c.end[0]);
		for (size_t i = 0; i < lens[k]; i++)
			p[c.end[0] + i] = header[i % 8];
		memcpy(p + c.end[0] + lens[k], c.p + c.end[0], c.len - c.end[0]);
		put_file(p, c.len + lens[k]);
		free(p);
		read_all(&c, path, &g);
		assert_int_equal(g.blocks, 15);
		assert_int_equal(g.damages, 1);
		assert_int_equal(g.first.offset, c.end[0]);
		assert_int_equal(g.first.len, lens[k]);
		assert_int_equal(g.early.events, 4 * 10 + 6);
	}
	free_capture(&c);
}

/* A frame of a type that is not known yet, put in after the first block. */
static void add_unknown_frame(struct capture *c, uint16_t flags, uint8_t **p, size_t *len)
{
	struct sr_file_header h;
	struct sr_frame f = { .type = 0x77, .flags = flags, .ext_len = 16, .payload_len = 5 };
	size_t size = (size_t)sr_frame_size(&f);

	assert_int_equal(sr_file_header_get(c->p, &h), 0);
	f.file_id = h.id;
	f.payload_sum = sr_frame_sum("hello", 5);
	*len = c->len + size;
	*p = calloc(1, *len);
	assert_non_null(*p);
	memcpy(*p, c->p, c->end[0]);
	sr_frame_put(*p + c->end[0], &f);
	memcpy(*p + c->end[0] + SR_FRAME_HEADER + 16, "hello", 5);
	memcpy(*p + c->end[0] + size, c->p + c->end[0], c->len - c->end[0]);
}

static void unknown_frames_are_passed_over_and_told_if_they_matter(void **state)
{
	struct capture c;
	struct got g;
	uint8_t *p;
	size_t len;

	(void)state;
	write_capture(&c, 10, true);
	for (uint16_t skippable = 0; skippable < 2; skippable++) {
		add_unknown_frame(&c, skippable, &p, &len);
		put_file(p, len);
		free(p);
		read_all(&c, path, &g);
		assert_int_equal(g.blocks, 15);
		assert_int_equal(g.damages, skippable ? 0 : 1);
		if (!skippable)
			assert_non_null(strstr(g.first.what, "type 119"));
		assert_true(g.complete);
		assert_int_equal(g.early.events, 4 * 10 + 6); /* the index is off: scanned */
	}
	free_capture(&c);
}

static void a_newer_major_version_is_refused_with_words(void **state)
{
	struct capture c;
	struct sr_file_header h;
	struct got g;

	(void)state;
	write_capture(&c, 10, true);
	assert_int_equal(sr_file_header_get(c.p, &h), 0);
	h.major = SR_REEL_MAJOR + 1;
	sr_file_header_put(c.p, &h);
	put_file(c.p, c.len);
	read_all(&c, path, &g);
	assert_int_equal(g.rc, -EPROTONOSUPPORT);
	assert_non_null(strstr(g.err.msg, "version 3."));
	h.major = SR_REEL_MAJOR;
	h.minor = 99; /* additions only: read */
	sr_file_header_put(c.p, &h);
	put_file(c.p, c.len);
	read_all(&c, path, &g);
	assert_int_equal(g.rc, 0);
	assert_int_equal(g.blocks, 15);
	free_capture(&c);
}

static void refused(const void *p, size_t len, const char *words)
{
	struct capture none = { 0 };
	struct got g;

	put_file(p, len);
	read_all(&none, path, &g);
	assert_int_equal(g.rc, -EBADMSG);
	if (!strstr(g.err.msg, words))
		fail_msg("\"%s\" does not say \"%s\"", g.err.msg, words);
}

static void foreign_files_are_refused_with_words(void **state)
{
	struct capture none = { 0 };
	struct got g;
	char text[200];

	(void)state;
	memset(text, 'x', sizeof(text));
	refused("", 0, "empty");
	refused("hello\n", 6, "not a capture file");
	refused(text, sizeof(text), "not a capture file");
	refused("\x0a\x0d\x0d\x0a 123", 8, ".scap");
	refused("\x1f\x8b 123", 6, "gzip");
	refused("\x7f"
		"ELF\2\1\1",
		7, "program");
	refused("\xf5reel\r\n\0\1", 9, "cut within its header");
	read_all(&none, "/nonexistent/file.reel", &g);
	assert_int_equal(g.rc, -ENOENT);
	read_all(&none, "/tmp", &g);
	assert_int_equal(g.rc, -EISDIR);
}

static void a_bad_document_is_told(void **state)
{
	struct sr_reel_writer *w = NULL;
	struct capture none = { 0 };
	struct got g;
	int fd = open(path, O_WRONLY | O_TRUNC);

	(void)state;
	assert_int_equal(sr_reel_writer_open(&w, fd, NULL, NULL), 0);
	assert_int_equal(sr_reel_write_meta(w, "not json", 8, NULL), 0);
	assert_int_equal(sr_reel_write_meta(w, HOST, strlen(HOST), NULL), 0);
	assert_int_equal(sr_reel_writer_close(w, NULL), 0);
	assert_int_equal(close(fd), 0);
	read_all(&none, path, &g);
	assert_int_equal(g.damages, 1);
	assert_int_equal(g.first.offset, SR_FILE_HEADER);
	assert_true(g.host);
}

static void long_documents_come_back(void **state)
{
	struct sr_reel_writer *w = NULL;
	struct sr_meta *meta = NULL;
	struct sr_reel *r = NULL;
	struct sr_buf doc = { 0 };
	int fd = open(path, O_WRONLY | O_TRUNC);

	(void)state;
	sr_buf_puts(&doc, "{\"kind\":\"host\",\"filter\":\"");
	for (int i = 0; i < 100000; i++)
		sr_buf_putc(&doc, (char)('a' + i % 26));
	sr_buf_puts(&doc, "\"}");
	assert_int_equal(sr_reel_writer_open(&w, fd, NULL, NULL), 0);
	assert_int_equal(sr_reel_write_meta(w, (char *)doc.p, doc.len, NULL), 0);
	assert_true(sr_reel_writer_bytes(w) < 2000);
	assert_int_equal(sr_reel_writer_close(w, NULL), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(sr_meta_new(&meta), 0);
	assert_int_equal(sr_reel_open(&r, path, meta, NULL), 0);
	assert_int_equal(
		strlen(cJSON_GetStringValue(cJSON_GetObjectItem(sr_meta_host(meta), "filter"))),
		100000);
	sr_reel_free(r);
	sr_meta_free(meta);
	sr_buf_free(&doc);
}

static void a_full_disk_is_told_and_leaves_whole_frames(void **state)
{
	const struct rlimit small = { 30000, RLIM_INFINITY };
	struct rlimit was;
	struct sr_reel_writer *w = NULL;
	struct sr_builder *b = NULL;
	struct sr_err err = { 0 }, again = { 0 };
	struct capture c = { 0 };
	struct got g;
	struct gen gen;
	uint64_t bytes = 0;
	int fd = open(path, O_WRONLY | O_TRUNC), rc = 0, n = 0;

	(void)state;
	gen_init(&gen, 1);
	assert_int_equal(sr_builder_new(&b), 0);
	assert_int_equal(gen_block(&gen, b, 50), 0);
	assert_int_equal(sr_reel_writer_open(&w, fd, NULL, &err), 0);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (; n < 1000 && rc == 0; n++) {
		bytes = sr_reel_writer_bytes(w);
		rc = sr_reel_write_block(w, sr_builder_block(b), &err);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(rc, -EFBIG);
	assert_non_null(strstr(err.msg, "stays readable"));
	/* Nothing is written any more, though there would be room again. */
	assert_int_equal(sr_reel_write_block(w, sr_builder_block(b), &again), -EFBIG);
	assert_string_equal(err.msg, again.msg);
	assert_int_equal(sr_reel_write_meta(w, HOST, strlen(HOST), NULL), -EFBIG);
	assert_int_equal(sr_reel_writer_close(w, NULL), -EFBIG);
	assert_int_equal(lseek(fd, 0, SEEK_END), (off_t)bytes);
	assert_int_equal(close(fd), 0);
	read_all(&c, path, &g);
	assert_int_equal(g.damages, 0);
	assert_false(g.complete);
	assert_int_equal(g.early.blocks, n - 1);
	assert_int_equal(g.early.events, (n - 1) * 50);
	sr_builder_free(b);
}

static void a_device_that_takes_nothing_fails_at_once(void **state)
{
	struct sr_reel_writer *w = NULL;
	struct sr_err err = { 0 };
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sr_reel_writer_open(&w, fd, NULL, &err), -ENOSPC);
	assert_non_null(strstr(err.msg, "disk is full"));
	assert_null(w);
	close(fd);
	assert_int_equal(sr_reel_writer_open(&w, -1, NULL, &err), -EBADF);
}

static void a_block_is_packed_once_and_appended_to_several_files(void **state)
{
	struct sr_packer *packer = NULL;
	struct sr_packed packed = { 0 };
	struct sr_builder *b = NULL;
	struct gen gen;

	(void)state;
	gen_init(&gen, 3);
	assert_int_equal(sr_builder_new(&b), 0);
	assert_int_equal(gen_block(&gen, b, 700), 0);
	assert_int_equal(sr_packer_new(&packer, 0), 0);
	assert_int_equal(sr_packer_block(packer, sr_builder_block(b), &packed, NULL), 0);
	sr_packed_shrink(&packed);
	assert_int_equal(packed.bytes.len, sr_frame_size(&packed.f));
	for (int i = 0; i < 2; i++) {
		struct sr_reel_writer *w = NULL;
		struct capture c = { .b = { b }, .n = { 700 } };
		struct got g;
		int fd = open(path, O_WRONLY | O_TRUNC);

		assert_int_equal(sr_reel_writer_open(&w, fd, NULL, NULL), 0);
		for (int k = 0; k <= i; k++)
			assert_int_equal(sr_reel_append(w, &packed, NULL), 0);
		assert_int_equal(sr_reel_writer_events(w), 700 * (i + 1));
		assert_int_equal(sr_reel_writer_close(w, NULL), 0);
		assert_int_equal(close(fd), 0);
		read_all(&c, path, &g);
		assert_int_equal(g.blocks, 1);
		assert_int_equal(g.wrong, i); /* only its number is another one */
		assert_int_equal(g.damages, 0);
	}
	sr_packed_free(&packed);
	sr_packer_free(packer);
	sr_builder_free(b);
}

/* The blocks of the file at @path into another one, as they stand there. Return how many could. */
static int copy_as_they_are(const char *to)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600), n = 0, rc;
	struct sr_packed packed = { 0 };
	struct sr_reel_writer *w = NULL;
	struct sr_meta *meta = NULL;
	struct sr_reel *r = NULL;
	struct sr_err err = { 0 };
	struct sr_block *b;

	assert_true(fd >= 0);
	assert_int_equal(sr_meta_new(&meta), 0);
	assert_int_equal(sr_reel_open(&r, path, meta, &err), 0);
	assert_int_equal(sr_reel_writer_open(&w, fd, NULL, &err), 0);
	while ((rc = sr_reel_next(r, &b, &err)) == 1) {
		rc = sr_reel_packed_of(b, &packed, &err);
		assert_in_range(rc, 0, 1);
		n += rc;
		if (rc)
			assert_int_equal(sr_reel_append(w, &packed, &err), 0);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(sr_reel_writer_close(w, &err), 0);
	assert_int_equal(close(fd), 0);
	sr_packed_free(&packed);
	sr_reel_free(r);
	sr_meta_free(meta);
	return n;
}

static void blocks_are_copied_as_they_stand_unless_they_hold_more(void **state)
{
	char to[] = "/tmp/sysreel-copy-XXXXXX";
	int fd = mkstemp(to);
	struct sr_reel_writer *w = NULL;
	struct sr_block *b;
	struct capture c;
	struct got g;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	write_capture(&c, 300, true);
	assert_int_equal(copy_as_they_are(to), BLOCKS);
	read_all(&c, to, &g);
	assert_int_equal(g.rc, 0);
	assert_int_equal(g.blocks, 15);
	assert_int_equal(g.wrong + g.damages, 0);

	/* Nobody refers to the threads any more, or to the files. */
	b = sr_builder_block(c.b[0]);
	memset(b->thread, 0, b->n * sizeof(*b->thread));
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(sr_reel_writer_open(&w, fd, NULL, NULL), 0);
	assert_int_equal(sr_reel_write_block(w, b, NULL), 0);
	b = sr_builder_block(c.b[1]);
	for (uint32_t i = 0; i < b->n; i++)
		b->file[i] = 0;
	for (uint32_t t = 0; t < b->ntypes; t++)
		for (uint32_t k = 0; k < b->types[t].ncols; k++)
			if (b->types[t].cls[k] == SR_CLASS_FILE)
				memset(b->types[t].cols[k].ref, 0, b->types[t].nrows * 4);
	assert_int_equal(sr_reel_write_block(w, b, NULL), 0);
	assert_int_equal(sr_reel_write_block(w, sr_builder_block(c.b[2]), NULL), 0);
	assert_int_equal(sr_reel_writer_close(w, NULL), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(copy_as_they_are(to), 1);
	(void)unlink(to);
	free_capture(&c);
}

static void levels_change_the_size_and_nothing_else(void **state)
{
	const struct sr_reel_writer_opts opts[] = { { .level = 1 }, { .level = 12 } };
	uint64_t size[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sr_reel_writer *w = NULL;
		struct sr_builder *b = NULL;
		struct capture c = { 0 };
		struct gen gen;
		struct got g;
		int fd = open(path, O_WRONLY | O_TRUNC);

		gen_init(&gen, 9);
		assert_int_equal(sr_builder_new(&b), 0);
		assert_int_equal(gen_block(&gen, b, 5000), 0);
		assert_int_equal(sr_reel_writer_open(&w, fd, &opts[i], NULL), 0);
		assert_int_equal(sr_reel_write_block(w, sr_builder_block(b), NULL), 0);
		size[i] = sr_reel_writer_bytes(w);
		assert_int_equal(sr_reel_writer_close(w, NULL), 0);
		assert_int_equal(close(fd), 0);
		c.b[0] = b;
		c.n[0] = 5000;
		read_all(&c, path, &g);
		assert_int_equal(g.blocks, 1);
		sr_builder_free(b);
	}
	assert_true(size[1] < size[0]);
}

static void who_waits_gets_the_fast_level(void **state)
{
	static atomic_bool hurry;
	static const int levels[] = { 1, 19, 19 };
	struct sr_packed out[3] = { 0 };
	struct sr_builder *b = NULL;
	struct gen gen;

	(void)state;
	gen_init(&gen, 9);
	assert_int_equal(sr_builder_new(&b), 0);
	assert_int_equal(gen_block(&gen, b, 2000), 0);
	for (int i = 0; i < 3; i++) {
		struct sr_packer *p = NULL;

		assert_int_equal(sr_packer_new(&p, levels[i]), 0);
		sr_packer_set_hurry(p, &hurry);
		atomic_store(&hurry, i == 2);
		assert_int_equal(sr_packer_block(p, sr_builder_block(b), &out[i], NULL), 0);
		sr_packer_free(p);
	}
	assert_true(out[1].bytes.len < out[0].bytes.len);
	assert_int_equal(out[2].bytes.len, out[0].bytes.len);
	assert_memory_equal(out[2].bytes.p + SR_FRAME_HEADER, out[0].bytes.p + SR_FRAME_HEADER,
			    out[0].bytes.len - SR_FRAME_HEADER);
	for (int i = 0; i < 3; i++)
		sr_packed_free(&out[i]);
	sr_builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_capture_of_nothing_is_read),
		cmocka_unit_test(a_recorder_that_was_killed_leaves_everything_but_the_end_mark),
		cmocka_unit_test(a_pipe_is_read_in_order),
		cmocka_unit_test(a_damaged_or_cut_pipe_is_read_like_a_file),
		cmocka_unit_test(a_file_cut_at_any_byte_yields_the_whole_blocks),
		cmocka_unit_test(a_damaged_byte_costs_at_most_its_own_block),
		cmocka_unit_test(blocks_that_were_taken_out_are_missed),
		cmocka_unit_test(bytes_that_are_missing_cost_at_most_two_blocks),
		cmocka_unit_test(frames_of_another_capture_are_not_mixed_in),
		cmocka_unit_test(junk_of_any_length_is_passed_over),
		cmocka_unit_test(unknown_frames_are_passed_over_and_told_if_they_matter),
		cmocka_unit_test(a_newer_major_version_is_refused_with_words),
		cmocka_unit_test(foreign_files_are_refused_with_words),
		cmocka_unit_test(a_bad_document_is_told),
		cmocka_unit_test(long_documents_come_back),
		cmocka_unit_test(a_full_disk_is_told_and_leaves_whole_frames),
		cmocka_unit_test(a_device_that_takes_nothing_fails_at_once),
		cmocka_unit_test(a_block_is_packed_once_and_appended_to_several_files),
		cmocka_unit_test(blocks_are_copied_as_they_stand_unless_they_hold_more),
		cmocka_unit_test(levels_change_the_size_and_nothing_else),
		cmocka_unit_test(who_waits_gets_the_fast_level),
	};
	int fd = mkstemp(path), rc;

	if (fd < 0)
		return 1;
	close(fd);
	rc = cmocka_run_group_tests_name("reel", tests, NULL, NULL);
	(void)unlink(path);
	return rc;
}
