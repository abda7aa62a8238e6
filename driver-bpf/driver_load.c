/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and attaches the programs. Nearly all of the time goes into the kernel's verifier, which
 * looks at one program after the other: so they are dealt out to several objects, which threads
 * load at the same time. All of them work on the same maps, made before. */
#include "driver-bpf/driver_impl.h"
#include "driver-bpf/driver_optional.h"
#include "driver-bpf/load_error.h"
#include "driver-bpf/sysreel_raw.skel.h"
#include "driver-bpf/sysreel_untyped.skel.h"
#include "driver-bpf/types.h"
#include "formats/base/log.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LONGEST 8192 /* bytes of a message that are told */

/* Line by line, and of a long text (what the verifier says) the end: the reason is there. */
static void tell(char *text, size_t len)
{
	char *rest = NULL;

	if (len > LONGEST)
		text += len - LONGEST;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		sr_log(SR_LOG_DEBUG, "%s", line);
}

static int quiet_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *msg = NULL;
	int n = vasprintf(&msg, fmt, ap);

	(void)level; /* whatever it is, it explains a failure or nothing */
	if (n < 0)
		return n;
	sr_load_error_note(msg);
	tell(msg, (size_t)n);
	free(msg);
	return n;
}

/* ---- work beside other work ---- */

struct job {
	void *(*run)(void *arg);
	void *arg;
	pthread_t thread;
	bool apart; /* a thread does it */
};

/* Where no thread can be had it is done at once. Signals are the program's: they must not land on
 * this thread. */
static void job_begin(struct job *j)
{
	sigset_t all, was;

	(void)sigfillset(&all); /* cannot fail, nor can what follows with these arguments */
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	j->apart = pthread_create(&j->thread, NULL, j->run, j->arg) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (!j->apart)
		(void)j->run(j->arg);
}

static void job_end(struct job *j)
{
	if (j->apart)
		(void)pthread_join(j->thread, NULL); /* it is one of ours, and joined once */
}

/* ---- objects ---- */

/* Which of the three objects fits the kernel. */
static bool wants_raw(const struct sr_driver_opts *o)
{
	if (o->hook != SR_HOOK_BEST)
		return o->hook == SR_HOOK_RAW_TP;
	return o->btf && access("/sys/kernel/btf/vmlinux", R_OK) != 0;
}

/* Programs cannot make typed pointers: bpf_rdonly_cast() came with 6.2, and is relied on from 6.3
 * on. An older kernel that was given it later does without. */
static bool lacks_types(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	return uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2 ||
	       major * 1000 + minor < 6003;
}

/* As the skeleton's own open(), with the object that was chosen: all are made of the same sources,
 * so one skeleton fits them. */
static int open_object(struct sysreel_bpf **out, const char *types, bool raw)
{
	LIBBPF_OPTS(bpf_object_open_opts, oo, .btf_custom_path = types);
	struct sysreel_bpf *s = calloc(1, sizeof(*s));
	int rc = s ? sysreel_bpf__create_skeleton(s) : -ENOMEM;

	if (!rc && raw)
		s->skeleton->data = (void *)sysreel_raw_bpf__elf_bytes(&s->skeleton->data_sz);
	else if (!rc && lacks_types())
		s->skeleton->data = (void *)sysreel_untyped_bpf__elf_bytes(&s->skeleton->data_sz);
	if (!rc)
		rc = bpf_object__open_skeleton(s->skeleton, &oo);
	if (!rc && raw) {
		rc |= bpf_program__set_autoload(s->progs.sr_iter_task, false);
		rc |= bpf_program__set_autoload(s->progs.sr_iter_file, false);
		rc |= bpf_program__set_autoload(s->progs.sr_iter_inflight, false);
	}
	if (!rc)
		*out = s;
	else
		sysreel_bpf__destroy(s);
	return rc;
}

static void free_parts(struct sr_driver *d)
{
	for (unsigned int i = 0; i < d->nparts; i++)
		sysreel_bpf__destroy(d->parts[i].skel);
	d->nparts = 0;
	d->skel = NULL;
}

