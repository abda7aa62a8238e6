/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/scap_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

int scap_text_set(struct scap_text *t, const void *p, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, p, len);
	copy[len] = '\0';
	free(t->p);
	t->p = copy;
	t->len = (uint32_t)len;
	return 0;
}

int scap_text_copy(struct scap_text *t, const struct scap_text *from)
{
	return scap_text_set(t, from->p, from->len);
}

/* ---- files ---- */

static size_t file_at(const struct scap_files *fs, int64_t fd)
{
	size_t lo = 0, hi = fs->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (fs->v[mid].fd.fd < fd)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct scap_file *file_find(const struct scap_files *fs, int64_t fd)
{
	size_t at = file_at(fs, fd);

	return at < fs->n && fs->v[at].fd.fd == fd ? &fs->v[at] : NULL;
}

/* The entry of @fd, emptied or made; NULL without memory. */
struct scap_file *scap_files_put(struct scap_files *fs, int64_t fd)
{
	size_t at = file_at(fs, fd), cap = fs->cap ? fs->cap * 2 : 16;
	struct scap_file *v;

	if (at < fs->n && fs->v[at].fd.fd == fd) {
		free(fs->v[at].name.p);
	} else {
		if (fs->n == fs->cap) {
			v = reallocarray(fs->v, cap, sizeof(*v));
			if (!v)
				return NULL;
			fs->v = v;
			fs->cap = cap;
		}
		memmove(fs->v + at + 1, fs->v + at, (fs->n - at) * sizeof(*fs->v));
		fs->n++;
	}
	fs->v[at] = (struct scap_file){ .fd.fd = fd };
	fs->changed = true;
	return &fs->v[at];
}

/* Without memory all will be told anew. */
static void note_gone(struct scap_files *fs, int64_t fd)
{
	size_t cap = fs->gone_cap ? fs->gone_cap * 2 : 8;
	int64_t *gone = fs->gone;

	if (!fs->told)
		return;
	if (fs->ngone == fs->gone_cap) {
		gone = reallocarray(gone, cap, sizeof(*gone));
		if (!gone) {
			fs->told = false;
			return;
		}
		fs->gone = gone;
		fs->gone_cap = cap;
	}
	gone[fs->ngone++] = fd;
}

void scap_files_remove(struct scap_files *fs, int64_t fd)
{
	struct scap_file *f = file_find(fs, fd);

	if (!f)
		return;
	note_gone(fs, fd);
	free(f->name.p);
	fs->n--;
	memmove(f, f + 1, (size_t)(fs->v + fs->n - f) * sizeof(*f));
}

static void files_free(struct scap_files *fs)
{
	for (size_t i = 0; i < fs->n; i++)
		free(fs->v[i].name.p);
	free(fs->v);
	free(fs->gone);
	*fs = (struct scap_files){ 0 };
}

int scap_files_copy(struct scap_files *to, const struct scap_files *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct scap_file *f = scap_files_put(to, from->v[i].fd.fd);

		if (!f || scap_text_copy(&f->name, &from->v[i].name) < 0)
			return -ENOMEM;
		f->fd = from->v[i].fd;
		f->role = from->v[i].role;
	}
	return 0;
}

struct scap_files *scap_files_of(struct scap_state *s, struct scap_thread *t)
{
	struct scap_thread *first;

	if (!(t->p.flags & CLONE_FILES_BIT) || t->p.pid == t->p.tid)
		return &t->files;
	first = scap_state_thread(s, t->p.pid);
	return first ? &first->files : &t->files;
}

struct scap_file *scap_state_file(struct scap_state *s, struct scap_thread *t, int64_t fd)
{
	return fd < 0 ? NULL : file_find(scap_files_of(s, t), fd);
}

/* ---- threads ---- */

static struct scap_thread **bucket(struct scap_state *s, int64_t tid)
{
	return &s->buckets[(uint64_t)tid * 0x9e3779b97f4a7c15u >> 52];
}

