/* SPDX-License-Identifier: Apache-2.0 */
/* User half of the driver: configures the programs from the tables, and says whom they record. */
#include "driver-bpf/driver.h"

#include "driver-bpf/driver_impl.h"
#include "formats/base/clock.h"
#include "formats/base/log.h"
#include "formats/cases.h"
#include "formats/i386.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_BUFFER_MB 8
#define MAX_BUFFER_MB	  1024

/* ---- configuration ---- */

static enum sr_arch native_arch(void)
{
#if defined(__aarch64__)
	return SR_ARCH_AARCH64;
#else
	return SR_ARCH_X86_64;
#endif
}

static uint16_t derived_flags(const struct sr_desc *d)
{
	uint16_t flags = 0;

	for (int i = 0; i < d->nops; i++) {
		switch (d->ops[i].copy) {
		case SR_COPY_FD:
		case SR_COPY_RETFD:
		case SR_COPY_DIRFD:
			flags |= SR_D_FILES;
			break;
		case SR_COPY_PATH:
		case SR_COPY_PATHAT:
			flags |= SR_D_PATHS;
			break;
		default:
			break;
		}
	}
	return flags;
}

/* Where the result is a length, the argument behind the buffer is the buffer's size. */
static void cap_lengths(const struct sr_type *t, struct sr_desc *d)
{
	for (int i = 0; i < d->nops; i++) {
		struct sr_op *op = &d->ops[i];
		unsigned int next = op->arg + 1u, kind;

		if (op->len != SR_LEN_RET || next >= t->nargs)
			continue;
		kind = t->args[next].kind;
		if (kind == SR_KIND_SIZE || kind == SR_KIND_INT || kind == SR_KIND_UINT)
			op->len |= SR_LEN_CAP(next);
	}
}

/* Where the decision about a type begins; @row SR_TYPE_FIRST_X stands for calls without a row. */
static uint16_t start_of(const struct sr_pred *p, int row)
{
	return p ? p->start[row] : SR_PRED_KEEP;
}

static void fill_row(struct sr_desc *d, const struct sr_type *t)
{
	int fd = sr_type_primary_fd(t);

	sr_type_desc(t, d);
	d->flags |= derived_flags(d);
	if (t->category == SR_CAT_IO_READ || t->category == SR_CAT_IO_WRITE)
		d->flags |= SR_D_DATA;
	cap_lengths(t, d);
	for (int i = 0; i < d->nops; i++)
		if (d->ops[i].copy == SR_COPY_PAGES)
			d->ops[i].size = (uint32_t)sysconf(_SC_PAGESIZE);
	d->primary = t->ret == SR_RET_FD ? SR_PRIMARY_RET : SR_PRIMARY_NONE;
	if (fd >= 0)
		d->primary = (uint8_t)fd;
}

static void set_start(struct sr_desc *d, uint16_t start)
{
	d->pred = start;
	if (start != SR_PRED_DROP)
		d->flags |= SR_D_WANTED;
}

/* Calls of 32-bit programs: as many of their arguments as are laid out as those of 64 bits. Of what
 * a filter asks about them nothing is known. */
static void fill_i386(struct sysreel_bpf *skel, uint16_t start)
{
	struct sr_desc *descs = (struct sr_desc *)skel->rodata->descs;
	uint16_t *flags = (uint16_t *)skel->rodata->flags32;

	for (unsigned int nr = 0; nr <= SR_NR_SYSCALLS; nr++) {
		struct sr_desc *d = &descs[SR_ROW_I386 + nr];

		(void)sr_i386_desc(nr, d);
		d->flags |= derived_flags(d) | SR_D_FOREIGN;
		d->primary = SR_PRIMARY_NONE;
		set_start(d, start);
		if (nr < SR_NR_SYSCALLS)
			flags[nr] = d->flags & (SR_D_RENAME | SR_D_IDENT);
		if (d->flags & SR_D_EXEC)
			descs[nr].flags |= SR_D_EXEC32;
	}
}

