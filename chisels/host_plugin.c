/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and loading plugins, and refusing with words what does not fit. */
#include "chisels/host_internal.h"
#include "chisels/running.h"

#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX	    ".so"
#define MAX_NAME    64
#define MAX_DESC    65536 /* a larger description is surely garbage */

/* Members of ABI 1 as first released end here. */
#define DESC_SIZE_1 (offsetof(struct sysreel_chisel, fini) + sizeof(void (*)(void *)))

/* ---- checking ---- */

static int refuse(const struct sr_plugin *p, const char *why, struct sr_err *err)
{
	return sr_err_set(err, -ELIBBAD, SR_NO_POS, "chisel %s (%s): %s", p->name, p->path, why);
}

static bool tail_is_zero(const void *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (((const uint8_t *)p)[i])
			return false;
	return true;
}

static bool is_word(const char *s)
{
	if (!s || !*s)
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || *s == '_' || *s == '-'))
			return false;
	return true;
}

static int too_new(const struct sr_plugin *p, struct sr_err *err)
{
	return sr_err_set(err, -EPROTONOSUPPORT, SR_NO_POS,
			  "chisel %s: built for a newer sysreel and needs what this one does not "
			  "have: update sysreel (%s)",
			  p->name, p->path);
}

/* Flags that we do not know mean something that we would not do. */
static bool has_unknown_flags(const struct sysreel_chisel *d)
{
	uint32_t unknown = d->flags & ~(uint32_t)(SYSREEL_MERGEABLE | SYSREEL_RAW);

	for (uint32_t i = 0; i < d->nargs; i++)
		unknown |= d->args[i].flags & ~(uint32_t)SYSREEL_ARG_REQUIRED;
	for (uint32_t i = 0; i < d->nfields; i++)
		unknown |= d->fields[i].flags & ~(uint32_t)SYSREEL_FIELD_OPTIONAL;
	return unknown;
}

static int check_lists(const struct sr_plugin *p, struct sr_err *err)
{
	const struct sysreel_chisel *d = &p->d;

	if (d->nargs > SR_CHISEL_MAX_ARGS || d->nfields > SR_CHISEL_MAX_FIELDS ||
	    (d->nargs && !d->args) || (d->nfields && !d->fields))
		return refuse(p, "its lists of arguments and fields are not well-formed", err);
	if (has_unknown_flags(d))
		return too_new(p, err);
	for (uint32_t i = 0; i < d->nargs; i++) {
		uint8_t type = d->args[i].type;

		if (!is_word(d->args[i].name))
			return refuse(p, "an argument has no proper name", err);
		if (type != SYSREEL_INT && type != SYSREEL_BOOL && type != SYSREEL_DOUBLE &&
		    type != SYSREEL_STR)
			return refuse(p, "an argument is neither INT, BOOL, DOUBLE nor STR", err);
	}
	for (uint32_t i = 0; i < d->nfields; i++)
		if (!d->fields[i].name || d->fields[i].type > SYSREEL_DURATION)
			return refuse(p, "a field has no name or no known type", err);
	return 0;
}

static int check_desc(const struct sr_plugin *p, struct sr_err *err)
{
	const struct sysreel_chisel *d = &p->d;

	if (!is_word(d->name) || !d->category || !d->summary)
		return refuse(p, "it does not say its name, category and summary", err);
	if (strcmp(d->name, p->name) != 0)
		return sr_err_set(err, -ELIBBAD, SR_NO_POS,
				  "%s calls itself %s: a chisel is called as its file, rename it",
				  p->path, d->name);
	if (!d->on_batch && !d->table)
		return refuse(p, "it has neither on_batch nor a table", err);
	return check_lists(p, err);
}

/* Takes in the description, as much of it as both sides know. */
static int read_desc(struct sr_plugin *p, const struct sysreel_chisel *d, struct sr_err *err)
{
	if (!d || d->size < offsetof(struct sysreel_chisel, name) || d->size > MAX_DESC)
		return refuse(p, "it does not describe itself", err);
	if (d->abi != SYSREEL_CHISEL_ABI)
		return sr_err_set(err, -EPROTONOSUPPORT, SR_NO_POS,
				  "chisel %s: built for ABI %u, this sysreel offers %u: rebuild it "
				  "(%s)",
				  p->name, d->abi, SYSREEL_CHISEL_ABI, p->path);
	if (d->size < DESC_SIZE_1)
		return refuse(p, "its description is too short", err);
	if ((d->size > sizeof(p->d) && !tail_is_zero(d, sizeof(p->d), d->size)) ||
	    d->host_size > sizeof(struct sysreel_host))
		return too_new(p, err);
	memcpy(&p->d, d, d->size < sizeof(p->d) ? d->size : sizeof(p->d));
	return check_desc(p, err);
}