static int open_part(struct sr_driver *d, const char *types)
{
	struct sr_driver_part *p = &d->parts[d->nparts];
	int rc;

	*p = (struct sr_driver_part){ 0 };
	rc = open_object(&p->skel, types, d->raw);
	d->nparts += rc == 0;
	return rc;
}

/* How many objects: one for each CPU that we may run on. */
static unsigned int count_parts(void)
{
	cpu_set_t cpus;
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;

	return n > SR_DRIVER_PARTS ? SR_DRIVER_PARTS : (unsigned int)n;
}

/* ---- maps ---- */

static int make_map(struct bpf_map *m, int btf)
{
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = bpf_map__map_flags(m));
	size_t len = 0;
	const void *init = bpf_map__is_internal(m) ? bpf_map__initial_value(m, &len) : NULL;
	uint32_t zero = 0;
	int fd, rc;

	if (btf >= 0 && bpf_map__btf_value_type_id(m)) {
		o.btf_fd = (uint32_t)btf;
		o.btf_key_type_id = bpf_map__btf_key_type_id(m);
		o.btf_value_type_id = bpf_map__btf_value_type_id(m);
	}
	fd = bpf_map_create(bpf_map__type(m), bpf_map__name(m), bpf_map__key_size(m),
			    bpf_map__value_size(m), bpf_map__max_entries(m), &o);
	if (fd < 0)
		return fd;
	rc = init ? bpf_map_update_elem(fd, &zero, init, BPF_ANY) : 0;
	if (!rc && o.map_flags & BPF_F_RDONLY_PROG)
		rc = bpf_map_freeze(fd);
	if (!rc)
		return fd;
	(void)close(fd); /* nothing was written that counts */
	return rc;
}

/* The objects share what is made of one's definition. */
static int share_map(struct sr_driver *d, int i, int btf)
{
	struct bpf_map *m = *d->skel->skeleton->maps[i].map;
	int fd = make_map(m, btf), rc = fd < 0 ? fd : 0;
	char note[SR_LOAD_NOTE_LEN];

	if (rc) {
		(void)snprintf(note, sizeof(note), "failed to create map '%s'", bpf_map__name(m));
		sr_load_error_note(note);
	}
	for (unsigned int k = 0; rc == 0 && k < d->nparts; k++)
		rc = bpf_map__reuse_fd(*d->parts[k].skel->skeleton->maps[i].map, fd);
	if (fd >= 0)
		(void)close(fd); /* the objects have duplicates */
	return rc;
}

/* All but the read-only data: what is in that is not known yet. */
static int share_maps(struct sr_driver *d)
{
	const struct bpf_object_skeleton *s = d->skel->skeleton;
	uint32_t len;
	const void *types = btf__raw_data(bpf_object__btf(d->skel->obj), &len);
	int btf = types ? bpf_btf_load(types, len, NULL) : -1, rc = 0;

	for (int i = 0; rc == 0 && i < s->map_cnt; i++)
		if (*s->maps[i].map != d->skel->maps.rodata)
			rc = share_map(d, i, btf);
	if (btf >= 0)
		(void)close(btf); /* the maps hold it */
	return rc;
}

static int share_constants(struct sr_driver *d)
{
	const struct bpf_object_skeleton *s = d->skel->skeleton;

	for (int i = 0; i < s->map_cnt; i++)
		if (*s->maps[i].map == d->skel->maps.rodata)
			return share_map(d, i, -1);
	return -ENOENT;
}

/* ---- the kernel's types ---- */

/* What libbpf finds the types in: an extract, in a file without a name. */
struct types {
	struct sr_driver *d;
	const struct sr_driver_opts *o;
	int fd; /* -1: libbpf has to find them by itself */
	char path[32];
	struct btf *btf; /* NULL, and rc 0: the kernel has none; loading will say so */
	struct sr_err err;
	int rc;
};