static void fill_table(struct sysreel_bpf *skel, const struct sr_pred *p)
{
	struct sr_desc *descs = (struct sr_desc *)skel->rodata->descs;

	for (int i = 0; i < SR_TYPE_FIRST_X; i++) {
		int nr = sr_types[i].nr[native_arch()];

		if (nr < 0 || nr >= SR_NR_SYSCALLS)
			continue;
		fill_row(&descs[nr], &sr_types[i]);
		set_start(&descs[nr], start_of(p, i));
	}
	/* numbers without a row, and other ABIs: raw arguments */
	for (int nr = 0; nr <= SR_NR_SYSCALLS; nr++) {
		if (nr < SR_NR_SYSCALLS && sr_type_by_nr(native_arch(), (unsigned int)nr))
			continue;
		descs[nr].nargs = 6;
		descs[nr].primary = SR_PRIMARY_NONE;
		descs[nr].flags = SR_D_FOREIGN;
		set_start(&descs[nr], start_of(p, SR_TYPE_FIRST_X));
	}
	fill_i386(skel, start_of(p, SR_TYPE_FIRST_X));
	descs[SR_NR_SYSCALLS].flags |= SR_D_IDENT; /* whatever it is, x32's setuid() perhaps */
	for (int op = 0; op < SR_NR_URING; op++) {
		struct sr_desc *d = &descs[SR_NR_SYSCALLS + 1 + op];
		const struct sr_type *t = sr_type_by_xevent((unsigned int)(SR_X_URING_nop + op));

		fill_row(d, t);
		set_start(d, start_of(p, sr_type_id(t)));
	}
	for (unsigned int x = 0; x < SR_X_URING_nop; x++)
		if (start_of(p, sr_type_id(sr_type_by_xevent(x))) != SR_PRED_DROP)
			skel->rodata->cfg.xwanted |= 1u << x;
	/* calls that lead to an event are let in for it */
	for (int nr = 0; nr < SR_NR_ROWS; nr++) {
		if (!descs[nr].nops && !(descs[nr].flags & SR_D_FOREIGN))
			descs[nr].flags |= SR_D_PLAIN;
		if (!(skel->rodata->cfg.xwanted >> descs[nr].more & 1))
			descs[nr].flags &= (uint16_t)~SR_D_BEFORE;
		else if (descs[nr].flags & SR_D_BEFORE && descs[nr].more != SR_X_EXEC)
			set_start(&descs[nr], SR_PRED_KEEP);
	}
}

static int fill_tests(struct sysreel_bpf *skel, const struct sr_pred *p)
{
	if (!p)
		return 0;
	if (p->ntests > SR_PRED_TESTS || p->npaths > SR_PRED_PATHS)
		return -EINVAL;
	memcpy((void *)skel->rodata->tests, p->tests, p->ntests * sizeof(*p->tests));
	memcpy((void *)skel->rodata->pred_paths, p->paths, p->npaths * sizeof(*p->paths));
	return 0;
}

/* The number of the cgroup v1 hierarchy of controller @name, 0 if it has none. Lines of
 * /proc/self/cgroup are "number:controller,controller:path"; number 0 is v2. */
static uint32_t v1_hierarchy(FILE *f, const char *name)
{
	char line[4608], *list, *end, *save;

	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		list = strchr(line, ':');
		end = list ? strchr(list + 1, ':') : NULL;
		if (!end)
			continue;
		*end = '\0';
		for (char *s = strtok_r(list + 1, ",", &save); s; s = strtok_r(NULL, ",", &save))
			if (!strcmp(s, name))
				return (uint32_t)strtoul(line, NULL, 10);
	}
	return 0;
}

/* 2: a target lies in @hierarchy; 1: none of the targets is of cgroup v1; 0: others are. */
static int serves_targets(const struct sr_driver_opts *o, uint32_t hierarchy)
{
	int fit = 1;

	for (size_t i = 0; i < o->ncgroups; i++) {
		if (o->cgroups[i].hierarchy == hierarchy)
			return 2;
		if (o->cgroups[i].hierarchy)
			fit = 0;
	}
	return fit;
}

/* Which hierarchy of cgroup v1 is looked at: the first that a target lies in, or without such
 * targets the first there is. Return enum sr_v1_subsys. */
static int32_t v1_subsys(const struct sr_driver_opts *o, uint32_t *number)
{
	static const char *const names[] = {
#define X(name, id) #name,
		SR_V1_CONTROLLERS(X)
#undef X
	};
	FILE *f = fopen("/proc/self/cgroup", "re");
	const size_t n = sizeof(names) / sizeof(names[0]);
	int32_t found = SR_V1_NONE;

	*number = 0;
	if (!f)
		return SR_V1_NONE;
	for (size_t k = 0; k <= n && found == SR_V1_NONE; k++) {
		size_t i = k ? k - 1 : SR_V1_freezer - 1; /* first the one that can hold up */
		uint32_t hierarchy = k || o->lossless ? v1_hierarchy(f, names[i]) : 0;

		if (!hierarchy || !serves_targets(o, hierarchy))
			continue;
		found = (int32_t)i + 1;
		*number = hierarchy;
	}
	(void)fclose(f); /* only read from */
	return found;
}

