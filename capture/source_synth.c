/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/source_synth.h"
#include "formats/builder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NTHREADS 3 /* one in each container, one in none */
#define NFILES	 4
#define START_NS 1000000000ull

struct source_synth {
	struct sr_source s;
	struct sr_source_synth_opts o;
	struct sr_builder *builder;
	struct sr_cgroup_def cgroups[4];
	struct sr_thread_def threads[NTHREADS];
	struct sr_file_def files[NFILES];
	uint64_t rng, now;
	uint64_t events, lost;
	uint32_t block; /* made so far */
	bool paused;	/* -EAGAIN was given for the next block */
	bool meta_given;
	atomic_bool stop;
};

static const char doc_web[] =
	"{\"kind\":\"container\",\"id\":\"" SR_SYNTH_ID_V2 "\",\"runtime\":\"docker\","
	"\"state\":\"resolved\",\"name\":\"web\",\"image\":\"httpd:2\"}";

static const char *const cgroup_paths[] = { "/docker/" SR_SYNTH_ID_V2, "/user.slice",
					    "/docker/" SR_SYNTH_ID_V1, "/" };
static const char *const comms[NTHREADS] = { "httpd", "redis-server", "bash" };
static const char *const paths[NFILES] = { "/etc/passwd", "/var/log/access.log", "/tmp/x",
					   "/lib/libc.so.6" };

static struct source_synth *of(struct sr_source *s)
{
	return (struct source_synth *)s;
}

/* xorshift64*: good enough to vary test data, and the same everywhere. */
static uint64_t rnd(struct source_synth *s, uint64_t below)
{
	s->rng ^= s->rng >> 12;
	s->rng ^= s->rng << 25;
	s->rng ^= s->rng >> 27;
	return (s->rng * 0x2545f4914f6cdd1dull >> 16) % below;
}

static struct sr_str str(const char *p)
{
	return (struct sr_str){ p, (uint32_t)strlen(p) };
}

static void define(struct source_synth *s)
{
	for (uint32_t i = 0; i < 4; i++) {
		s->cgroups[i].c = (struct sr_cgroup){ .id = 100 + i, .hierarchy = i >= 2 };
		s->cgroups[i].path = str(cgroup_paths[i]);
	}
	for (uint32_t i = 0; i < NTHREADS; i++) {
		struct sr_thread_def *t = &s->threads[i];

		t->t.id = i + 1;
		t->t.tid = t->t.pid = t->t.vtid = t->t.vpid = 4242 + (int)i;
		t->t.uid = t->t.euid = i ? 1000 : 0;
		t->comm = str(comms[i]);
		t->exepath = str("/usr/bin/prog");
		t->args = (struct sr_str){ "prog\0-x", 8 };
	}
	s->threads[0].cgroup = &s->cgroups[0];
	s->threads[1].cgroup = &s->cgroups[1];
	s->threads[1].cgroup1 = &s->cgroups[2];
	s->threads[2].cgroup = &s->cgroups[3];
	for (uint32_t i = 0; i < NFILES; i++) {
		s->files[i].f = (struct sr_file){ .ino = 7 + i, .kind = SR_FILE_REG };
		s->files[i].path = str(paths[i]);
	}
}

static void set_path(struct sr_event_in *ev, const char *path, struct sr_file_def *file)
{
	for (unsigned int i = 0; i < ev->nargs; i++) {
		enum sr_class cls = sr_kinds[ev->type->args[i].kind].cls;

		ev->args[i].status = cls == SR_CLASS_NUM ? SR_OK : SR_NONE;
		if (cls == SR_CLASS_STR)
			ev->args[i] = (struct sr_arg){ .data = path,
						       .len = (uint32_t)strlen(path),
						       .truelen = (uint32_t)strlen(path) };
		else if (cls == SR_CLASS_FILE && file)
			ev->args[i] = (struct sr_arg){ .val = 3, .file = file };
	}
}

static int add_call(struct source_synth *s)
{
	static const enum sr_type_id ids[] = { SR_SC_openat, SR_SC_read, SR_SC_close,
					       SR_SC_getpid };
	const struct sr_type *type = &sr_types[ids[rnd(s, 4)]];
	uint32_t file = (uint32_t)rnd(s, NFILES);
	struct sr_event_in ev = { .type = type,
				  .time = s->now,
				  .dur = 100 + rnd(s, 100000),
				  .cpu = (uint16_t)rnd(s, 2),
				  .thread = &s->threads[rnd(s, NTHREADS)],
				  .nargs = type->nargs };

	ev.ret = rnd(s, 10) ? (int64_t)rnd(s, 100) : -ENOENT;
	if (type->category == SR_CAT_FILE || type->nargs)
		ev.file = &s->files[file];
	set_path(&ev, paths[file], ev.file);
	return sr_builder_add(s->builder, &ev);
}

