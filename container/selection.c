/* SPDX-License-Identifier: Apache-2.0 */
#include "container/selection.h"

#include "container/cgroup.h"
#include "formats/strtab.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define MIN_PREFIX 3 /* digits of an id that may stand for it */
/* Containers that are remembered; then all but those that were heard of last are forgotten. */
#define MAX_IDS	   65536u
#define KEEP_IDS   16384u
#define MAX_CHAIN  8 /* containers in containers that are looked at, in all hierarchies */

enum kind {
	KIND_NAME, /* exact, or the beginning of an id */
	KIND_GLOB,
	KIND_LABEL,
	KIND_IMAGE,
	KIND_POD,
};

struct pattern {
	enum kind kind;
	char *text;  /* owned; the others point into it */
	char *key;   /* of a label; namespace of a pod; NULL: any */
	char *value; /* NULL: any */
};

struct patterns {
	struct pattern *p;
	size_t n;
};

struct container {
	enum sr_verdict in, out; /* by --container, by --not-container */
	bool accepted;		 /* stays */
	bool blind;		 /* it was decided without its name, as nobody told it */
	uint64_t heard;		 /* of it last, by the selection's count */
};

struct sr_selection {
	struct patterns in, out;
	struct sr_strtab ids;
	struct container *containers; /* by number in @ids */
	size_t cap;
	uint64_t unnamed;
	uint64_t late;
	uint64_t heard;
};

/* ---- patterns ---- */

bool sr_selection_is_name(const char *pattern)
{
	return !strpbrk(pattern, "*?[:");
}

static char *after(char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* "LEFT SEP RIGHT" in place; without SEP the whole is LEFT. */
static void split(char *text, char sep, char **left, char **right)
{
	char *at = strchr(text, sep);

	*left = text;
	*right = NULL;
	if (at) {
		*at = '\0';
		*right = at + 1;
	}
}

static int parse(struct pattern *p, struct sr_err *err)
{
	char *rest, *first;

	p->value = p->text;
	if ((rest = after(p->text, "label:"))) {
		p->kind = KIND_LABEL;
		split(rest, '=', &p->key, &p->value);
	} else if ((rest = after(p->text, "image:"))) {
		p->kind = KIND_IMAGE;
		p->value = rest;
	} else if ((rest = after(p->text, "pod:"))) {
		p->kind = KIND_POD;
		split(rest, '/', &first, &p->value);
		if (p->value)
			p->key = first;
		else
			p->value = first;
	} else if (strchr(p->text, ':')) {
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "\"%s\": no container is called so; a pattern is NAME, "
				  "label:KEY=VALUE, image:GLOB or pod:NAMESPACE/NAME",
				  p->text);
	} else {
		p->kind = sr_selection_is_name(p->text) ? KIND_NAME : KIND_GLOB;
		rest = p->text;
	}
	return *rest ? 0
		     : sr_err_set(err, -EINVAL, SR_NO_POS, "\"%s\": what should it match?",
				  p->text);
}

static int add_pattern(struct patterns *list, const char *text, struct sr_err *err)
{
	struct pattern *p = reallocarray(list->p, list->n + 1, sizeof(*p));
	struct pattern new = { .text = strdup(text) };
	int rc;

	if (p)
		list->p = p;
	if (!p || !new.text) {
		free(new.text);
		return -ENOMEM;
	}
	rc = parse(&new, err);
	if (rc < 0) {
		free(new.text);
		return rc;
	}
	list->p[list->n++] = new;
	return 0;
}

int sr_selection_include(struct sr_selection *s, const char *pattern, struct sr_err *err)
{
	return add_pattern(&s->in, pattern, err);
}

int sr_selection_exclude(struct sr_selection *s, const char *pattern, struct sr_err *err)
{
	return add_pattern(&s->out, pattern, err);
}

bool sr_selection_includes(const struct sr_selection *s)
{
	return s->in.n > 0;
}