/* A target that no task can be found in would silently record nothing. */
static int check_targets(const struct sr_driver_opts *o, struct sr_err *err)
{
	bool v2 = false, v1 = false;
	uint32_t number;

	for (size_t i = 0; i < o->ncgroups; i++) {
		v2 |= !o->cgroups[i].hierarchy;
		v1 |= o->cgroups[i].hierarchy != 0;
	}
	if (!v1 || v2 || v1_subsys(o, &number) != SR_V1_NONE)
		return 0;
	return sr_err_set(
		err, -EOPNOTSUPP, SR_NO_POS,
		"the cgroup lies in a cgroup v1 hierarchy without a controller; name its "
		"path in cgroup v2 or in a controller's hierarchy (pids, memory, cpu...)");
}

static uint32_t round_up_pow2(uint32_t v)
{
	uint32_t p = 2;

	while (p < v)
		p *= 2;
	return p;
}

int sr_driver_configure(struct sr_driver *d, const struct sr_driver_opts *o)
{
	struct sysreel_bpf *s = d->skel;
	uint32_t mb = o->buffer_mb ? o->buffer_mb : DEFAULT_BUFFER_MB;
	uint32_t logs = d->ncpu + 1, hierarchy;
	int rc = 0;

	d->chunks =
		round_up_pow2((mb > MAX_BUFFER_MB ? MAX_BUFFER_MB : mb) * (1u << 20) / SR_CHUNK);
	s->rodata->cfg.ncpu = d->ncpu;
	s->rodata->cfg.chunks = d->chunks;
	s->rodata->cfg.scarce = d->chunks / 2;
	s->rodata->cfg.reserve = SR_CHUNK_USABLE * d->chunks / 8;
	s->rodata->cfg.snaplen = o->snaplen > SR_SNAPLEN_MAX ? SR_SNAPLEN_MAX : o->snaplen;
	s->rodata->cfg.self = (uint32_t)getpid();
	s->rodata->cfg.all = o->all;
	s->rodata->cfg.has_pids = o->npids > 0;
	s->rodata->cfg.has_cgroups = o->ncgroups || o->follow || o->changing;
	s->rodata->cfg.v1_subsys = v1_subsys(o, &hierarchy);
	s->rodata->cfg.v1_hierarchy = hierarchy;
	s->rodata->cfg.follow = o->follow;
	d->v1_hierarchy = hierarchy;
	s->rodata->cfg.env = !o->no_env;
	s->rodata->cfg.lossless = o->lossless;
	s->rodata->cfg.no_latency = o->no_latency;
	s->bss->live.gen = 1;
	s->bss->live.seen = 1;
	s->bss->live.held = o->lossless;
	s->bss->live.paused = SR_PAUSED; /* until the targets are in their maps */
	fill_table(s, o->pred);
	rc |= fill_tests(s, o->pred);
	rc |= bpf_map__set_max_entries(s->maps.pred_facts, logs);
	rc |= bpf_map__set_max_entries(s->maps.logs, logs * d->chunks);
	rc |= bpf_map__set_max_entries(s->maps.ctls, logs);
	rc |= bpf_map__set_max_entries(s->maps.ledgers, logs * SR_LEDGER);
	rc |= bpf_map__set_max_entries(s->maps.calls, SR_CALLS + logs);
	rc |= bpf_map__set_max_entries(s->maps.thread_slots, logs * SR_THREAD_SLOTS);
	rc |= bpf_map__set_max_entries(s->maps.file_slots, logs * SR_FILE_SLOTS);
	rc |= bpf_map__set_max_entries(s->maps.cgroup_slots, logs * SR_CGROUP_SLOTS);
	rc |= bpf_map__set_max_entries(s->maps.uring_work, logs);
	return rc ? -EINVAL : 0;
}

static int set_case(struct sr_driver *d, const struct sr_case *c, unsigned int row, struct sr_op op)
{
	uint64_t key = (uint64_t)c->value << 32 | (uint64_t)c->arg << 16 | row;

	return bpf_map_update_elem(bpf_map__fd(d->skel->maps.cases), &key, &op, 0) ? -errno : 0;
}