static void open_types(struct types *t)
{
	t->fd = memfd_create("types", MFD_CLOEXEC);
	(void)snprintf(t->path, sizeof(t->path), "/proc/self/fd/%d", t->fd); /* fits */
	if (t->fd < 0 || access(t->path, R_OK) == 0)
		return;
	(void)close(t->fd); /* there is no /proc */
	t->fd = -1;
}

static void close_types(struct types *t)
{
	btf__free(t->btf);
	if (t->fd >= 0)
		(void)close(t->fd); /* nobody needs what is in it any more */
}

static int read_types(struct types *t)
{
	const char *path = t->o->btf;
	int rc;

	t->btf = path ? btf__parse(path, NULL) : btf__load_vmlinux_btf();
	rc = -errno;
	if (t->btf || !path)
		return 0;
	if (access(path, R_OK) == 0)
		return sr_err_set(&t->err, -EINVAL, SR_NO_POS,
				  "%s holds no type information of a kernel: give a copy of "
				  "/sys/kernel/btf/vmlinux, or a vmlinux with it",
				  path);
	return sr_err_set(&t->err, rc, SR_NO_POS, "type information from %s: %s", path,
			  strerror(-rc));
}

/* Those of the running kernel, whatever file the rest is taken from. */
static void note_ids(struct types *t)
{
	struct sr_config *cfg = (struct sr_config *)&t->d->skel->rodata->cfg;
	struct btf *own = t->o->btf ? btf__load_vmlinux_btf() : t->btf;
	int id;

#define X(name)                                                             \
	id = own ? btf__find_by_name_kind(own, #name, BTF_KIND_STRUCT) : 0; \
	cfg->types.name = id > 0 ? (uint32_t)id : 0;
	SR_TYPED(X)
#undef X
	if (own != t->btf)
		btf__free(own);
}

static int write_extract(struct types *t)
{
	struct btf *extract =
		sr_types_extract(t->btf, bpf_object__btf(t->d->skel->obj), !t->o->btf);
	uint32_t len = 0;
	const void *raw = extract ? btf__raw_data(extract, &len) : NULL;
	int rc = raw && write(t->fd, raw, len) == (ssize_t)len ? 0 : -ENOMEM;

	btf__free(extract);
	return rc ? sr_err_set(&t->err, rc, SR_NO_POS, "no memory for the kernel's types") : 0;
}

/* Which programs there will be, and what they have to know, as the kernel's types say. */
static void choose_programs(struct types *t)
{
	struct sysreel_bpf *s = t->d->skel;
	bool uring = sr_driver_has_hook(t->btf, "io_uring_complete"); /* kernels may be without */

	(void)bpf_program__set_autoload(s->progs.sr_uring_moved, uring); /* not loaded yet */
	(void)bpf_program__set_autoload(s->progs.sr_uring_exit, uring && !t->d->raw);
	(void)bpf_program__set_autoload(s->progs.sr_uring_inflight, uring && !t->d->raw);
	if (!t->d->raw)
		sr_driver_optional_choose(s->skeleton, t->btf, (struct sr_config *)&s->rodata->cfg);
	if (t->o->no_latency)
		(void)bpf_program__set_autoload(s->progs.sr_sys_enter, false); /* not loaded yet */
	note_ids(t);
}

/* Of the first object it touches its programs, and members of the configuration that nobody else
 * does. */
static void *take_types(void *arg)
{
	struct types *t = arg;

	t->rc = read_types(t);
	if (t->rc)
		return NULL;
	if (t->btf && t->fd >= 0)
		t->rc = write_extract(t);
	choose_programs(t);
	return NULL;
}

/* ---- who loads what ---- */

/* Programs that take the verifier longest, and how long, in ms; the others take some USUAL_COST.
 * The longest are dealt out first: then it does not matter much that the figures are of one
 * machine and of one day. */
static const struct {
	const char *name;
	unsigned int cost;
} heavy[] = {
	{ "sr_sys_exit", 40 },	     { "sr_uring_submit", 26 },	  { "sr_uring_submit_sqe", 26 },
	{ "sr_uring_complete", 24 }, { "sr_sys_enter", 18 },	  { "sr_exit_call", 16 },
	{ "sr_uring_inflight", 14 }, { "sr_uring_overflow", 14 }, { "sr_iter_inflight", 13 },
	{ "sr_uring_exit", 10 },
};
#define USUAL_COST 7

/* Program number @i is wanted: the object that has least to do gets it. */
static void deal(struct sr_driver *d, int i, unsigned int cost)
{
	struct sr_driver_part *least = &d->parts[0];

	for (unsigned int k = 1; k < d->nparts; k++)
		if (d->parts[k].cost < least->cost)
			least = &d->parts[k];
	least->cost += cost;
	for (unsigned int k = 0; k < d->nparts; k++)
		(void)bpf_program__set_autoload(*d->parts[k].skel->skeleton->progs[i].prog,
						&d->parts[k] == least); /* not loaded yet */
}

static unsigned int cost_of(const char *name)
{
	for (size_t i = 0; i < sizeof(heavy) / sizeof(heavy[0]); i++)
		if (!strcmp(name, heavy[i].name))
			return heavy[i].cost;
	return USUAL_COST;
}

static void deal_out(struct sr_driver *d)
{
	const struct bpf_object_skeleton *s = d->skel->skeleton;

	for (int i = 0; i < s->prog_cnt; i++)
		for (unsigned int k = 1; k < d->nparts; k++)
			(void)bpf_program__set_autoload(*d->parts[k].skel->skeleton->progs[i].prog,
							false); /* not loaded yet */
	for (int light = 0; light < 2; light++) {
		for (int i = 0; i < s->prog_cnt; i++) {
			unsigned int cost = cost_of(s->progs[i].name);

			if (light == (cost == USUAL_COST) &&
			    bpf_program__autoload(*s->progs[i].prog))
				deal(d, i, cost);
		}
	}
}

static void *load_part(void *arg)
{
	struct sr_driver_part *p = arg;

	sr_load_error_reset();
	p->rc = sysreel_bpf__load(p->skel);
	(void)snprintf(p->note, sizeof(p->note), "%s", sr_load_error_last());
	return NULL;
}

static int load_parts(struct sr_driver *d, struct sr_err *err)
{
	struct job jobs[SR_DRIVER_PARTS];
	unsigned int k;

	for (k = 1; k < d->nparts; k++) {
		jobs[k] = (struct job){ .run = load_part, .arg = &d->parts[k] };
		job_begin(&jobs[k]);
	}
	(void)load_part(&d->parts[0]); /* it leaves its result there */
	for (k = 1; k < d->nparts; k++)
		job_end(&jobs[k]);
	for (k = 0; k < d->nparts; k++)
		if (d->parts[k].rc)
			return sr_load_error_explain(d->parts[k].rc, d->parts[k].note,
						     d->types_given, err);
	return 0;
}

/* Objects, their configuration and the maps. Beside that, once the first object is there, the
 * kernel's types are read. */
static int prepare(struct sr_driver *d, struct types *t, struct sr_err *err)
{
	struct job job = { .run = take_types, .arg = t };
	const char *path = t->fd >= 0 ? t->path : t->o->btf;
	unsigned int parts = count_parts();
	int rc;

	free_parts(d);
	sr_load_error_reset();
	rc = open_part(d, path);
	if (rc)
		return sr_load_error_explain(rc, sr_load_error_last(), d->types_given, err);
	d->skel = d->parts[0].skel;
	job_begin(&job);
	while (rc == 0 && d->nparts < parts)
		rc = open_part(d, path);
	if (rc == 0)
		rc = sr_driver_configure(d, t->o);
	if (rc == 0)
		rc = share_maps(d);
	job_end(&job);
	if (t->rc && err)
		*err = t->err;
	if (t->rc)
		return t->rc;
	return rc ? sr_load_error_explain(rc, sr_load_error_last(), d->types_given, err) : 0;
}

static int load(struct sr_driver *d, struct sr_err *err)
{
	int rc = share_constants(d);

	if (rc)
		return sr_load_error_explain(rc, sr_load_error_last(), d->types_given, err);
	deal_out(d);
	return load_parts(d, err);
}

/* With @tests the kernel walks the predicate; else it has its types alone. */
static int load_with(struct sr_driver *d, const struct sr_driver_opts *o, bool tests,
		     struct sr_err *err)
{
	struct types t = { .d = d, .o = o };
	int rc;

	open_types(&t);
	rc = prepare(d, &t, err);
	if (rc == 0) {
		((struct sr_config *)&d->skel->rodata->cfg)->tests = tests;
		rc = load(d, err);
	}
	close_types(&t);
	return rc;
}

int sr_driver_load(struct sr_driver *d, const struct sr_driver_opts *o, struct sr_err *err)
{
	int rc;

	libbpf_set_print(quiet_print);
	d->raw = wants_raw(o);
	d->types_given = o->btf != NULL;
	rc = load_with(d, o, o->pred != NULL, err);
	if (rc && o->pred) {
		rc = load_with(d, o, false, err);
		if (rc == 0)
			sr_log(SR_LOG_WARN, "driver: this kernel decides on the types of events "
					    "only; the rest of the filter is decided afterwards");
	}
	return rc;
}

void sr_driver_unload(struct sr_driver *d)
{
	free_parts(d);
}

/* ---- programs that are loaded ---- */

/* The object that has program number @i; NULL: it has not been loaded. */
static struct bpf_object_skeleton *owner(const struct sr_driver *d, int i)
{
	for (unsigned int k = 0; k < d->nparts; k++)
		if (bpf_program__autoload(*d->parts[k].skel->skeleton->progs[i].prog))
			return d->parts[k].skel->skeleton;
	return NULL;
}

const struct bpf_program *sr_driver_program(const struct sr_driver *d, const char *name)
{
	const struct bpf_object_skeleton *s = d->skel->skeleton, *has;

	for (int i = 0; i < s->prog_cnt; i++) {
		has = strcmp(s->progs[i].name, name) == 0 ? owner(d, i) : NULL;
		if (has)
			return *has->progs[i].prog;
	}
	return NULL;
}

static int attach(struct sr_driver *d, int i)
{
	struct bpf_object_skeleton *s = owner(d, i);
	struct bpf_program *p = s ? *s->progs[i].prog : NULL;

	if (!p || bpf_program__expected_attach_type(p) == BPF_TRACE_ITER)
		return 0;
	*s->progs[i].link = bpf_program__attach(p);
	return *s->progs[i].link ? 0 : -errno;
}

/* Those that a kernel may do without come last. */
int sr_driver_attach(struct sr_driver *d, struct sr_err *err)
{
	const struct bpf_object_skeleton *s = d->skel->skeleton;
	const struct bpf_program *p;
	int rc;

	sr_load_error_reset();
	for (int optional = 0; optional < 2; optional++) {
		for (int i = 0; i < s->prog_cnt; i++) {
			p = *s->progs[i].prog;
			if (bpf_program__autoattach(p) == optional)
				continue;
			rc = attach(d, i);
			if (rc && optional)
				sr_log(SR_LOG_INFO, "driver: without %s",
				       bpf_program__section_name(p));
			else if (rc)
				return sr_load_error_explain(rc, sr_load_error_last(),
							     d->types_given, err);
		}
	}
	return 0;
}

void sr_driver_detach(struct sr_driver *d)
{
	for (unsigned int k = 0; k < d->nparts; k++)
		sysreel_bpf__detach(d->parts[k].skel);
}

uint64_t sr_driver_missed(const struct sr_driver *d)
{
	const struct bpf_object_skeleton *s = d->skel->skeleton, *has;
	uint64_t missed = 0;

	for (int i = 0; i < s->prog_cnt; i++) {
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);

		has = owner(d, i);
		if (has &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(*has->progs[i].prog), &info, &len))
			missed += info.recursion_misses;
	}
	return missed;
}