bool sr_selection_excludes(const struct sr_selection *s)
{
	return s->out.n > 0;
}

/* ---- matching ---- */

static const char *str_at(const cJSON *doc, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, key));

	return s ? s : "";
}

static bool globs(const char *glob, const char *text)
{
	return !glob || fnmatch(glob, text, 0) == 0;
}

static bool begins_id(const char *text, const char *id)
{
	size_t n = strlen(text);

	return n >= MIN_PREFIX && strspn(text, "0123456789abcdef") == n &&
	       strncmp(id, text, n) == 0;
}

/* "nginx" means docker.io/library/nginx:1.25 as well: the tag and what is before the last slash
 * count only if the pattern has their like. */
static bool image_matches(const char *glob, const char *image)
{
	const char *last = strrchr(image, '/');
	char *bare = strdup(image), *cut;
	bool yes;

	if (globs(glob, image) || (last && globs(glob, last + 1))) {
		free(bare);
		return true;
	}
	if (!bare)
		return false;
	bare[strcspn(bare, "@")] = '\0';
	cut = strrchr(bare, '/');
	cut = strchr(cut ? cut : bare, ':');
	if (cut)
		*cut = '\0';
	cut = strrchr(bare, '/');
	yes = globs(glob, bare) || (cut && globs(glob, cut + 1));
	free(bare);
	return yes;
}

/* @doc: of a container, or of its pod: in Kubernetes people label pods. */
static bool has_label(const struct pattern *p, const cJSON *doc)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(doc, "labels");
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(labels, p->key));

	return value && globs(p->value, value);
}

/* What Kubernetes calls the container, in labels where Docker runs it. */
static bool pod_matches(const struct pattern *p, const cJSON *doc)
{
	const cJSON *pod = cJSON_GetObjectItemCaseSensitive(doc, "pod");
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(doc, "labels");
	const char *name = str_at(pod, "name"), *ns = str_at(pod, "namespace");

	if (!*name) {
		name = str_at(labels, "io.kubernetes.pod.name");
		ns = str_at(labels, "io.kubernetes.pod.namespace");
	}
	return *name && globs(p->key, ns) && globs(p->value, name);
}

/* @doc: NULL while only the id is known. */
static bool matches(const struct pattern *p, const char *id, const cJSON *doc)
{
	const cJSON *pod = cJSON_GetObjectItemCaseSensitive(doc, "pod");

	switch (p->kind) {
	case KIND_NAME:
		return begins_id(p->value, id) || strcmp(p->value, id) == 0 ||
		       (doc && strcmp(p->value, str_at(doc, "name")) == 0);
	case KIND_GLOB:
		return doc && globs(p->value, str_at(doc, "name"));
	case KIND_LABEL:
		return doc && (has_label(p, doc) || has_label(p, pod));
	case KIND_IMAGE:
		return doc && image_matches(p->value, str_at(doc, "image"));
	case KIND_POD:
		return doc && pod_matches(p, doc);
	}
	return false;
}

static bool any_matches(const struct patterns *list, const char *id, const cJSON *doc)
{
	for (size_t i = 0; i < list->n; i++) {
		if (matches(&list->p[i], id, doc))
			return true;
	}
	return false;
}

/* ---- containers ---- */

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What has a stamp of at least this is among the last KEEP_IDS that were heard of. */
static uint64_t newest(const struct container *all, uint32_t n, uint64_t *stamps)
{
	for (uint32_t i = 0; i < n; i++)
		stamps[i] = all[i].heard;
	qsort(stamps, n, sizeof(*stamps), by_number);
	return n > KEEP_IDS ? stamps[n - KEEP_IDS] : 0;
}

