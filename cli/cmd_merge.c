/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_reel.h"
#include "capture/source_merge.h"
#include "cli/files.h"
#include "cli/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct merging {
	struct output out;
	struct sr_source *source;
	size_t damages_told;
};

static bool is_file(const char *word)
{
	return access(word, F_OK) == 0 || strcmp(word, "-") == 0;
}

static bool ends_with(const char *word, const char *end)
{
	size_t n = strlen(word), m = strlen(end);

	return n > m && strcmp(word + n - m, end) == 0;
}

/* The words that are files, taken from the front: the filter is what is left. */
static int take_files(struct opts *o, const char ***files, size_t *n)
{
	*n = 0;
	*files = calloc((size_t)o->nwords + 1, sizeof(**files));
	if (!*files)
		return fail("out of memory");
	while (*n < (size_t)o->nwords && is_file(o->words[*n])) {
		(*files)[*n] = o->words[*n];
		++*n;
	}
	if (*n < (size_t)o->nwords && ends_with(o->words[*n], ".reel"))
		return fail("%s: there is no such file", o->words[*n]);
	opts_drop_words(o, 0, (int)*n);
	if (!*n)
		return fail("which files? usage: sysreel merge FILE... -w OUT");
	if (!o->write_file)
		return fail("where to? usage: sysreel merge FILE... -w OUT");
	if (is_scap_name(o->write_file))
		return fail("%s: what is merged is a .reel; sysreel convert makes a .scap of it",
			    o->write_file);
	return 0;
}

/* A file that is written must not be one of those that are read. */
static int check_files(const struct opts *o, const char *const *files, size_t n)
{
	struct stat in, out;

	if (stat(o->write_file, &out) < 0 || !S_ISREG(out.st_mode))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (stat(files[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return fail("%s: is one of the files that are read; write to another one",
				    o->write_file);
	return 0;
}

static void on_damage(struct sr_engine *e, const struct sr_err *err, void *arg)
{
	(void)e;
	(void)arg;
	if (err->pos != SR_NO_POS)
		say("a block does not decode, at byte %" PRIu64 ": %s", err->pos, err->msg);
	else
		say("a block does not decode: %s", err->msg);
}

static bool on_progress(struct sr_engine *e, void *arg)
{
	struct merging *m = arg;

	(void)e;
	tell_damage(m->source, "merge", &m->damages_told);
	return false;
}

static void tell_summary(const struct merging *m, const struct opts *o, size_t files)
{
	char a[HUMAN_LEN], b[HUMAN_LEN], c[HUMAN_LEN];
	struct sr_buf written = { 0 };
	struct sr_sink_reel_stats st;
	uint32_t hosts = sr_meta_hosts(m->source->meta);

	if (o->quiet)
		return;
	sr_sink_reel_stats(m->out.write, &st);
	files_tell(&st, &written);
	say("%s: %s event%s of %s file%s and %" PRIu32 " host%s, %s%s", o->write_file,
	    human_count(st.events, a), plural(st.events), human_count(files, b), plural(files),
	    hosts, plural(hosts), human_bytes(st.bytes, c), sr_buf_cstr(&written));
	sr_buf_free(&written);
	if (!sr_source_complete(m->source))
		say("%s: not all of the files are complete; `sysreel verify` tells about each",
		    o->write_file);
}

static int run(struct merging *m, struct opts *o, const char *const *files, size_t n,
	       struct sr_meta *meta)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_engine e;
	int rc = sr_source_merge_open(&m->source, files, n, meta, &err);

	if (rc < 0)
		return fail_rc(NULL, rc, &err);
	m->out.rotation.inputs = files;
	m->out.rotation.ninputs = n;
	rc = output_open(&m->out, o, m->source);
	if (rc)
		return rc;
	output_engine(&m->out, o, m->source, &e);
	e.progress = on_progress;
	e.damage = on_damage;
	e.progress_arg = m;
	rc = sr_engine_run(&e, &err);
	tell_damage(m->source, "merge", &m->damages_told);
	if (rc < 0)
		return fail_rc(e.broken ? o->write_file : NULL, rc, &err);
	tell_summary(m, o, n);
	return e.matched ? EXIT_OK : EXIT_NOTHING;
}

int cmd_merge(struct opts *o)
{
	struct merging m = { .out.write_fd = -1 };
	struct sr_meta *meta = NULL;
	const char **files = NULL;
	size_t n;
	int rc = take_files(o, &files, &n);

	if (rc == 0)
		rc = check_files(o, files, n);
	if (rc == 0)
		rc = output_parse(&m.out, o, NULL);
	if (rc == 0 && sr_meta_new(&meta) < 0)
		rc = fail("out of memory");
	if (rc == 0)
		rc = run(&m, o, files, n, meta);
	output_close(&m.out);
	if (m.source)
		m.source->ops->close(m.source);
	sr_meta_free(meta);
	free(files);
	return rc;
}
