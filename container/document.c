/* SPDX-License-Identifier: Apache-2.0 */
/* Makes our container documents of what runtimes say. The words of a runtime are
 * kept whole as "raw", but for the values of environment variables: those are
 * where people put passwords, and captures get passed on. */
#include "container/runtime.h"
#include "formats/redact.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <time.h>

/* ---- redaction ---- */

/* "NAME=value" becomes "NAME=<redacted>". */
static int redact_string(cJSON *item)
{
	const char *eq = strchr(item->valuestring, '=');
	struct sr_buf text = { 0 };
	bool done;

	if (!eq || sr_env_is_harmless(item->valuestring, (size_t)(eq - item->valuestring)))
		return 0;
	sr_buf_put(&text, item->valuestring, (size_t)(eq + 1 - item->valuestring));
	sr_buf_puts(&text, SR_REDACTED);
	done = cJSON_SetValuestring(item, sr_buf_cstr(&text)) && !text.oom;
	sr_buf_free(&text);
	return done ? 0 : -ENOMEM;
}

static int redact_list(cJSON *list)
{
	cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsString(item) && redact_string(item) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Podman keeps the words of `podman run`: -e NAME=value, --env=NAME=value. */
static int redact_command(cJSON *list)
{
	bool next_is_env = false;
	cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const char *s = cJSON_GetStringValue(item);
		bool joined = s && (strncmp(s, "--env=", 6) == 0 ||
				    (strncmp(s, "-e", 2) == 0 && strchr(s, '=')));
		bool is_env = next_is_env;

		next_is_env = s && (strcmp(s, "-e") == 0 || strcmp(s, "--env") == 0);
		if (s && is_env && redact_string(item) < 0)
			return -ENOMEM;
		if (joined && !cJSON_SetValuestring(item, "--env=" SR_REDACTED))
			return -ENOMEM;
	}
	return 0;
}

/* Every list called Env or env, wherever it is. cJSON's parser limits the depth. */
static int redact(cJSON *node)
{
	cJSON *item;
	int rc = 0;

	cJSON_ArrayForEach(item, node)
	{
		const char *key = item->string ? item->string : "";

		if (cJSON_IsArray(item) && (strcmp(key, "Env") == 0 || strcmp(key, "env") == 0))
			rc = redact_list(item);
		else if (cJSON_IsArray(item) && strcmp(key, "CreateCommand") == 0)
			rc = redact_command(item);
		else if (item->child)
			rc = redact(item);
		if (rc < 0)
			break;
	}
	return rc;
}

/* ---- reading ---- */

static const cJSON *at(const cJSON *doc, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(doc, key);
}

static const char *str_at(const cJSON *doc, const char *key)
{
	const char *s = cJSON_GetStringValue(at(doc, key));

	return s ? s : "";
}

/* The number of @n digits at *s, followed by @then (0: anything). -1 if it is not there. */
static int take_digits(const char **s, int n, char then)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + (**s - '0');
	}
	if (then && **s != then)
		return -1;
	*s += then != 0;
	return v;
}

/* "Z", "+02:00" */
static bool take_zone(const char **s, long *offset_s)
{
	int sign = **s == '-' ? -1 : 1, h, m;

	*offset_s = 0;
	if (*(*s)++ == 'Z')
		return true;
	if ((*s)[-1] != '+' && (*s)[-1] != '-')
		return false;
	h = take_digits(s, 2, ':');
	m = take_digits(s, 2, 0);
	*offset_s = sign * (h * 3600L + m * 60L);
	return h >= 0 && m >= 0;
}

/* "2026-11-21T11:16:17.123456789Z" as ns since the epoch; 0 if it is no such time. */
static uint64_t parse_time(const char *s)
{
	struct tm tm = { 0 };
	uint64_t frac = 0, unit = 100000000;
	long zone;
	time_t t;

	tm.tm_year = take_digits(&s, 4, '-') - 1900;
	if (tm.tm_year < 70 || (tm.tm_mon = take_digits(&s, 2, '-') - 1) < 0 ||
	    (tm.tm_mday = take_digits(&s, 2, 'T')) < 0 ||
	    (tm.tm_hour = take_digits(&s, 2, ':')) < 0 ||
	    (tm.tm_min = take_digits(&s, 2, ':')) < 0 || (tm.tm_sec = take_digits(&s, 2, 0)) < 0)
		return 0;
	if (*s == '.') {
		for (s++; isdigit((unsigned char)*s); s++, unit /= 10)
			frac += (uint64_t)(*s - '0') * unit;
	}
	if (!*s || !take_zone(&s, &zone))
		return 0;
	t = timegm(&tm) - zone;
	return t <= 0 || t > INT64_MAX / 1000000000 ? 0 : (uint64_t)t * 1000000000 + frac;
}