struct scap_thread *scap_state_thread(struct scap_state *s, int64_t tid)
{
	struct scap_thread *t = *bucket(s, tid);

	while (t && t->p.tid != tid)
		t = t->next;
	return t;
}

static void thread_free(struct scap_thread *t)
{
	struct scap_text *texts[] = { &t->comm, &t->exe, &t->exepath, &t->args,
				      &t->cwd,	&t->env, &t->cgroups };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]->p);
	files_free(&t->files);
	free(t->enter_bytes);
	free(t);
}

void scap_thread_changed(struct scap_state *s, struct scap_thread *t)
{
	t->image = ++s->images;
	s->gen++;
}

static void thread_remove(struct scap_state *s, int64_t tid)
{
	struct scap_thread **at = bucket(s, tid), *t, *first;

	while (*at && (*at)->p.tid != tid)
		at = &(*at)->next;
	t = *at;
	if (!t)
		return;
	if (t->p.pid == tid && t->nchildren) {
		t->ended = true; /* its threads go on */
		return;
	}
	*at = t->next;
	first = t->p.pid == tid ? NULL : scap_state_thread(s, t->p.pid);
	if (first && first->nchildren)
		first->nchildren--;
	if (first && first->ended && !first->nchildren && first->p.pid == first->p.tid)
		thread_remove(s, first->p.tid);
	thread_free(t);
	s->gen++;
}

struct scap_thread *scap_thread_new(struct scap_state *s, const struct sr_scap_proc *p)
{
	struct scap_thread *t, *first;

	thread_remove(s, p->tid);
	t = scap_state_thread(s, p->tid); /* one whose threads live */
	if (t) {
		t->p = *p;
		t->ended = false;
		scap_thread_changed(s, t);
		return t;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->p = *p;
	t->last_id = SCAP_NO_EVENT;
	t->last_fd = -1;
	t->next = *bucket(s, p->tid);
	*bucket(s, p->tid) = t;
	scap_thread_changed(s, t);
	first = p->pid != p->tid ? scap_state_thread(s, p->pid) : NULL;
	if (first)
		first->nchildren++;
	return t;
}

struct scap_thread *scap_state_need(struct scap_state *s, int64_t tid)
{
	struct scap_thread *t = scap_state_thread(s, tid);
	struct sr_scap_proc p = { .tid = tid,
				  .pid = tid,
				  .ptid = -1,
				  .sid = -1,
				  .vtid = -1,
				  .vpid = -1,
				  .vpgid = -1,
				  .fdlimit = -1,
				  .pgid = -1,
				  .uid = UINT32_MAX,
				  .gid = UINT32_MAX,
				  .loginuid = UINT32_MAX };

