/* SPDX-License-Identifier: Apache-2.0 */
/* Which files lived only for a short time? Made and removed while recording. */
#include "chisels/plugins/kit.h"

enum {
	F_PID,
	F_CONTAINER,
	F_NAME,
	F_TYPE,
	F_PATH,
	F_SOURCE,
	F_TARGET,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_INT },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_PATH] = { .name = "fs.path.name", .type = SYSREEL_STR },
	[F_SOURCE] = { .name = "fs.path.source", .type = SYSREEL_STR },
	[F_TARGET] = { .name = "fs.path.target", .type = SYSREEL_STR },
};

enum {
	C_TIME,
	C_PID,
	C_CONTAINER,
	C_PROCESS,
	C_AGE,
	C_MAKER,
	C_PATH,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "REMOVED", .width = 18 },
	[C_PID] = { .name = "pid", .title = "PID", .width = 7 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_PROCESS] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_AGE] = { .name = "age", .title = "AGE", .unit = SYSREEL_NS, .width = 7 },
	[C_MAKER] = { .name = "maker", .title = "MADE BY", .width = 15 },
	[C_PATH] = { .name = "path", .title = "FILE" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

struct file {
	struct kit_node node; /* key: container and path */
	uint64_t made;
	struct kit_text maker;
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_map files;
};

static void release(struct kit_node *node)
{
	free(((struct file *)node)->maker.p);
}

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	s = *state;
	s->files.size = sizeof(struct file);
	s->files.release = release;
	return 0;
}

static uint64_t key_of(const struct sysreel_batch *b, uint32_t row, uint32_t col)
{
	struct sysreel_str container = kit_str(b, F_CONTAINER, row), path = kit_str(b, col, row);

	return kit_hash(kit_hash(0, container.p, container.len), path.p, path.len);
}

static int made(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_str name = kit_str(b, F_NAME, row);
	struct file *f = kit_make(&s->files, key_of(b, row, F_PATH));

	if (!f || f->made) /* opened once more with O_CREAT */
		return 0;
	f->made = b->time[row];
	return kit_set(&f->maker, &name);
}

static int renamed(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct file *f = kit_get(&s->files, key_of(b, row, F_SOURCE)), *to;

	if (!f || b->cols[F_SOURCE].why[row] || b->cols[F_TARGET].why[row])
		return 0;
	kit_drop(&s->files, key_of(b, row, F_TARGET));
	to = kit_make(&s->files, key_of(b, row, F_TARGET));
	if (to) {
		to->made = f->made;
		to->maker = f->maker;
		f->maker = (struct kit_text){ 0 };
	}
	kit_drop(&s->files, f->node.key);
	return 0;
}

static int removed(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct file *f = kit_get(&s->files, key_of(b, row, F_PATH));
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_time(b->time[row]),
		[C_PID] = sysreel_cell(b, F_PID, row),
		[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
		[C_PROCESS] = sysreel_cell(b, F_NAME, row),
		[C_PATH] = sysreel_cell(b, F_PATH, row),
	};
	int rc;

	if (!f)
		return 0;
	cells[C_AGE] = sysreel_uint(b->time[row] - f->made);
	cells[C_MAKER] = kit_value(&f->maker);
	rc = s->h->table_row(s->h, s->t, cells);
	kit_drop(&s->files, f->node.key);
	return rc;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
		int rc;

		if (type.why)
			continue;
		if (kit_starts(&type.s, "unlink"))
			rc = removed(s, b, row);
		else if (kit_starts(&type.s, "rename"))
			rc = renamed(s, b, row);
		else
			rc = made(s, b, row);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;

	kit_tell_full(&s->files, s->h, "files");
	return 0;
}

static void fini(void *state)
{
	struct state *s = state;

	if (s)
		kit_map_free(&s->files);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "filelife",
	.category = "Files",
	.summary = "Files that were made and removed while recording",
	.help = "A file is taken for made when it is first opened with O_CREAT: one that existed before looks\n"
		"the same. Renaming is followed.\n"
		"\n"
		"  sysreel read build.reel -c filelife 'fs.path.name startswith /tmp'",
	.filter = "evt.failed=false and (evt.is_open_create=true or "
		  "evt.type in (creat, unlink, unlinkat, rename, renameat, renameat2))",
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