/* ---- writing ---- */

static void put_member(struct sr_buf *out, const char *key, const char *value)
{
	sr_buf_putc(out, ',');
	sr_buf_json_str(out, key, strlen(key));
	sr_buf_putc(out, ':');
	sr_buf_json_str(out, value, strlen(value));
}

static void put_head(struct sr_buf *out, const char *runtime, const char *id, const char *state)
{
	sr_buf_puts(out, "{\"kind\":\"container\"");
	put_member(out, "id", id);
	put_member(out, "runtime", runtime);
	put_member(out, "state", state);
}

void sr_document_unresolved(struct sr_buf *out, const char *runtime, const char *id,
			    const char *state, const char *why)
{
	put_head(out, runtime, id, state);
	put_member(out, "why", why);
	sr_buf_putc(out, '}');
}

static void put_time(struct sr_buf *out, const char *key, const char *text)
{
	uint64_t ns = parse_time(text);

	if (ns)
		sr_buf_printf(out, ",\"%s\":\"%llu\"", key, (unsigned long long)ns);
}

/* An object's members that are strings. */
static void put_labels(struct sr_buf *out, const cJSON *labels)
{
	const char *sep = "";
	const cJSON *item;

	sr_buf_puts(out, ",\"labels\":{");
	cJSON_ArrayForEach(item, labels)
	{
		if (!item->string || !cJSON_IsString(item))
			continue;
		sr_buf_puts(out, sep);
		sr_buf_json_str(out, item->string, strlen(item->string));
		sr_buf_putc(out, ':');
		sr_buf_json_str(out, item->valuestring, strlen(item->valuestring));
		sep = ",";
	}
	sr_buf_putc(out, '}');
}

/* @first and the strings of @rest, with spaces between. */
static void put_command(struct sr_buf *out, const char *first, const cJSON *rest)
{
	struct sr_buf text = { 0 };
	const cJSON *item;

	sr_buf_puts(&text, first);
	cJSON_ArrayForEach(item, rest)
	{
		if (!cJSON_IsString(item))
			continue;
		if (text.len)
			sr_buf_putc(&text, ' ');
		sr_buf_puts(&text, item->valuestring);
	}
	put_member(out, "command", sr_buf_cstr(&text));
	out->oom |= text.oom;
	sr_buf_free(&text);
}

/* The end of every document: the runtime's own words. */
static int put_raw(struct sr_buf *out, cJSON *doc)
{
	char *raw;

	if (redact(doc) < 0)
		return -ENOMEM;
	raw = cJSON_PrintUnformatted(doc);
	if (!raw)
		return -ENOMEM;
	sr_buf_puts(out, ",\"raw\":");
	sr_buf_puts(out, raw);
	sr_buf_putc(out, '}');
	cJSON_free(raw);
	return out->oom ? -ENOMEM : 0;
}

/* Runs @fill on the parsed @json; on failure nothing stays in @out. */
static int make(struct sr_buf *out, const char *json, size_t len,
		int (*fill)(struct sr_buf *out, cJSON *doc, const char *runtime, const char *id),
		const char *runtime, const char *id)
{
	cJSON *doc = cJSON_ParseWithLength(json, len);
	size_t start = out->len;
	int rc = cJSON_IsObject(doc) ? fill(out, doc, runtime, id) : -EBADMSG;

	cJSON_Delete(doc);
	if (rc < 0)
		out->len = start;
	return rc;
}

/* ---- the Docker API's inspect document, and config.v2.json ---- */

static int fill_inspect(struct sr_buf *out, cJSON *doc, const char *runtime, const char *id)
{
	const cJSON *config = at(doc, "Config"), *privileged;
	const char *name = str_at(doc, "Name"), *own_id = str_at(doc, "Id");

	if (!*own_id)
		own_id = str_at(doc, "ID"); /* on disk */
	if (strcmp(own_id, id) != 0 || !name[*name == '/'])
		return -EBADMSG;
	put_head(out, runtime, id, "resolved");
	put_member(out, "name", name + (*name == '/'));
	put_member(out, "image", str_at(config, "Image"));
	put_member(out, "image_id", str_at(doc, "Image"));
	put_time(out, "created", str_at(doc, "Created"));
	put_time(out, "started", str_at(at(doc, "State"), "StartedAt"));
	put_command(out, str_at(doc, "Path"), at(doc, "Args"));
	put_labels(out, at(config, "Labels"));
	privileged = at(at(doc, "HostConfig"), "Privileged");
	if (cJSON_IsBool(privileged))
		sr_buf_puts(out, cJSON_IsTrue(privileged) ? ",\"privileged\":true"
							  : ",\"privileged\":false");
	put_member(out, "why", "");
	return put_raw(out, doc);
}