/* Arguments whose kind another one decides. */
static int set_cases(struct sr_driver *d)
{
	uint64_t args[6] = { 0 };
	struct sr_op op;
	int rc = 0;

	for (const struct sr_case *c = sr_cases; !rc && c < sr_cases + sr_ncases; c++) {
		int nr = sr_types[c->type].nr[native_arch()];

		if (nr >= 0)
			rc = set_case(d, c, (unsigned int)nr, sr_case_op(c));
	}
	for (unsigned int nr = 0; nr < SR_NR_SYSCALLS && native_arch() == SR_ARCH_X86_64; nr++) {
		const struct sr_type *t = sr_i386_type(nr, args);

		for (const struct sr_case *c = sr_cases; t && !rc && c < sr_cases + sr_ncases; c++)
			if (c->type == sr_type_id(t) && sr_i386_case(nr, c, &op))
				rc = set_case(d, c, SR_ROW_I386 + nr, op);
	}
	return rc;
}

static int set_targets(struct sr_driver *d, const struct sr_driver_opts *o)
{
	uint32_t one = 1;

	for (size_t i = 0; i < o->ncgroups; i++) {
		struct sr_cgroup_key key = { .id = o->cgroups[i].id,
					     .hierarchy = o->cgroups[i].hierarchy };
		uint32_t yes = SR_TARGET_YES;

		if (bpf_map_update_elem(bpf_map__fd(d->skel->maps.target_cgroups), &key, &yes, 0))
			return -errno;
	}
	for (size_t i = 0; i < o->npids; i++) {
		uint32_t pid = (uint32_t)o->pids[i];

		if (bpf_map_update_elem(bpf_map__fd(d->skel->maps.target_pids), &pid, &one, 0))
			return -errno;
	}
	return 0;
}

static int map_logs(struct sr_driver *d, struct sr_err *err)
{
	unsigned int logs = d->ncpu + 1;

	d->log_len = (size_t)logs * d->chunks * SR_CHUNK_STRIDE;
	d->ctl_len = (size_t)logs * sizeof(struct sr_ctl);
	d->ledger_len = (size_t)logs * SR_LEDGER * sizeof(struct sr_ledger);
	d->logs = calloc(logs, sizeof(*d->logs));
	d->lost = calloc(logs, sizeof(*d->lost));
	d->told = calloc((size_t)logs * SR_LEDGER, sizeof(*d->told));
	if (!d->logs || !d->lost || !d->told)
		return -ENOMEM;
	d->log_mem =
		mmap(NULL, d->log_len, PROT_READ, MAP_SHARED, bpf_map__fd(d->skel->maps.logs), 0);
	d->ctl_mem = mmap(NULL, d->ctl_len, PROT_READ | PROT_WRITE, MAP_SHARED,
			  bpf_map__fd(d->skel->maps.ctls), 0);
	d->ledger_mem = mmap(NULL, d->ledger_len, PROT_READ | PROT_WRITE, MAP_SHARED,
			     bpf_map__fd(d->skel->maps.ledgers), 0);
	if (d->log_mem == MAP_FAILED || d->ctl_mem == MAP_FAILED || d->ledger_mem == MAP_FAILED)
		return sr_err_set(err, -errno, SR_NO_POS, "cannot map the driver's logs: %s",
				  strerror(errno));
	for (unsigned int i = 0; i < logs; i++)
		d->logs[i] = (struct sr_log_reader){
			.base = d->log_mem + (size_t)i * d->chunks * SR_CHUNK_STRIDE,
			.ctl = &d->ctl_mem[i],
			.chunks = d->chunks,
			.checked = sr_now_ns(),
		};
	return 0;
}

static int ignore_token(void *ctx, void *data, size_t len)
{
	(void)ctx, (void)data, (void)len; /* the wake-up was the message */
	return 0;
}