/* Make room for further ids. What comes back is as if it were new. */
static void forget(struct sr_selection *s)
{
	struct sr_strtab old = s->ids;
	struct container *all = s->containers, *kept = calloc(s->cap, sizeof(*kept));
	uint64_t *stamps = calloc(old.n, sizeof(*stamps)), from;

	s->ids = (struct sr_strtab){ 0 };
	if (!kept || !stamps || sr_strtab_reset(&s->ids, MAX_IDS) < 0) {
		sr_strtab_free(&s->ids);
		s->ids = old;
		free(kept);
		free(stamps);
		return;
	}
	from = newest(all, old.n, stamps);
	for (uint32_t i = 1; i < old.n; i++) {
		int64_t to = -1;

		if (all[i].accepted || all[i].heard >= from)
			to = sr_strtab_intern(&s->ids, old.strs[i].p, old.strs[i].len);
		if (to > 0)
			kept[to] = all[i];
	}
	s->containers = kept;
	sr_strtab_free(&old);
	free(stamps);
	free(all);
}

/* Numbers of entries are in use while a question is answered, so room is made before. */
static void make_room(struct sr_selection *s)
{
	if (s->ids.n > MAX_IDS - 2 * MAX_CHAIN)
		forget(s);
}

/* The entry of an id; a new one knows what the id alone says. NULL without memory. */
static struct container *entry(struct sr_selection *s, const char *id)
{
	uint32_t known = s->ids.n;
	int64_t i = sr_strtab_intern(&s->ids, id, strlen(id));

	if (i < 0)
		return NULL;
	if ((size_t)i >= s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct container *p = reallocarray(s->containers, cap, sizeof(*p));

		if (!p)
			return NULL;
		memset(p + s->cap, 0, (cap - s->cap) * sizeof(*p)); /* all pending */
		s->containers = p;
		s->cap = cap;
	}
	if ((uint64_t)i >= known) {
		s->containers[i] = (struct container){ 0 };
		if (any_matches(&s->in, id, NULL))
			s->containers[i].in = SR_VERDICT_YES;
		if (!s->out.n)
			s->containers[i].out = SR_VERDICT_NO;
		else if (any_matches(&s->out, id, NULL))
			s->containers[i].out = SR_VERDICT_YES;
	}
	s->containers[i].heard = ++s->heard;
	return &s->containers[i];
}

int sr_selection_accept(struct sr_selection *s, const char *id)
{
	struct container *c;

	make_room(s);
	c = entry(s, id);
	if (!c)
		return -ENOMEM;
	c->accepted = true;
	c->in = SR_VERDICT_YES;
	return 0;
}

static enum sr_verdict join(enum sr_verdict in, enum sr_verdict out)
{
	if (in == SR_VERDICT_NO || out == SR_VERDICT_YES)
		return SR_VERDICT_NO;
	return in == SR_VERDICT_YES && out == SR_VERDICT_NO ? SR_VERDICT_YES : SR_VERDICT_PENDING;
}

/* One that says yes is enough; no needs all. */
static enum sr_verdict any_of(enum sr_verdict a, enum sr_verdict b)
{
	if (a == SR_VERDICT_YES || b == SR_VERDICT_YES)
		return SR_VERDICT_YES;
	return a == SR_VERDICT_PENDING || b == SR_VERDICT_PENDING ? SR_VERDICT_PENDING
								  : SR_VERDICT_NO;
}

/* The containers that @path lies in, the innermost first, as numbers. */
static size_t chain(struct sr_selection *s, const struct sr_str *path, size_t *out, size_t max)
{
	size_t n = 0, len = path->len;
	struct sr_cgroup_id id;

	while (len && n < max && sr_cgroup_parse(path->p, len, &id)) {
		struct container *c = entry(s, id.id);
		const char *slash;

		if (c && (!n || out[n - 1] != (size_t)(c - s->containers)))
			out[n++] = (size_t)(c - s->containers);
		slash = memrchr(path->p, '/', len);
		len = slash ? (size_t)(slash - path->p) : 0;
	}
	return n;
}