int sr_document_inspect(struct sr_buf *out, const char *runtime, const char *id, const char *json,
			size_t len)
{
	return make(out, json, len, fill_inspect, runtime, id);
}

int sr_document_pid(const char *json, size_t len)
{
	cJSON *doc = cJSON_ParseWithLength(json, len);
	const cJSON *pid = at(at(doc, "State"), "Pid");
	double v = cJSON_IsNumber(pid) ? pid->valuedouble : 0;

	cJSON_Delete(doc);
	return v >= 1 && v <= INT_MAX ? (int)v : 0;
}

/* ---- events of the Docker API ---- */

static bool is_event_of(const cJSON *doc, const char *id)
{
	return strcmp(str_at(at(doc, "Actor"), "ID"), id) == 0 &&
	       strcmp(str_at(doc, "Type"), "container") == 0;
}

/* Attributes of an event are the labels, and among them name and image. */
static int fill_event(struct sr_buf *out, cJSON *doc, const char *runtime, const char *id)
{
	cJSON *attrs = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(doc, "Actor"), "Attributes");
	const cJSON *time = at(doc, "time");

	put_head(out, runtime, id, "resolved");
	put_member(out, "name", str_at(attrs, "name"));
	put_member(out, "image", str_at(attrs, "image"));
	if (strcmp(str_at(doc, "Action"), "create") == 0 && cJSON_IsNumber(time) &&
	    time->valuedouble > 0 && time->valuedouble < 1e10)
		sr_buf_printf(out, ",\"created\":\"%.0f000000000\"", time->valuedouble);
	put_member(out, "why", "");
	cJSON_DeleteItemFromObjectCaseSensitive(attrs, "name");
	cJSON_DeleteItemFromObjectCaseSensitive(attrs, "image");
	put_labels(out, attrs);
	return put_raw(out, doc);
}

int sr_document_event(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		      size_t len)
{
	const char *end = json + len;
	size_t start = out->len;
	int rc = -ENOENT;

	while (rc == -ENOENT && json < end) {
		const char *next = end;
		cJSON *doc = cJSON_ParseWithLengthOpts(json, (size_t)(end - json), &next, 0);

		if (!doc)
			break;
		if (is_event_of(doc, id))
			rc = fill_event(out, doc, runtime, id);
		cJSON_Delete(doc);
		json = next;
	}
	if (rc < 0)
		out->len = start;
	return rc;
}

/* ---- config.json of an OCI bundle ---- */

/* The first annotation of the list that is there; runtimes do not agree on names. */
static const char *annotation(const cJSON *doc, const char *const *keys)
{
	const cJSON *all = at(doc, "annotations");

	for (; *keys; keys++) {
		const char *s = str_at(all, *keys);

		if (*s)
			return s;
	}
	return "";
}

static const char *const name_keys[] = { "nerdctl/name", "io.kubernetes.cri.container-name",
					 "io.kubernetes.container.name", NULL };
static const char *const image_keys[] = { "io.kubernetes.cri.image-name",
					  "io.kubernetes.cri-o.ImageName", NULL };
static const char *const created_keys[] = { "io.kubernetes.cri-o.Created", NULL };

static int fill_bundle(struct sr_buf *out, cJSON *doc, const char *runtime, const char *id)
{
	const cJSON *args = at(at(doc, "process"), "args");
	const char *name = annotation(doc, name_keys);

	if (!at(doc, "ociVersion"))
		return -EBADMSG;
	put_head(out, runtime, id, "resolved");
	put_member(out, "name", *name ? name : id); /* `ctr run IMAGE NAME`: the id is a name */
	put_member(out, "image", annotation(doc, image_keys));
	put_time(out, "created", annotation(doc, created_keys));
	put_command(out, "", args);
	put_labels(out, at(doc, "annotations"));
	put_member(out, "why", "");
	return put_raw(out, doc);
}

int sr_document_bundle(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		       size_t len)
{
	return make(out, json, len, fill_bundle, runtime, id);
}