int sr_driver_open(struct sr_driver **out, const struct sr_driver_opts *opts, struct sr_err *err)
{
	struct sr_driver *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return -ENOMEM;
	d->ncpu = (unsigned int)libbpf_num_possible_cpus();
	rc = check_targets(opts, err);
	if (!rc)
		rc = sr_driver_load(d, opts, err);
	if (rc)
		goto fail;
	rc = set_targets(d, opts);
	if (!rc)
		rc = set_cases(d);
	if (rc) {
		(void)sr_err_set(err, rc, SR_NO_POS, "cannot set what to record: %s",
				 strerror(-rc));
		goto fail;
	}
	rc = map_logs(d, err);
	if (rc)
		goto fail;
	d->wakeups = ring_buffer__new(bpf_map__fd(d->skel->maps.wakeups), ignore_token, NULL, NULL);
	d->scarcity =
		ring_buffer__new(bpf_map__fd(d->skel->maps.scarcity), ignore_token, NULL, NULL);
	if (!d->wakeups || !d->scarcity) {
		rc = sr_err_set(err, -errno, SR_NO_POS, "cannot watch the driver's logs: %s",
				strerror(errno));
		goto fail;
	}
	if (d->raw)
		sr_log(SR_LOG_WARN,
		       "driver: on raw tracepoints: slower, and what existed before "
		       "recording began, and calls in flight when it ends, are not told");
	rc = sr_driver_attach(d, err);
	if (rc)
		goto fail;
	/* not before: a call whose beginning is seen must be seen to end */
	d->skel->bss->live.paused = SR_RUNNING;
	*out = d;
	return 0;

fail:
	sr_driver_free(d);
	return rc;
}

unsigned int sr_driver_ncpu(const struct sr_driver *d)
{
	return d->ncpu;
}

/* ---- targets that come and go ---- */

/* Every thread decides anew whether it is recorded. */
static void targets_changed(struct sr_driver *d)
{
	__atomic_fetch_add(&d->skel->bss->live.gen, 1, __ATOMIC_RELEASE);
	__atomic_fetch_add(&d->skel->bss->live.seen, 1, __ATOMIC_RELEASE);
}

static bool looked_at(const struct sr_driver *d, const struct sr_driver_cgroup *c)
{
	return !c->hierarchy || c->hierarchy == d->v1_hierarchy;
}

int sr_driver_targets_add(struct sr_driver *d, const struct sr_driver_cgroup *c, size_t n,
			  enum sr_driver_say what, bool known)
{
	static const uint32_t targets[] = { SR_TARGET_YES, SR_TARGET_MAYBE, SR_TARGET_NO };
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		struct sr_cgroup_key key = { .id = c[i].id, .hierarchy = c[i].hierarchy };

		if (looked_at(d, &c[i]) &&
		    bpf_map_update_elem(bpf_map__fd(d->skel->maps.target_cgroups), &key,
					&targets[what], known ? BPF_EXIST : BPF_ANY) &&
		    errno != ENOENT)
			rc = -ENOSPC;
	}
	targets_changed(d);
	return rc;
}

void sr_driver_targets_remove(struct sr_driver *d, const struct sr_driver_cgroup *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sr_cgroup_key key = { .id = c[i].id, .hierarchy = c[i].hierarchy };

		int fd = bpf_map__fd(d->skel->maps.target_cgroups);
		uint32_t target;

		if (bpf_map_lookup_elem(fd, &key, &target) == 0 && target == SR_TARGET_MAYBE)
			(void)bpf_map_delete_elem(fd, &key); /* it may have gone meanwhile */
	}
	targets_changed(d);
}

uint64_t sr_driver_targets_missed(const struct sr_driver *d)
{
	return __atomic_load_n(&d->skel->bss->live.missed_cgroups, __ATOMIC_RELAXED);
}

void sr_driver_answer(struct sr_driver *d, const struct sr_driver_cgroup *c,
		      const struct sr_pred_cgroup *a)
{
	struct sr_cgroup_key key = { .id = c->id, .hierarchy = c->hierarchy };

	/* without room the kernel does not know, and records */
	(void)bpf_map_update_elem(bpf_map__fd(d->skel->maps.cgroup_answers), &key, a, BPF_ANY);
}

void sr_driver_free(struct sr_driver *d)
{
	if (!d)
		return;
	sr_driver_listing_end(d);
	ring_buffer__free(d->wakeups);
	if (d->log_mem && d->log_mem != MAP_FAILED)
		(void)munmap(d->log_mem, d->log_len);
	if (d->ctl_mem && d->ctl_mem != MAP_FAILED)
		(void)munmap(d->ctl_mem, d->ctl_len);
	ring_buffer__free(d->scarcity);
	if (d->ledger_mem && d->ledger_mem != MAP_FAILED)
		(void)munmap(d->ledger_mem, d->ledger_len);
	sr_driver_unload(d);
	free(d->told);
	free(d->lost);
	free(d->logs);
	free(d);
}
