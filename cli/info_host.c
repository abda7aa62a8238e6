/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/info_host.h"
#include "capture/sink_print.h"
#include "cli/pass.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS	    1000000000u
#define NAMES_SHOWN 20

static void line(struct sr_buf *out, const char *name, const char *text)
{
	sr_buf_printf(out, "%-12s%s\n", name, text);
}

/* Two digits of hours and minutes: +01:00. */
static void put_offset(struct sr_buf *out, int32_t s)
{
	int32_t minutes = abs(s) / 60;

	sr_buf_printf(out, "%c%02d:%02d", s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void put_date(struct sr_buf *out, const struct sr_meta *meta, uint64_t wall, bool utc)
{
	int32_t tz = utc ? 0 : sr_meta_tz_offset(meta);
	time_t s = (time_t)(wall / NS) + tz;
	const char *zone = json_str(sr_meta_host(meta), "tz");
	struct tm tm = { 0 };

	(void)gmtime_r(&s, &tm); /* cannot fail: less than 2^35 seconds */
	sr_buf_printf(out, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	sr_clock_text(wall, tz, out);
	sr_buf_printf(out, " %s", utc || !*zone ? "UTC" : zone);
}

static void put_cmdline(struct sr_buf *out, const cJSON *host)
{
	const cJSON *arg;

	cJSON_ArrayForEach(arg, cJSON_GetObjectItemCaseSensitive(host, "cmdline"))
	{
		const char *s = cJSON_GetStringValue(arg);

		if (out->len)
			sr_buf_putc(out, ' ');
		if (s && *s && !strpbrk(s, " '\"\\$()<>*?;&|"))
			sr_buf_puts(out, s);
		else
			sr_buf_printf(out, "'%s'", s ? s : "");
	}
}

static void put_recorder(struct sr_buf *out, const cJSON *host)
{
	struct sr_buf cmd = { 0 };

	put_cmdline(&cmd, host);
	sr_buf_printf(out, "%-12s%s%s%s", "recorded by", json_str(host, "tool"),
		      cmd.len ? ": " : "", sr_buf_cstr(&cmd));
	if (cJSON_GetObjectItemCaseSensitive(host, "snaplen"))
		sr_buf_printf(out, ", %" PRIu64 " bytes of each buffer", json_u64(host, "snaplen"));
	sr_buf_putc(out, '\n');
	sr_buf_free(&cmd);
	if (*json_str(host, "filter"))
		line(out, "filter", json_str(host, "filter"));
	if (*json_str(host, "cut"))
		line(out, "cut out", json_str(host, "cut"));
	if (!*json_str(host, "recording"))
		return;
	sr_buf_printf(out, "%-12s%s", "recording", json_str(host, "recording"));
	if (cJSON_GetObjectItemCaseSensitive(host, "part"))
		sr_buf_printf(out, ", part %" PRIu64, json_u64(host, "part"));
	sr_buf_putc(out, '\n');
}

/* The three clocks at one moment: what times of events and of processes are turned into dates by.
 */
static void put_clocks(struct sr_buf *out, const struct sr_meta *meta, bool utc)
{
	const cJSON *host = sr_meta_host(meta);
	uint64_t mono = json_u64(host, "mono_ns"), boot = json_u64(host, "boot_ns");
	uint64_t real = json_u64(host, "real_ns");

	if (!real) {
		/* Captures of other tools have times of the wall clock alone. */
		line(out, "clocks",
		     *json_str(host, "kernel") ? "not known: times are since boot"
					       : "the wall clock alone");
		return;
	}
	sr_buf_printf(out, "%-12s", "clocks");
	put_date(out, meta, real, utc);
	sr_buf_puts(out, " (");
	put_offset(out, utc ? 0 : sr_meta_tz_offset(meta));
	sr_buf_printf(
		out, "), monotonic %" PRIu64 ".%09" PRIu64 " s, boot %" PRIu64 ".%09" PRIu64 " s\n",
		mono / NS, mono % NS, boot / NS, boot % NS);
}

/* ---- names ---- */

static int by_id(const void *a, const void *b)
{
	uint64_t x = strtoull((*(const cJSON *const *)a)->string, NULL, 10);
	uint64_t y = strtoull((*(const cJSON *const *)b)->string, NULL, 10);

	return x < y ? -1 : x > y;
}

static void put_names(struct sr_buf *out, const char *title, const cJSON *map)
{
	int n = cJSON_GetArraySize(map), shown = n < NAMES_SHOWN ? n : NAMES_SHOWN, i = 0;
	const cJSON **sorted = n ? calloc((size_t)n, sizeof(*sorted)) : NULL, *item;

	if (!sorted)
		return;
	cJSON_ArrayForEach(item, map) sorted[i++] = item;
	qsort(sorted, (size_t)n, sizeof(*sorted), by_id);
	sr_buf_printf(out, "%-12s", title);
	for (i = 0; i < shown; i++)
		sr_buf_printf(out, "%s%s (%s)", i ? ", " : "", cJSON_GetStringValue(sorted[i]),
			      sorted[i]->string);
	if (shown < n)
		sr_buf_printf(out, " and %d more: info --json has them all", n - shown);
	sr_buf_putc(out, '\n');
	free(sorted);
}

/* The document with all names; NULL if there are none. */
static cJSON *users_of(const struct sr_meta *meta)
{
	struct sr_buf text = { 0 };
	cJSON *doc = NULL;

	if (sr_meta_users_doc(meta, &text) == 0 && text.len)
		doc = cJSON_ParseWithLength((const char *)text.p, text.len);
	sr_buf_free(&text);
	return doc;
}

static void put_users(struct sr_buf *out, const struct sr_meta *meta)
{
	cJSON *doc = users_of(meta);

	put_names(out, "users", cJSON_GetObjectItemCaseSensitive(doc, "users"));
	put_names(out, "groups", cJSON_GetObjectItemCaseSensitive(doc, "groups"));
	cJSON_Delete(doc);
}

/* ---- hosts ---- */

static void put_host(struct sr_buf *out, const struct sr_meta *meta, bool utc)
{
	const cJSON *host = sr_meta_host(meta);
	uint64_t ncpu = json_u64(host, "ncpu");

	if (!host) {
		line(out, "host", "not known: the capture has no host document");
		put_users(out, meta);
		return;
	}
	sr_buf_printf(out, "%-12s%s: ", "host", json_str(host, "hostname"));
	if (*json_str(host, "kernel"))
		sr_buf_printf(out, "Linux %s, %s, ", json_str(host, "kernel"),
			      json_str(host, "machine"));
	sr_buf_printf(out, "%" PRIu64 " CPU%s\n", ncpu, plural(ncpu));
	if (*json_str(host, "boot_id"))
		line(out, "boot id", json_str(host, "boot_id"));
	put_clocks(out, meta, utc);
	put_users(out, meta);
	put_recorder(out, host);
}

void info_hosts(struct sr_buf *out, const struct sr_meta *meta, bool utc)
{
	for (uint32_t i = 0; i < sr_meta_hosts(meta); i++)
		put_host(out, sr_meta_of(meta, i), utc);
}

static cJSON *host_json(const struct sr_meta *meta)
{
	cJSON *users = users_of(meta);
	cJSON *o =
		sr_meta_host(meta) ? cJSON_Duplicate(sr_meta_host(meta), 1) : cJSON_CreateObject();

	for (int i = 0; i < 2; i++) {
		const char *key = i ? "groups" : "users";
		cJSON *map = cJSON_DetachItemFromObjectCaseSensitive(users, key);

		(void)cJSON_AddItemToObject(o, key, map ? map : cJSON_CreateObject());
	}
	cJSON_Delete(users);
	return o;
}

cJSON *info_hosts_json(const struct sr_meta *meta)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < sr_meta_hosts(meta); i++)
		(void)cJSON_AddItemToArray(list, host_json(sr_meta_of(meta, i)));
	return list;
}