/* ---- loading ---- */

void sr_plugin_close(struct sr_plugin *p)
{
	if (p->lib) {
		sr_running_begin(p->name, "unloading");
		dlclose(p->lib);
		sr_running_end();
	}
	free(p->path);
	free(p->name);
	memset(p, 0, sizeof(*p));
}

/* NAME of ".../NAME.so"; malloc'ed. */
static char *name_of_path(const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len;

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len > strlen(SUFFIX) && strcmp(base + len - strlen(SUFFIX), SUFFIX) == 0)
		len -= strlen(SUFFIX);
	return strndup(base, len);
}

/* root must not run what anybody may have put there. */
static int check_safe(const struct sr_plugin *p, struct sr_err *err)
{
	char dir[PATH_MAX];
	struct stat st;
	const char *slash = strrchr(p->path, '/');

	if (geteuid() != 0)
		return 0;
	if (stat(p->path, &st) == 0 && st.st_mode & S_IWOTH)
		return sr_err_set(err, -EPERM, SR_NO_POS,
				  "chisel %s: %s can be written by anybody, and root would run it: "
				  "chmod o-w it",
				  p->name, p->path);
	if ((size_t)(slash ? slash - p->path + 1 : 1) >= sizeof(dir))
		return sr_err_set(err, -ENAMETOOLONG, SR_NO_POS, "%s: too long", p->path);
	memcpy(dir, slash ? p->path : ".", slash ? (size_t)(slash - p->path) + 1 : 1);
	dir[slash ? slash - p->path + 1 : 1] = '\0';
	/* In a folder as /tmp nobody can replace another's file. */
	if (stat(dir, &st) == 0 && st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX))
		return sr_err_set(err, -EPERM, SR_NO_POS,
				  "chisel %s: its folder %s can be written by anybody, and root "
				  "would run what is in it: chmod o-w it",
				  p->name, dir);
	return 0;
}

int sr_plugin_load(struct sr_plugin *p, const char *path, struct sr_err *err)
{
	const struct sysreel_chisel *(*entry)(void);
	int rc;

	memset(p, 0, sizeof(*p));
	p->path = strdup(path);
	p->name = name_of_path(path);
	if (!p->path || !p->name) {
		rc = sr_err_set(err, -ENOMEM, SR_NO_POS, "chisel %s: no memory", path);
		goto fail;
	}
	rc = check_safe(p, err);
	if (rc < 0)
		goto fail;
	sr_running_begin(p->name, "loading"); /* it may have constructors */
	p->lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	sr_running_end();
	if (!p->lib) {
		const char *why = dlerror();

		rc = sr_err_set(err, -ELIBBAD, SR_NO_POS, "chisel %s cannot be loaded: %s", p->name,
				why ? why : path);
		goto fail;
	}
	/* POSIX wants the detour: ISO C has no cast from object to function pointer. */
	*(void **)&entry = dlsym(p->lib, "sysreel_chisel_entry");
	if (!entry) {
		rc = sr_err_set(err, -ELIBBAD, SR_NO_POS,
				"%s is not a chisel: it has no symbol sysreel_chisel_entry "
				"(SYSREEL_CHISEL_EXPORT makes it)",
				path);
		goto fail;
	}
	sr_running_begin(p->name, "description");
	rc = read_desc(p, entry(), err);
	sr_running_end();
	if (rc < 0)
		goto fail;
	return 0;

fail:
	sr_plugin_close(p);
	return rc;
}

/* ---- names ---- */

static char *join(const char *dir, const char *name, const char *suffix)
{
	struct sr_buf b = { 0 };

	sr_buf_printf(&b, "%s/%s%s", dir, name, suffix);
	sr_buf_putc(&b, '\0');
	if (b.oom) {
		sr_buf_free(&b);
		return NULL;
	}
	return (char *)b.p;
}

/* Least number of characters to insert, delete or replace, to get from @a to @b. */
static size_t distance(const char *a, const char *b)
{
	size_t row[MAX_NAME + 1], n = strlen(b);

	if (n > MAX_NAME)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diag = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t up = row[j], best = diag + (a[i - 1] != b[j - 1]);

			best = up + 1 < best ? up + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			diag = up;
			row[j] = best;
		}
	}
	return row[n];
}

/* Length of the chisel's name in a file name; 0 if it is not one. */
static size_t stem_len(const char *file)
{
	size_t len = strlen(file), suffix = strlen(SUFFIX);

	if (len <= suffix || len - suffix > MAX_NAME || strcmp(file + len - suffix, SUFFIX) != 0)
		return 0;
	return len - suffix;
}