	if (t)
		return t;
	t = scap_thread_new(s, &p);
	if (t)
		t->made_up = true;
	return t;
}

static int set_str(struct scap_text *t, struct sr_str s)
{
	return scap_text_set(t, s.p, s.len);
}

int scap_state_add_proc(struct scap_state *s, const struct sr_scap_proc *p)
{
	struct scap_thread *t = scap_thread_new(s, p);

	if (!t || set_str(&t->comm, p->comm) < 0 || set_str(&t->exe, p->exe) < 0 ||
	    set_str(&t->exepath, p->exepath) < 0 || set_str(&t->args, p->args) < 0 ||
	    set_str(&t->cwd, p->cwd) < 0 || set_str(&t->env, p->env) < 0 ||
	    set_str(&t->cgroups, p->cgroups) < 0)
		return -ENOMEM;
	return 0;
}

int scap_state_add_fd(struct scap_state *s, int64_t tid, const struct sr_scap_fd *fd)
{
	struct scap_thread *t = scap_state_need(s, tid);
	struct sr_str name = fd->name;
	struct scap_file *f;

	if (!t)
		return -ENOMEM;
	/* Names of sockets were copied with the end of their line. */
	if (fd->kind == SR_SCAP_FD_UNIX && fd->name.len && fd->name.p[fd->name.len - 1] == '\n')
		name.len--;
	f = scap_files_put(&t->files, fd->fd);
	if (!f || set_str(&f->name, name) < 0)
		return -ENOMEM;
	f->fd = *fd;
	return 0;
}

int scap_state_add_interface(struct scap_state *s, const struct sr_scap_interface *i)
{
	uint8_t(*local)[16] = reallocarray(s->local, s->nlocal + 1, sizeof(*local));
	bool *v6;

	if (!local)
		return -ENOMEM;
	s->local = local;
	v6 = reallocarray(s->local_v6, s->nlocal + 1, sizeof(*v6));
	if (!v6)
		return -ENOMEM;
	s->local_v6 = v6;
	memcpy(local[s->nlocal], i->addr, 16);
	v6[s->nlocal++] = i->v6;
	return 0;
}

bool scap_state_is_local(const struct scap_state *s, const uint8_t *addr, bool v6)
{
	static const uint8_t zero[16], loop6[16] = { [15] = 1 };

	if (v6 && memcmp(addr, zero, 16) == 0)
		return true;
	if (v6 ? memcmp(addr, loop6, 16) == 0 : addr[0] == 127)
		return true;
	for (size_t i = 0; i < s->nlocal; i++)
		if (s->local_v6[i] == v6 && memcmp(s->local[i], addr, v6 ? 16 : 4) == 0)
			return true;
	return false;
}

void scap_state_clear(struct scap_state *s)
{
	for (size_t i = 0; i < SCAP_BUCKETS; i++) {
		while (s->buckets[i]) {
			struct scap_thread *t = s->buckets[i];

			s->buckets[i] = t->next;
			thread_free(t);
		}
	}
	free(s->local);
	free(s->local_v6);
	s->local = NULL;
	s->local_v6 = NULL;
	s->nlocal = 0;
	s->to_remove = -1;
	s->gen++;
}

void scap_state_block(struct scap_state *s)
{
	sr_arena_reset(&s->arena);
	s->gen++;
}

void scap_state_before(struct scap_state *s)
{
	if (s->to_remove >= 0)
		thread_remove(s, s->to_remove);
	s->to_remove = -1;
}

/* The ports that servers listen on. */
static void find_ports(const struct scap_state *s, uint64_t ports[65536 / 64])
{
	for (size_t i = 0; i < SCAP_BUCKETS; i++)
		for (const struct scap_thread *t = s->buckets[i]; t; t = t->next)
			for (size_t k = 0; k < t->files.n; k++) {
				const struct sr_scap_fd *f = &t->files.v[k].fd;

				if (f->kind == SR_SCAP_FD_IPV4_SERVER ||
				    f->kind == SR_SCAP_FD_IPV6_SERVER)
					ports[f->sport / 64] |= 1ull << f->sport % 64;
			}
}

/* A list has our end first; whose port is listened on is the server, who comes second. */
static void set_role(struct scap_file *f, const uint64_t ports[65536 / 64])
{
	struct sr_scap_fd was = f->fd;

	if (was.kind == SR_SCAP_FD_IPV4_SERVER || was.kind == SR_SCAP_FD_IPV6_SERVER)
		f->role = SCAP_ROLE_SERVER;
	if (was.kind != SR_SCAP_FD_IPV4)
		return;
	f->role = SCAP_ROLE_CLIENT;
	if (!(ports[was.sport / 64] >> was.sport % 64 & 1))
		return;
	f->role = SCAP_ROLE_SERVER;
	memcpy(f->fd.src, was.dst, sizeof(was.dst));
	memcpy(f->fd.dst, was.src, sizeof(was.src));
	f->fd.sport = was.dport;
	f->fd.dport = was.sport;
}

void scap_state_ready(struct scap_state *s)
{
	uint64_t ports[65536 / 64] = { 0 };

	find_ports(s, ports);
	for (size_t i = 0; i < SCAP_BUCKETS; i++)
		for (struct scap_thread *t = s->buckets[i]; t; t = t->next)
			for (size_t k = 0; k < t->files.n; k++)
				set_role(&t->files.v[k], ports);
}

/* ---- a call begins ---- */

/* A call uses a file that nothing is known of: from now on it is known to exist. */
static int use_file(struct scap_state *s, struct scap_thread *t, int64_t fd)
{
	t->last_fd = fd;
	if (fd < 0 || fd > INT32_MAX || scap_state_file(s, t, fd))
		return 0;
	return scap_files_put(scap_files_of(s, t), fd) ? 0 : -ENOMEM;
}

int scap_state_begin(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	size_t need = 0, at = 0;
	int64_t fd;

	for (unsigned int i = 0; i < e->n; i++)
		need += e->params[i].len;
	if (need > t->enter_cap) {
		uint8_t *p = realloc(t->enter_bytes, need);

		if (!p)
			return -ENOMEM;
		t->enter_bytes = p;
		t->enter_cap = need;
	}
	t->enter = *e;
	for (unsigned int i = 0; i < e->n; i++) {
		struct sr_scap_param *p = &t->enter.params[i];

		if (p->len)
			memcpy(t->enter_bytes + at, p->p, p->len);
		p->p = t->enter_bytes ? t->enter_bytes + at : e->params[i].p;
		at += p->len;
	}
	t->last_id = e->id;
	t->last_fd = -1;
	t->entered = e->time;
	if (e->desc->flags & SR_SCAP_USES_FD && e->desc->params[0].type == SR_SCAP_FD &&
	    sr_scap_number(e, 0, &fd))
		return use_file(s, t, fd);
	return 0;
}

int scap_state_exit(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	int64_t fd;

	if (!(e->id & 1) || !(e->desc->flags & SR_SCAP_USES_FD))
		return 0;
	if (!scap_state_enter(t, e))
		t->last_fd = -1;
	return t->last_fd < 0 && sr_scap_number_of(e, "fd", &fd) ? use_file(s, t, fd) : 0;
}

const struct sr_scap_event *scap_state_enter(const struct scap_thread *t,
					     const struct sr_scap_event *e)
{
	return t && t->last_id == e->id - 1 ? &t->enter : NULL;
}

/* ---- paths ---- */

struct scap_thread *scap_fs_of(struct scap_state *s, struct scap_thread *t)
{
	struct scap_thread *first;