static int add_other(struct source_synth *s, enum sr_xevent x)
{
	const struct sr_type *type = sr_type_by_xevent(x);
	struct sr_event_in ev = { .type = type, .time = s->now, .nargs = type->nargs };

	if (x != SR_X_LOST) {
		ev.flags = SR_F_STATE;
		ev.thread = &s->threads[0];
		set_path(&ev, "", NULL);
		return sr_builder_add(s->builder, &ev);
	}
	ev.cpu = 1;
	s->lost += 7;
	for (unsigned int i = 0; i < type->nargs; i++) {
		const char *name = type->args[i].name;

		ev.args[i].val = strcmp(name, "count") == 0  ? 7
				 : strcmp(name, "cpu") == 0  ? 1
				 : strcmp(name, "from") == 0 ? s->now - 500
				 : strcmp(name, "to") == 0   ? s->now
							     : 0;
	}
	return sr_builder_add(s->builder, &ev);
}

static int fail_load(struct sr_block *b, uint32_t need, struct sr_err *err)
{
	(void)b;
	(void)need;
	return sr_err_set(err, -EBADMSG, 4096, "synthetic damage");
}

static int make_block(struct source_synth *s)
{
	uint32_t n = s->o.block_events ? s->o.block_events : 1000;
	int rc = 0;

	sr_builder_reset(s->builder);
	for (uint32_t i = 0; rc == 0 && i < n; i++) {
		s->now += 1 + rnd(s, 2000);
		s->events++;
		if (i == 0 && s->o.state)
			rc = add_other(s, SR_X_PROCESS);
		else if (s->o.lost_every && s->events % s->o.lost_every == 0)
			rc = add_other(s, SR_X_LOST);
		else
			rc = add_call(s);
	}
	return rc;
}

static int source_synth_next(struct sr_source *src, struct sr_block **out, struct sr_err *err)
{
	struct source_synth *s = of(src);
	bool fails = s->o.fail_at && s->block + 1 == s->o.fail_at;
	int rc;

	if (s->block == s->o.blocks || atomic_load(&s->stop))
		return 0;
	if (s->o.pauses && !s->paused) {
		s->paused = true;
		return -EAGAIN;
	}
	s->paused = false;
	s->block++;
	if (fails && !s->o.damaged)
		return sr_err_set(err, s->o.fail_rc, SR_NO_POS, "synthetic failure");
	rc = make_block(s);
	if (rc < 0)
		return rc;
	*out = sr_builder_block(s->builder);
	if (fails) {
		(*out)->have = 0;
		(*out)->load = fail_load;
	}
	return 1;
}

static int source_synth_meta(struct sr_source *src, const char **json, size_t *len)
{
	struct source_synth *s = of(src);

	if (s->meta_given || sr_meta_add(s->s.meta, doc_web, sizeof(doc_web) - 1, NULL) < 0)
		return 0;
	s->meta_given = true;
	*json = doc_web;
	*len = sizeof(doc_web) - 1;
	return 1;
}

static void source_synth_stats(struct sr_source *src, struct sr_source_stats *out)
{
	*out = (struct sr_source_stats){ .events = of(src)->events, .lost = of(src)->lost };
}

static void source_synth_stop(struct sr_source *src)
{
	atomic_store(&of(src)->stop, true);
}

static void source_synth_close(struct sr_source *src)
{
	if (!src)
		return;
	sr_builder_free(of(src)->builder);
	free(src);
}

static const struct sr_source_ops ops = {
	.name = "synth",
	.next = source_synth_next,
	.meta = source_synth_meta,
	.stats = source_synth_stats,
	.stop = source_synth_stop,
	.close = source_synth_close,
};

int sr_source_synth_open(struct sr_source **out, const struct sr_source_synth_opts *opts,
			 struct sr_meta *meta)
{
	struct source_synth *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	s->s.ops = &ops;
	s->s.meta = meta;
	s->o = *opts;
	s->rng = opts->seed * 2 + 1; /* xorshift needs a state that is not 0 */
	s->now = START_NS;
	rc = sr_builder_new(&s->builder);
	if (rc < 0) {
		free(s);
		return rc;
	}
	define(s);
	*out = &s->s;
	return 0;
}
