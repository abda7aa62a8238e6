/* SPDX-License-Identifier: Apache-2.0 */
/* What was in the datagrams? The data of each conversation, in a file of its own. */
#include "chisels/plugins/plain.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	F_CONN,
	F_DATA,
	F_BYTES,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_CONN] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_DATA] = { .name = "evt.buffer", .type = SYSREEL_STR },
	[F_BYTES] = { .name = "evt.rawres", .type = SYSREEL_UINT },
};

static const struct sysreel_arg args[] = {
	ARG("dir", STR, "udp_dump_files", "folder for the files; it is made if it is not there"),
};

enum {
	C_BYTES,
	C_DATAGRAMS,
	C_CUT,
	C_FILE,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_BYTES] = { .name = "bytes", .title = "BYTES", .op = SYSREEL_SUM, .unit = SYSREEL_BYTES },
	[C_DATAGRAMS] = { .name = "datagrams", .title = "DATAGRAMS", .op = SYSREEL_COUNT },
	[C_CUT] = { .name = "cut", .title = "CUT", .op = SYSREEL_SUM },
	[C_FILE] = { .name = "file", .title = "FILE" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_GROUP);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	int dir;
	const char *path;
	struct kit_map begun; /* files that were written to in this run */
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	s = *state;
	s->begun.size = sizeof(struct kit_node);
	s->path = h->arg_text(h, "dir");
	return 0;
}

/* The folder is made when there is something for it. */
static int open_folder(struct state *s)
{
	if (mkdir(s->path, 0700) < 0 && errno != EEXIST)
		return s->h->fail(s->h, -errno, "cannot make the folder %s: %s", s->path,
				  strerror(errno));
	s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return s->h->fail(s->h, -errno, "cannot open the folder %s: %s", s->path,
				  strerror(errno));
	return 0;
}

/* The conversation's name as that of a file: 10.0.0.7_53-10.0.0.9_4711. It comes from the
 * recording: of what is not of an address nothing is left. */
static void file_name(const struct sysreel_str *conn, char *out, size_t size)
{
	size_t n = 0;

	for (uint32_t i = 0; i < conn->len && n + 1 < size; i++) {
		char c = conn->p[i];

		if (c == '>') /* of "->" */
			continue;
		out[n++] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '.' || c == '-'
				   ? c
				   : '_';
	}
	out[n] = '\0';
	if (out[0] == '.')
		out[0] = '_';
}

static int append(struct state *s, const char *name, const struct sysreel_str *data)
{
	uint64_t key = kit_hash(0, name, strlen(name));
	int first = !kit_get(&s->begun, key), fd, rc = 0;

	if (!kit_make(&s->begun, key))
		return 0; /* told at the end */
	fd = openat(s->dir, name,
		    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | (first ? O_TRUNC : 0),
		    0600);
	if (fd < 0)
		return s->h->fail(s->h, -errno, "cannot write %s/%s: %s", s->path, name,
				  strerror(errno));
	for (size_t done = 0; rc == 0 && done < data->len;) {
		ssize_t n = write(fd, data->p + done, data->len - done);

		if (n < 0 && errno != EINTR)
			rc = s->h->fail(s->h, -errno, "cannot write %s/%s: %s", s->path, name,
					strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
	if (close(fd) < 0 && rc == 0)
		rc = s->h->fail(s->h, -errno, "cannot write %s/%s: %s", s->path, name,
				strerror(errno));
	return rc;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_str conn = kit_str(b, F_CONN, row), data = kit_str(b, F_DATA, row);
		char name[128]; /* two IPv6 addresses with ports have 94 characters */
		struct sysreel_value cells[NCOLS] = { 0 };
		int rc;

		if (!conn.len)
			continue;
		file_name(&conn, name, sizeof(name));
		rc = s->dir > 0 ? 0 : open_folder(s);
		rc = rc ? rc : append(s, name, &data);
		cells[C_BYTES] = sysreel_uint(data.len);
		cells[C_CUT] = sysreel_uint(data.len < kit_num(b, F_BYTES, row));
		cells[C_FILE] = sysreel_text(name, strlen(name));
		rc = rc ? rc : s->h->table_row(s->h, s->t, cells);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;

	kit_tell_full(&s->begun, s->h, "datagrams");
	return s->h->table_show(s->h, s->t);
}

static void fini(void *state)
{
	struct state *s = state;

	if (!s)
		return;
	if (s->dir > 0)
		(void)close(s->dir); /* only a name for others */
	kit_map_free(&s->begun);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "udp_extract",
	.category = "Net",
	.summary = "Data of UDP conversations, each written to a file of its own",
	.help = "Files of an earlier run that have the same names are replaced. CUT is how many datagrams lack a\n"
		"part of their data: `record -s 65535` keeps all of it.\n"
		"\n"
		"  sysreel read web.reel -c udp_extract dir=/tmp/datagrams fd.sport=53",
	.filter = "fd.l4proto=udp and evt.is_io=true and evt.failed=false and evt.rawres>=0",
	ARGS(args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
