/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and attaches the programs. Nearly all of the time goes into the kernel's verifier, which
 * looks at one program after the other: so they are dealt out to several objects, which threads
 * load at the same time. All of them work on the same maps, made before. */
#include "driver-bpf/driver_impl.h"
#include "driver-bpf/driver_optional.h"
#include "driver-bpf/load_error.h"
#include "driver-bpf/sysreel_raw.skel.h"
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
#include <unistd.h>

static int quiet_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char msg[1024];
	int n = vsnprintf(msg, sizeof(msg), fmt, ap);

	(void)level; /* whatever it is, it explains a failure or nothing */

	while (n > 0 && n < (int)sizeof(msg) && msg[n - 1] == '\n')
		msg[--n] = '\0';
	sr_load_error_note(msg);
	sr_log(SR_LOG_DEBUG, "%s", msg);
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

/* ---- the kernel's types ---- */

struct types {
	const char *path; /* NULL: the kernel's own */
	struct btf *btf;  /* NULL, and rc 0: the kernel has none; loading will say so */
	struct sr_err err;
	int rc;
};

static void *read_types(void *arg)
{
	struct types *t = arg;
	int rc;

	t->btf = t->path ? btf__parse(t->path, NULL) : btf__load_vmlinux_btf();
	rc = -errno;
	if (t->btf || !t->path)
		return NULL;
	if (access(t->path, R_OK) == 0)
		t->rc = sr_err_set(&t->err, -EINVAL, SR_NO_POS,
				   "%s holds no type information of a kernel: give a copy of "
				   "/sys/kernel/btf/vmlinux, or a vmlinux with it",
				   t->path);
	else
		t->rc = sr_err_set(&t->err, rc, SR_NO_POS, "type information from %s: %s", t->path,
				   strerror(-rc));
	return NULL;
}

/* ---- objects ---- */

/* Which of the two objects fits the kernel. */
static bool wants_raw(const struct sr_driver_opts *o)
{
	if (o->hook != SR_HOOK_BEST)
		return o->hook == SR_HOOK_RAW_TP;
	return o->btf && access("/sys/kernel/btf/vmlinux", R_OK) != 0;
}

/* As the skeleton's own open(), with the object that was chosen: both are made of the same
 * sources, so one skeleton fits both. */
static int open_object(struct sysreel_bpf **out, const struct sr_driver_opts *o, bool raw)
{
	LIBBPF_OPTS(bpf_object_open_opts, oo, .btf_custom_path = o->btf);
	struct sysreel_bpf *s = calloc(1, sizeof(*s));
	int rc = s ? sysreel_bpf__create_skeleton(s) : -ENOMEM;

	if (!rc && raw)
		s->skeleton->data = (void *)sysreel_raw_bpf__elf_bytes(&s->skeleton->data_sz);
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

/* One object for each CPU that we may run on. */
static int open_parts(struct sr_driver *d, const struct sr_driver_opts *o)
{
	cpu_set_t cpus;
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
	int rc = 0;

	free_parts(d);
	n = n > SR_DRIVER_PARTS ? SR_DRIVER_PARTS : n;
	while (rc == 0 && d->nparts < (unsigned int)n) {
		d->parts[d->nparts] = (struct sr_driver_part){ 0 };
		rc = open_object(&d->parts[d->nparts].skel, o, d->raw);
		d->nparts += rc == 0;
	}
	if (rc == 0)
		d->skel = d->parts[0].skel;
	return rc;
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

/* ---- who loads what ---- */

/* Programs that take the verifier longest, and how long, in ms; the others take some USUAL_COST.
 * The longest are dealt out first: then it does not matter much that the figures are of one
 * machine and of one day. */
static const struct {
	const char *name;
	unsigned int cost;
} heavy[] = {
	{ "sr_sys_exit", 54 },	    { "sr_uring_complete", 28 }, { "sr_sys_enter", 24 },
	{ "sr_uring_submit", 24 },  { "sr_uring_sqe", 24 },	 { "sr_exit_call", 16 },
	{ "sr_iter_inflight", 14 },
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
			return sr_load_error_explain(d->parts[k].rc, d->parts[k].note, err);
	return 0;
}

/* What does not hang on the kernel's types: objects, their configuration, and the maps. */
static int prepare(struct sr_driver *d, const struct sr_driver_opts *o, struct sr_err *err)
{
	int rc;

	sr_load_error_reset();
	rc = open_parts(d, o);
	if (rc)
		return sr_load_error_explain(rc, sr_load_error_last(), err);
	rc = sr_driver_configure(d, o);
	if (rc)
		return rc;
	rc = share_maps(d);
	return rc ? sr_load_error_explain(rc, sr_load_error_last(), err) : 0;
}

/* With @tests the kernel walks the predicate; else it has its types alone. */
static int load(struct sr_driver *d, const struct sr_driver_opts *o, const struct btf *btf,
		bool tests, struct sr_err *err)
{
	struct sr_config *cfg = (struct sr_config *)&d->skel->rodata->cfg;
	int rc;

	cfg->tests = tests;
	if (!sr_driver_has_hook(btf, "io_uring_complete")) /* kernels are built without it, too */
		(void)bpf_program__set_autoload(d->skel->progs.sr_uring_moved, false);
	if (!d->raw)
		sr_driver_optional_choose(d->skel->skeleton, btf, cfg);
	if (o->no_latency)
		(void)bpf_program__set_autoload(d->skel->progs.sr_sys_enter,
						false); /* not loaded yet */
	rc = share_constants(d);
	if (rc)
		return sr_load_error_explain(rc, sr_load_error_last(), err);
	deal_out(d);
	return load_parts(d, err);
}

int sr_driver_load(struct sr_driver *d, const struct sr_driver_opts *o, struct sr_err *err)
{
	struct types types = { .path = o->btf };
	struct job job = { .run = read_types, .arg = &types };
	int rc;

	libbpf_set_print(quiet_print);
	d->raw = wants_raw(o);
	job_begin(&job);
	rc = prepare(d, o, err);
	job_end(&job);
	if (types.rc) {
		if (err)
			*err = types.err;
		return types.rc;
	}
	if (rc == 0)
		rc = load(d, o, types.btf, o->pred != NULL, err);
	if (rc && o->pred) {
		rc = prepare(d, o, err);
		if (rc == 0)
			rc = load(d, o, types.btf, false, err);
		if (rc == 0)
			sr_log(SR_LOG_WARN, "driver: this kernel decides on the types of events "
					    "only; the rest of the filter is decided afterwards");
	}
	btf__free(types.btf);
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
				return sr_load_error_explain(rc, sr_load_error_last(), err);
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