	if (!(t->p.flags & CLONE_FS_BIT) || t->p.pid == t->p.tid)
		return t;
	first = scap_state_thread(s, t->p.pid);
	return first ? first : t;
}

/* Append the parts of a path to the one that starts at @from: no empty and no "." part; ".." takes
 * one away. */
static void append_parts(struct sr_buf *out, size_t from, const char *p, size_t len)
{
	const char *end = p + len, *next;

	for (; p < end; p = next + 1) {
		next = memchr(p, '/', (size_t)(end - p));
		next = next ? next : end;
		if (next == p || (next - p == 1 && *p == '.'))
			continue;
		if (next - p == 2 && p[0] == '.' && p[1] == '.') {
			while (out->len > from && out->p[--out->len] != '/')
				;
			continue;
		}
		sr_buf_putc(out, '/');
		sr_buf_put(out, p, (size_t)(next - p));
	}
}

void scap_state_path(struct scap_state *s, struct scap_thread *t, const struct scap_text *dir,
		     const char *name, size_t len, struct sr_buf *out)
{
	size_t from = out->len;
	const struct scap_text *base = dir ? dir : &scap_fs_of(s, t)->cwd;

	if (!len || name[0] != '/')
		append_parts(out, from, base->p ? base->p : "", base->len);
	append_parts(out, from, name, len);
	if (out->len == from)
		sr_buf_putc(out, '/');
}