/* The name in @dir that is nearest to @name, if nearer than *best. */
static void nearest_in(const char *dir, const char *name, char *out, size_t *best)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		char stem[MAX_NAME + 1] = "";
		size_t len = stem_len(e->d_name), dist;

		if (!len)
			continue;
		memcpy(stem, e->d_name, len);
		dist = distance(name, stem);
		if (dist < *best || (dist == *best && strcmp(stem, out) < 0)) {
			*best = dist;
			memcpy(out, stem, len + 1);
		}
	}
	closedir(d);
}

static int not_found(const char *name, const char *const *dirs, size_t ndirs, struct sr_err *err)
{
	size_t best = strlen(name) / 3 + 2; /* farther names are no help */
	char near[MAX_NAME + 1] = "";

	for (size_t i = 0; i < ndirs; i++)
		nearest_in(dirs[i], name, near, &best);
	if (*near)
		return sr_err_set(err, -ENOENT, SR_NO_POS,
				  "no chisel is called '%s': did you mean '%s'? `sysreel chisels` "
				  "lists them",
				  name, near);
	return sr_err_set(err, -ENOENT, SR_NO_POS,
			  "no chisel is called '%s': `sysreel chisels` lists them", name);
}

int sr_plugin_open(struct sr_plugin *p, const char *name, const char *const *dirs, size_t ndirs,
		   struct sr_err *err)
{
	memset(p, 0, sizeof(*p));
	if (strchr(name, '/')) {
		if (access(name, F_OK) < 0)
			return sr_err_set(err, -errno, SR_NO_POS, "chisel %s: %s", name,
					  strerror(errno));
		return sr_plugin_load(p, name, err);
	}
	for (size_t i = 0; i < ndirs && is_word(name); i++) {
		char *path = join(dirs[i], name, SUFFIX);
		int rc;

		if (!path)
			return sr_err_set(err, -ENOMEM, SR_NO_POS, "chisel %s: no memory", name);
		rc = access(path, F_OK) < 0 ? -ENOENT : sr_plugin_load(p, path, err);
		free(path);
		if (rc != -ENOENT)
			return rc;
	}
	return not_found(name, dirs, ndirs, err);
}

/* ---- the list ---- */

void sr_chisel_list_free(struct sr_chisel_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].path);
		free(l->v[i].category);
		free(l->v[i].summary);
		free(l->v[i].why);
	}
	free(l->v);
	memset(l, 0, sizeof(*l));
}

static bool listed(const struct sr_chisel_list *l, const char *name, size_t len)
{
	for (size_t i = 0; i < l->n; i++)
		if (strlen(l->v[i].name) == len && memcmp(l->v[i].name, name, len) == 0)
			return true;
	return false;
}

static int list_add(struct sr_chisel_list *l, const char *dir, const char *file, size_t len)
{
	struct sr_chisel_info *v = realloc(l->v, (l->n + 1) * sizeof(*v)), *i;
	struct sr_plugin p;
	struct sr_err err;

	if (!v)
		return -ENOMEM;
	l->v = v;
	i = &v[l->n++];
	memset(i, 0, sizeof(*i));
	i->name = strndup(file, len);
	i->path = join(dir, file, "");
	if (!i->name || !i->path)
		return -ENOMEM;
	if (sr_plugin_load(&p, i->path, &err) < 0) {
		i->why = strdup(err.msg);
		i->category = strdup("");
		i->summary = strdup("");
		return i->why && i->category && i->summary ? 0 : -ENOMEM;
	}
	assert(p.d.category && p.d.summary); /* check_desc() saw to that */
	i->category = strdup(p.d.category);
	i->summary = strdup(p.d.summary);
	sr_plugin_close(&p);
	return i->category && i->summary ? 0 : -ENOMEM;
}

static int list_dir(struct sr_chisel_list *l, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int rc = 0;

	if (!d)
		return 0;
	while (rc == 0 && (e = readdir(d))) {
		size_t len = stem_len(e->d_name);

		if (len && !listed(l, e->d_name, len))
			rc = list_add(l, dir, e->d_name, len);
	}
	closedir(d);
	return rc;
}

static int compare_info(const void *pa, const void *pb)
{
	const struct sr_chisel_info *a = pa, *b = pb;
	int c = !!a->why - !!b->why;

	c = c ? c : strcmp(a->category, b->category);
	return c ? c : strcmp(a->name, b->name);
}

int sr_chisel_list_get(struct sr_chisel_list *out, const char *const *dirs, size_t ndirs)
{
	int rc = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < ndirs && rc == 0; i++)
		rc = list_dir(out, dirs[i]);
	if (rc < 0)
		sr_chisel_list_free(out);
	else if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), compare_info);
	return rc;
}
