/* SPDX-License-Identifier: Apache-2.0 */
/* What all makers of container documents need: taking secrets out, times, and writing. The words
 * of a runtime are kept whole as "raw", but for the values of environment variables: those are
 * where people put passwords, and captures get passed on. */
#include "container/document.h"
#include "formats/redact.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <time.h>

/* ---- JSON ---- */

void sr_json_put(cJSON *o, const char *key, const char *text)
{
	if (text && *text)
		(void)cJSON_AddStringToObject(o, key, text); /* as the header says */
}

void sr_json_put_copy(cJSON *o, const char *key, const cJSON *item)
{
	cJSON *copy = item ? cJSON_Duplicate(item, 1) : NULL;

	if (copy && !cJSON_AddItemToObject(o, key, copy))
		cJSON_Delete(copy);
}

cJSON *sr_json_put_object(cJSON *o, const char *key)
{
	return cJSON_AddObjectToObject(o, key);
}

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

/* The Kubernetes interface has {"key":"NAME","value":"..."}. */
static int redact_pairs(cJSON *list)
{
	cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const char *name = sr_json_text(item, "key");
		cJSON *value = cJSON_GetObjectItemCaseSensitive(item, "value");

		if (cJSON_IsString(value) && !sr_env_is_harmless(name, strlen(name)) &&
		    !cJSON_SetValuestring(value, SR_REDACTED))
			return -ENOMEM;
	}
	return 0;
}

/* kubectl keeps the whole pod in an annotation of this name, with the values that it sets. */
static bool holds_pod(const cJSON *item)
{
	return item->string && cJSON_IsString(item) &&
	       strstr(item->string, "last-applied-configuration");
}

/* What has the environment, wherever it is. cJSON's parser limits the depth. */
static int redact(cJSON *node)
{
	static const struct {
		const char *key;
		int (*redact)(cJSON *list);
	} lists[] = { { "Env", redact_list },
		      { "env", redact_list },
		      { "lxc.environment", redact_list },
		      { "envs", redact_pairs },
		      { "CreateCommand", redact_command } };
	cJSON *item;
	int rc = 0;

	cJSON_ArrayForEach(item, node)
	{
		const char *key = item->string ? item->string : "";
		int (*found)(cJSON * list) = NULL;

		for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
			if (cJSON_IsArray(item) && strcmp(key, lists[i].key) == 0)
				found = lists[i].redact;
		}
		if (found)
			rc = found(item);
		else if (holds_pod(item))
			rc = cJSON_SetValuestring(item, SR_REDACTED) ? 0 : -ENOMEM;
		else if (item->child)
			rc = redact(item);
		if (rc < 0)
			break;
	}
	return rc;
}

/* ---- times ---- */

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

uint64_t sr_json_time(const cJSON *o, const char *key)
{
	return parse_time(sr_json_text(o, key));
}

const char *sr_digest_of(const char *ref)
{
	const char *at = ref ? strrchr(ref, '@') : NULL;

	return at ? at + 1 : "";
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
	sr_buf_printf(out, "{\"kind\":\"%s\"",
		      strcmp(runtime, "service") == 0 ? "service" : "container");
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

static void put_time(struct sr_buf *out, const char *key, uint64_t ns)
{
	if (ns)
		sr_buf_printf(out, ",\"%s\":\"%llu\"", key, (unsigned long long)ns);
}

/* An object's members that are strings. */
static void put_labels(struct sr_buf *out, const char *key, const cJSON *labels)
{
	const char *sep = "";
	const cJSON *item;

	sr_buf_printf(out, ",\"%s\":{", key);
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

static int put_json(struct sr_buf *out, const char *key, const cJSON *item)
{
	char *text = cJSON_PrintUnformatted(item);

	if (!text)
		return -ENOMEM;
	sr_buf_printf(out, ",\"%s\":", key);
	sr_buf_puts(out, text);
	cJSON_free(text);
	return 0;
}

static int put_document(struct sr_buf *out, const char *runtime, const char *id,
			const struct sr_facts *f, const cJSON *words)
{
	int rc = 0;

	put_head(out, runtime, id, "resolved");
	put_member(out, "name", f->name ? f->name : "");
	put_member(out, "image", f->image ? f->image : "");
	put_member(out, "image_id", f->image_id ? f->image_id : "");
	if (f->digest && *f->digest)
		put_member(out, "digest", f->digest);
	put_time(out, "created", f->created);
	put_time(out, "started", f->started);
	if (f->description && *f->description)
		put_member(out, "description", f->description);
	put_command(out, f->program ? f->program : "", f->args);
	put_labels(out, "labels", f->labels);
	if (f->annotations)
		put_labels(out, "annotations", f->annotations);
	if (f->privileged >= 0)
		sr_buf_printf(out, ",\"privileged\":%s", f->privileged ? "true" : "false");
	put_member(out, "why", "");
	if (f->pod)
		rc = put_json(out, "pod", f->pod);
	if (rc == 0 && f->inspect)
		rc = put_json(out, "inspect", f->inspect);
	if (rc == 0)
		rc = put_json(out, "raw", words);
	sr_buf_putc(out, '}');
	return out->oom ? -ENOMEM : rc;
}

int sr_document_make(struct sr_buf *out, const char *runtime, const char *id, cJSON *words,
		     sr_fill_fn fill)
{
	struct sr_facts f = { .privileged = -1 };
	size_t start = out->len;
	int rc = redact(words);

	if (rc == 0)
		rc = fill(&f, words, id);
	if (rc == 0)
		rc = put_document(out, runtime, id, &f, words);
	cJSON_Delete(f.pod);
	cJSON_Delete(f.inspect);
	cJSON_Delete(f.scratch);
	if (rc < 0)
		out->len = start;
	return rc;
}

int sr_document_parse(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		      size_t len, sr_fill_fn fill)
{
	cJSON *words = cJSON_ParseWithLength(json, len);
	int rc = cJSON_IsObject(words) ? sr_document_make(out, runtime, id, words, fill) : -EBADMSG;

	cJSON_Delete(words);
	return rc;
}
