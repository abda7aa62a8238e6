/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/hostdoc.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts); /* cannot fail with these clocks */
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void add_u64(cJSON *doc, const char *name, uint64_t v)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);
	(void)cJSON_AddStringToObject(doc, name, digits); /* checked when printed */
}

/* The clocks, read together: of a few tries the one with the shortest gap counts. */
static void add_clocks(cJSON *doc)
{
	uint64_t best = UINT64_MAX, mono = 0, boot = 0, real = 0;

	for (int i = 0; i < 5; i++) {
		uint64_t m1 = clock_ns(CLOCK_MONOTONIC), b = clock_ns(CLOCK_BOOTTIME);
		uint64_t r = clock_ns(CLOCK_REALTIME), m2 = clock_ns(CLOCK_MONOTONIC);

		if (m2 - m1 >= best)
			continue;
		best = m2 - m1;
		mono = m1 + best / 2;
		boot = b;
		real = r;
	}
	add_u64(doc, "mono_ns", mono);
	add_u64(doc, "boot_ns", boot);
	add_u64(doc, "real_ns", real);
}

static void add_zone(cJSON *doc)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return;
	(void)cJSON_AddStringToObject(doc, "tz", tm.tm_zone ? tm.tm_zone : "UTC");
	(void)cJSON_AddNumberToObject(doc, "tz_offset_s", (double)tm.tm_gmtoff);
}

static void add_line(cJSON *doc, const char *name, const char *path)
{
	char line[256] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return;
	if (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		(void)cJSON_AddStringToObject(doc, name, line);
	}
	(void)fclose(f); /* only read from */
}

/* What tells this recording from all others. */
static void add_recording(cJSON *doc)
{
	char digits[24];
	uint64_t id;

	/* Early at boot: unlikely to be met twice. */
	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id))
		id = clock_ns(CLOCK_REALTIME) * 1000000007u ^ (uint64_t)getpid() << 32;
	(void)snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)id); /* 16 digits */
	(void)cJSON_AddStringToObject(doc, "recording", digits);
}

static cJSON *host_members(void)
{
	cJSON *doc = cJSON_CreateObject();
	struct utsname u;

	if (!doc)
		return NULL;
	(void)cJSON_AddStringToObject(doc, "kind", "host");
	if (!uname(&u)) {
		(void)cJSON_AddStringToObject(doc, "hostname", u.nodename);
		(void)cJSON_AddStringToObject(doc, "kernel", u.release);
		(void)cJSON_AddStringToObject(doc, "kernel_version", u.version);
		(void)cJSON_AddStringToObject(doc, "machine", u.machine);
	}
	add_line(doc, "boot_id", "/proc/sys/kernel/random/boot_id");
	(void)cJSON_AddNumberToObject(doc, "ncpu", (double)sysconf(_SC_NPROCESSORS_ONLN));
	(void)cJSON_AddNumberToObject(doc, "page_size", (double)sysconf(_SC_PAGESIZE));
	(void)cJSON_AddNumberToObject(doc, "hz", (double)sysconf(_SC_CLK_TCK));
	(void)cJSON_AddStringToObject(doc, "tool", "sysreel " SR_VERSION);
	add_recording(doc);
	add_zone(doc);
	add_clocks(doc);
	return doc;
}

static int put_json(struct sr_buf *out, const cJSON *doc)
{
	char *text = cJSON_PrintUnformatted(doc);

	if (!text)
		return -ENOMEM;
	sr_buf_puts(out, text);
	cJSON_free(text);
	return out->oom ? -ENOMEM : 0;
}

int sr_hostdoc(struct sr_buf *out, const char *extra)
{
	cJSON *doc = host_members(), *more = extra ? cJSON_Parse(extra) : NULL, *m;
	int rc = -EINVAL;

	if (!doc)
		return -ENOMEM;
	if (extra && !cJSON_IsObject(more))
		goto out;
	while (more && (m = more->child)) {
		cJSON_DetachItemViaPointer(more, m);
		cJSON_DeleteItemFromObjectCaseSensitive(doc, m->string);
		if (!cJSON_AddItemToObject(doc, m->string, m)) {
			cJSON_Delete(m);
			rc = -ENOMEM;
			goto out;
		}
	}
	rc = put_json(out, doc);
out:
	cJSON_Delete(doc);
	cJSON_Delete(more);
	return rc;
}

void sr_idset_add(struct sr_idset *s, uint32_t id)
{
	if (id == UINT32_MAX)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->ids[i] == id)
			return;
	if (s->n == 65536) /* a recording of so many users does without further names */
		return;
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		uint32_t *p = realloc(s->ids, cap * sizeof(*p));

		if (!p)
			return;
		s->ids = p;
		s->cap = cap;
	}
	s->ids[s->n++] = id;
}

static const char *user_name(uint32_t uid, char *buf, size_t cap)
{
	struct passwd pw, *found = NULL;

	return !getpwuid_r(uid, &pw, buf, cap, &found) && found ? pw.pw_name : NULL;
}

static const char *group_name(uint32_t gid, char *buf, size_t cap)
{
	struct group gr, *found = NULL;

	return !getgrgid_r(gid, &gr, buf, cap, &found) && found ? gr.gr_name : NULL;
}

static void add_names(cJSON *doc, const char *member, struct sr_idset *s,
		      const char *(*name_of)(uint32_t, char *, size_t))
{
	cJSON *names = cJSON_AddObjectToObject(doc, member);
	char key[16], buf[4096];

	for (; s->told < s->n; s->told++) {
		const char *name = name_of(s->ids[s->told], buf, sizeof(buf));

		(void)snprintf(key, sizeof(key), "%u", s->ids[s->told]);
		if (name)
			(void)cJSON_AddStringToObject(names, key, name);
	}
}

int sr_usersdoc(struct sr_buf *out, struct sr_idset *users, struct sr_idset *groups)
{
	cJSON *doc;
	int rc;

	if (users->told == users->n && groups->told == groups->n)
		return 0;
	doc = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(doc, "kind", "users");
	add_names(doc, "users", users, user_name);
	add_names(doc, "groups", groups, group_name);
	rc = put_json(out, doc);
	cJSON_Delete(doc);
	return rc ? 0 : 1;
}
