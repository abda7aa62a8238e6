/* SPDX-License-Identifier: Apache-2.0 */
/* What readers of a .scap file believe of threads and files by now, and the names of containers. */
#include "capture/scap_out.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define FDS_KEPT     4096 /* of a process; what is told of those above is told each time */
#define ID_DIGITS    64	  /* of a container whose name readers find */
#define EV_CONTAINER 324

static struct told_thread **slot(struct scap_out *o, int64_t tid)
{
	struct told_thread **at = &o->threads[(uint64_t)tid * 0x9e3779b97f4a7c15u >> 52];

	while (*at && (*at)->tid != tid)
		at = &(*at)->next;
	return at;
}

struct told_thread *scap_told_of(struct scap_out *o, int64_t tid)
{
	return *slot(o, tid);
}

struct told_thread *scap_tell_of(struct scap_out *o, int64_t tid, int64_t pid)
{
	struct told_thread **at = slot(o, tid);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (*at)
			(*at)->tid = tid;
	}
	if (*at) {
		(*at)->pid = pid;
		(*at)->sid = -1;
	}
	return *at;
}

void scap_forget(struct scap_out *o, int64_t tid)
{
	struct told_thread **at = slot(o, tid), *t = *at;

	if (!t)
		return;
	*at = t->next;
	free(t->files);
	free(t);
}

uint64_t scap_hash_str(struct sr_str s, uint64_t seed)
{
	return XXH3_64bits_withSeed(s.p, s.len, seed);
}

/* What readers can know of a file, as one number; never 0. */
uint64_t scap_hash_file(const struct sr_block *b, const struct sr_file *f)
{
	struct {
		uint8_t laddr[16], raddr[16];
		uint32_t kind, lport, rport, flags;
	} key;

	memset(&key, 0, sizeof(key));
	memcpy(key.laddr, f->laddr, 16);
	memcpy(key.raddr, f->raddr, 16);
	key.kind = f->kind;
	key.lport = f->lport;
	key.rport = f->rport;
	key.flags = f->flags & (SR_FILE_LISTENING | SR_FILE_CONNECTED | SR_FILE_SERVER);
	return scap_hash_str(b->strs[f->path], XXH3_64bits(&key, sizeof(key))) | 1;
}

uint64_t scap_file_told(struct scap_out *o, int64_t pid, int64_t fd)
{
	const struct told_thread *t = scap_told_of(o, pid);

	return t && fd >= 0 && fd < t->nfiles ? t->files[fd] : 0;
}

void scap_set_file_told(struct scap_out *o, int64_t pid, int64_t fd, uint64_t what)
{
	struct told_thread *t = scap_told_of(o, pid);

	if (!t || fd < 0 || fd >= FDS_KEPT)
		return;
	if (fd >= t->nfiles) {
		uint32_t n = fd < 32 ? 64 : (uint32_t)fd * 2;
		uint64_t *p = realloc(t->files, n * sizeof(*p));

		if (!p)
			return; /* it is told again each time */
		memset(p + t->nfiles, 0, (n - t->nfiles) * sizeof(*p));
		t->files = p;
		t->nfiles = n;
	}
	t->files[fd] = what;
}

/* ---- containers ---- */

static int runtime_number(const char *runtime)
{
	static const struct {
		const char *name;
		int number;
	} runtimes[] = { { "docker", 0 },     { "lxc", 1 },   { "cri", 6 },
			 { "containerd", 7 }, { "cri-o", 8 }, { "podman", 10 } };

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
		if (strcmp(runtimes[i].name, runtime) == 0)
			return runtimes[i].number;
	return 0;
}

/* "registry:5000/team/web:1" is repository and tag. */
static void add_image(struct cJSON *c, const char *image)
{
	const char *slash = strrchr(image, '/'), *tag = strrchr(slash ? slash : image, ':');
	char *repo = strndup(image, tag ? (size_t)(tag - image) : strlen(image));

	(void)cJSON_AddStringToObject(c, "image", image);
	(void)cJSON_AddStringToObject(c, "imagerepo", repo ? repo : "");
	(void)cJSON_AddStringToObject(c, "imagetag", tag ? tag + 1 : "");
	free(repo);
}

static char *container_json(const struct sr_container *from)
{
	struct cJSON *doc = cJSON_CreateObject(), *c = cJSON_AddObjectToObject(doc, "container"),
		     *labels;
	const char *hex = strchr(from->image_id, ':');
	char id[13], *text;

	memcpy(id, from->id, 12);
	id[12] = '\0';
	(void)cJSON_AddStringToObject(c, "id", id);
	(void)cJSON_AddNumberToObject(c, "type", runtime_number(from->runtime));
	(void)cJSON_AddStringToObject(c, "name", from->name);
	add_image(c, from->image);
	(void)cJSON_AddStringToObject(c, "imageid", hex ? hex + 1 : from->image_id);
	(void)cJSON_AddStringToObject(c, "imagedigest", "");
	(void)cJSON_AddBoolToObject(c, "privileged", from->privileged == 1);
	(void)cJSON_AddStringToObject(c, "ip", "0.0.0.0");
	(void)cJSON_AddArrayToObject(c, "Mounts");
	(void)cJSON_AddArrayToObject(c, "port_mappings");
	(void)cJSON_AddArrayToObject(c, "env");
	labels = cJSON_AddObjectToObject(c, "labels");
	for (size_t i = 0; i < from->nlabels; i++)
		(void)cJSON_AddStringToObject(labels, from->labels[i].key, from->labels[i].value);
	text = cJSON_PrintUnformatted(doc);
	cJSON_Delete(doc);
	return text;
}

static struct told_container *container_told(struct scap_out *o, const struct sr_container *c)
{
	struct told_container *p;

	for (size_t i = 0; i < o->ncontainers; i++)
		if (o->containers[i].c == c)
			return &o->containers[i];
	p = reallocarray(o->containers, o->ncontainers + 1, sizeof(*p));
	if (!p)
		return NULL;
	o->containers = p;
	p[o->ncontainers] = (struct told_container){ .c = c };
	return &p[o->ncontainers++];
}

int scap_tell_container(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t)
{
	const struct sr_container *c = b->cgroups[t->cgroup].container;
	struct told_container *told;
	int64_t tid = o->tid;
	char *json;
	int rc;

	if (!c || !c->doc || c->state != SR_CT_RESOLVED || strlen(c->id) != ID_DIGITS)
		return 0;
	told = container_told(o, c);
	if (!told)
		return -ENOMEM;
	if (told->doc == c->doc)
		return 0;
	told->doc = c->doc;
	json = container_json(c);
	if (!json)
		return -ENOMEM;
	scap_event_begin(&o->x, EV_CONTAINER);
	scap_event_text(&o->x, (struct sr_str){ json, (uint32_t)strlen(json) });
	cJSON_free(json);
	o->tid = -1;
	rc = scap_write(o, true); /* readers do not show it */
	o->tid = tid;
	return rc;
}