enum sr_verdict sr_selection_verdict(struct sr_selection *s, const struct sr_str *paths, size_t n,
				     bool maybe)
{
	enum sr_verdict in = SR_VERDICT_NO, out = SR_VERDICT_NO;
	size_t c[2 * MAX_CHAIN], nc = 0;

	make_room(s);
	for (size_t i = 0; i < n && i < 2; i++)
		nc += chain(s, &paths[i], c + nc, MAX_CHAIN);
	for (size_t i = 0; i < nc; i++) {
		in = any_of(in, s->containers[c[i]].in);
		out = any_of(out, s->containers[c[i]].out);
	}
	if (!maybe || !s->in.n)
		in = SR_VERDICT_YES;
	/* so that the documents of those inside are wanted, too */
	for (size_t i = 0; in == SR_VERDICT_YES && i < nc; i++)
		s->containers[c[i]].in = SR_VERDICT_YES;
	return join(in, out);
}

/* @doc: NULL: nobody knows more than the id. */
static void decide(struct sr_selection *s, struct container *c, const char *id, const cJSON *doc)
{
	enum sr_verdict before = join(s->in.n ? c->in : SR_VERDICT_YES, c->out);
	bool again = doc && c->blind;

	if (c->in == SR_VERDICT_PENDING || (again && c->in == SR_VERDICT_NO)) {
		s->unnamed += s->in.n && !doc;
		s->unnamed -= s->in.n && again;
		c->in = any_matches(&s->in, id, doc) ? SR_VERDICT_YES : SR_VERDICT_NO;
		c->blind = !doc;
	}
	if (c->out == SR_VERDICT_PENDING || (again && c->out == SR_VERDICT_NO)) {
		c->out = any_matches(&s->out, id, doc) ? SR_VERDICT_YES : SR_VERDICT_NO;
		c->blind = !doc;
	}
	s->late += again && join(s->in.n ? c->in : SR_VERDICT_YES, c->out) != before;
}

enum sr_verdict sr_selection_document(struct sr_selection *s, const char *json, size_t len)
{
	cJSON *doc = cJSON_ParseWithLength(json, len);
	const char *state = str_at(doc, "state"), *id = str_at(doc, "id");
	enum sr_verdict verdict = SR_VERDICT_YES; /* not about a container */
	struct container *c;

	make_room(s);
	c = *id ? entry(s, id) : NULL;
	if (c && strcmp(state, "pending") != 0)
		decide(s, c, id, strcmp(state, "resolved") == 0 ? doc : NULL);
	if (c)
		verdict = join(s->in.n ? c->in : SR_VERDICT_YES, c->out);
	cJSON_Delete(doc);
	return verdict;
}

enum sr_verdict sr_selection_container(struct sr_selection *s, const char *id)
{
	struct container *c;

	make_room(s);
	c = entry(s, id);
	return c ? join(s->in.n ? c->in : SR_VERDICT_YES, c->out) : SR_VERDICT_PENDING;
}

size_t sr_selection_wanted(const struct sr_selection *s)
{
	size_t n = 0;

	for (uint32_t i = 1; i < s->ids.n && i < s->cap; i++)
		n += join(s->containers[i].in, s->containers[i].out) == SR_VERDICT_YES;
	return n;
}

uint64_t sr_selection_late(const struct sr_selection *s)
{
	return s->late;
}

uint64_t sr_selection_unnamed(const struct sr_selection *s)
{
	return s->unnamed;
}

/* ---- beginning and end ---- */

int sr_selection_new(struct sr_selection **out)
{
	struct sr_selection *s = calloc(1, sizeof(*s));

	if (!s || sr_strtab_reset(&s->ids, MAX_IDS) < 0) {
		sr_selection_free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

static void free_patterns(struct patterns *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->p[i].text);
	free(list->p);
}

void sr_selection_free(struct sr_selection *s)
{
	if (!s)
		return;
	free_patterns(&s->in);
	free_patterns(&s->out);
	sr_strtab_free(&s->ids);
	free(s->containers);
	free(s);
}
