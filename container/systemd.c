/* SPDX-License-Identifier: Apache-2.0 */
/* Units of systemd: what systemd tells of them over D-Bus, through libsystemd if it
 * is installed; else what their files say. Units of a user's own systemd have only files: that
 * systemd is the user's, and could tell anything. */
#include "container/document.h"
#include "container/sources.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What is used of libsystemd; its header is not needed for it. */
typedef struct sd_bus sd_bus;
typedef struct sd_bus_message sd_bus_message;

#define LIBRARY "libsystemd.so.0"
#define FUNCTIONS(F)                                                                           \
	F(new, int, (sd_bus * *bus))                                                           \
	F(set_address, int, (sd_bus * bus, const char *address))                               \
	F(set_bus_client, int, (sd_bus * bus, int yes))                                        \
	F(set_method_call_timeout, int, (sd_bus * bus, uint64_t usec))                         \
	F(start, int, (sd_bus * bus))                                                          \
	F(flush_close_unref, sd_bus *, (sd_bus * bus))                                         \
	F(path_encode, int, (const char *prefix, const char *name, char **out))                \
	F(get_property, int,                                                                   \
	  (sd_bus * bus, const char *service, const char *path, const char *interface,         \
	   const char *member, void *error, sd_bus_message **reply, const char *type))         \
	F(message_read_basic, int, (sd_bus_message * m, char type, void *out))                 \
	F(message_enter_container, int, (sd_bus_message * m, char type, const char *contents)) \
	F(message_unref, sd_bus_message *, (sd_bus_message * m))

/* All NULL if it cannot be had. */
static struct {
#define MEMBER(name, type, args) type(*name) args;
	FUNCTIONS(MEMBER)
} bus;
static pthread_once_t bus_once = PTHREAD_ONCE_INIT;

static void load_library(void)
{
	static const struct {
		const char *name;
		size_t at;
	} functions[] = {
#define ROW(name, type, args) { "sd_bus_" #name, offsetof(__typeof__(bus), name) },
		FUNCTIONS(ROW)
	};
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL); /* for as long as the process lives */

	for (size_t i = 0; lib && i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *f = dlsym(lib, functions[i].name);

		if (!f) {
			memset(&bus, 0, sizeof(bus));
			return;
		}
		memcpy((char *)&bus + functions[i].at, &f, sizeof(f));
	}
}

/* ---- D-Bus ---- */

#define MANAGER "org.freedesktop.systemd1"

static const struct {
	const char *interface, *name;
	char type; /* of D-Bus; 'a' a list of commands */
} properties[] = {
	{ MANAGER ".Unit", "LoadState", 's' },
	{ MANAGER ".Unit", "Description", 's' },
	{ MANAGER ".Unit", "ActiveState", 's' },
	{ MANAGER ".Unit", "SubState", 's' },
	{ MANAGER ".Unit", "FragmentPath", 's' },
	{ MANAGER ".Service", "ExecStart", 'a' },
	{ MANAGER ".Service", "User", 's' },
	{ MANAGER ".Service", "MainPID", 'u' },
	{ MANAGER ".Service", "NRestarts", 'u' },
	{ MANAGER ".Service", "ExecMainStatus", 'i' },
	{ MANAGER ".Service", "ExecMainStartTimestamp", 't' },
};

#define COMMANDS "a(sasbttttuii)"

/* The words of the first command. */
static cJSON *read_command(sd_bus_message *m)
{
	cJSON *words = cJSON_CreateArray();
	const char *s;

	if (bus.message_enter_container(m, 'a', COMMANDS + 1) > 0 &&
	    bus.message_enter_container(m, 'r', "sasbttttuii") > 0 &&
	    bus.message_read_basic(m, 's', &s) > 0 &&
	    bus.message_enter_container(m, 'a', "s") > 0) {
		while (bus.message_read_basic(m, 's', &s) > 0)
			(void)cJSON_AddItemToArray(words, cJSON_CreateString(s));
	}
	return words;
}

static cJSON *read_value(sd_bus_message *m, char type)
{
	union {
		const char *s;
		uint32_t u;
		int32_t i;
		uint64_t t;
	} v = { 0 };

	if (type == 'a')
		return read_command(m);
	if (bus.message_read_basic(m, type, &v) <= 0)
		return NULL;
	switch (type) {
	case 's':
		return cJSON_CreateString(v.s);
	case 'u':
		return cJSON_CreateNumber(v.u);
	case 'i':
		return cJSON_CreateNumber(v.i);
	default:
		return cJSON_CreateNumber((double)v.t);
	}
}

/* Return: 0; -ETIMEDOUT and the like: nothing else need be asked. */
static int add_property(sd_bus *b, const char *path, size_t which, cJSON *words)
{
	const char type[2] = { properties[which].type, '\0' };
	sd_bus_message *m = NULL;
	cJSON *value;
	int rc = bus.get_property(b, MANAGER, path, properties[which].interface,
				  properties[which].name, NULL, &m, *type == 'a' ? COMMANDS : type);

	/* only services have the properties of services */
	if (rc < 0)
		return which ? (rc == -ETIMEDOUT ? rc : 0) : rc;
	value = read_value(m, *type);
	if (value && !cJSON_AddItemToObject(words, properties[which].name, value))
		cJSON_Delete(value);
	(void)bus.message_unref(m);
	return 0;
}

static int connect_bus(const struct sr_places *p, sd_bus **out)
{
	int rc = bus.new(out);

	if (rc >= 0)
		rc = bus.set_address(*out, p->system_bus);
	if (rc >= 0)
		rc = bus.set_bus_client(*out, 1);
	if (rc >= 0)
		rc = bus.set_method_call_timeout(*out, p->timeout_ms * UINT64_C(1000));
	return rc < 0 ? rc : bus.start(*out);
}

/* Return: 0 and *out; negative errno. */
static int ask_bus(const struct sr_lookup *l, cJSON **out)
{
	cJSON *words = cJSON_CreateObject();
	sd_bus *b = NULL;
	char *path = NULL;
	int rc = words ? connect_bus(l->p, &b) : -ENOMEM;

	if (rc >= 0)
		rc = bus.path_encode("/org/freedesktop/systemd1/unit", l->id, &path);
	for (size_t i = 0; rc >= 0 && i < sizeof(properties) / sizeof(properties[0]); i++)
		rc = add_property(b, path, i, words);
	if (rc >= 0 && strcmp(sr_json_text(words, "LoadState"), "not-found") == 0)
		rc = -ESRCH;
	free(path);
	if (b)
		(void)bus.flush_close_unref(b);
	if (rc >= 0)
		*out = words;
	else
		cJSON_Delete(words);
	return rc < 0 ? rc : 0;
}

/* ---- documents ---- */

/* "/usr/sbin/nginx -g x" of a file is one text; D-Bus has words. */
static int fill_unit(struct sr_facts *f, const cJSON *words, const char *id)
{
	const cJSON *command = sr_json_at(words, "ExecStart"), *pid = sr_json_at(words, "MainPID");
	const cJSON *start = sr_json_at(words, "ExecMainStartTimestamp");
	const char *active = sr_json_text(words, "ActiveState"), *slash = strrchr(id, '/');
	cJSON *state, *config;

	f->inspect = cJSON_CreateObject();
	if (!f->inspect)
		return -ENOMEM;
	f->name = slash ? slash + 1 : id;
	f->description = sr_json_text(words, "Description");
	f->program = cJSON_IsString(command) ? command->valuestring : "";
	f->args = cJSON_IsArray(command) ? command : NULL;
	if (cJSON_IsNumber(start) && start->valuedouble > 0 && start->valuedouble < 1e16)
		f->started = (uint64_t)start->valuedouble * 1000;
	config = sr_json_put_object(f->inspect, "Config");
	sr_json_put(config, "User", sr_json_text(words, "User"));
	if (!*active)
		return 0;
	state = sr_json_put_object(f->inspect, "State");
	sr_json_put(state, "Status", active);
	(void)cJSON_AddBoolToObject(state, "Running", /* without memory it is left out */
				    cJSON_IsNumber(pid) && pid->valuedouble > 0);
	sr_json_put_copy(state, "Pid", pid);
	sr_json_put_copy(state, "ExitCode", sr_json_at(words, "ExecMainStatus"));
	sr_json_put_copy(f->inspect, "RestartCount", sr_json_at(words, "NRestarts"));
	return 0;
}

int sr_document_unit(struct sr_buf *out, const char *runtime, const char *id, cJSON *words)
{
	return sr_document_make(out, runtime, id, words, fill_unit);
}

/* ---- asking ---- */

static enum sr_found finish(const struct sr_lookup *l, const char *runtime, cJSON *words)
{
	int rc = sr_document_unit(l->doc, runtime, l->id, words);

	cJSON_Delete(words);
	return rc == 0 ? SR_FOUND : SR_SILENT;
}

enum sr_found sr_ask_systemd(const struct sr_lookup *l, const char *runtime)
{
	cJSON *words = NULL;
	int rc;

	if (strchr(l->id, '/'))
		return SR_NOBODY;		     /* of a user's own systemd */
	(void)pthread_once(&bus_once, load_library); /* cannot fail with these arguments */
	if (!bus.new) {
		sr_lookup_note(l, "systemd", "cannot be asked without " LIBRARY);
		return SR_NOBODY;
	}
	rc = ask_bus(l, &words);
	if (rc == 0)
		return finish(l, runtime, words);
	sr_lookup_note(l, l->p->system_bus,
		       rc == -ESRCH ? "systemd knows no such unit" : strerror(-rc));
	return rc == -ESRCH			      ? SR_ABSENT
	       : rc == -ENOENT || rc == -ECONNREFUSED ? SR_NOBODY
						      : SR_SILENT;
}

/* "getty@tty1.service" is made of "getty@.service". */
static void template_of(const char *unit, char *out, size_t size)
{
	const char *at = strchr(unit, '@'), *dot = strrchr(unit, '.');

	if (at && dot && dot > at)
		(void)snprintf(out, size, "%.*s%s", (int)(at + 1 - unit), unit, dot);
	else
		(void)snprintf(out, size, "%s", unit);
}

/* The first of each setting that matters; there may be secrets among the others. */
static cJSON *take_settings(cJSON *settings)
{
	static const char *const keys[] = { "Description", "ExecStart", "User" };
	cJSON *words = settings ? cJSON_CreateObject() : NULL;

	for (size_t i = 0; words && i < sizeof(keys) / sizeof(keys[0]); i++)
		sr_json_put(
			words, keys[i],
			cJSON_GetStringValue(cJSON_GetArrayItem(sr_json_at(settings, keys[i]), 0)));
	cJSON_Delete(settings);
	return words;
}

enum sr_found sr_ask_unit_file(const struct sr_lookup *l, const char *runtime)
{
	static const char *const dirs[] = { "/etc/systemd", "/run/systemd", "/usr/lib/systemd",
					    "/lib/systemd" };
	const char *slash = strrchr(l->id, '/'), *unit = slash ? slash + 1 : l->id;
	char names[2][128], path[1024];
	cJSON *words = NULL;

	(void)snprintf(names[0], sizeof(names[0]), "%s", unit); /* ids are shorter */
	template_of(unit, names[1], sizeof(names[1]));
	for (size_t i = 0; !words && i < 2 * sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (snprintf(path, sizeof(path), "%s%s/%s/%s", l->p->sys_root, dirs[i / 2],
			     slash ? "user" : "system", names[i % 2]) < (int)sizeof(path))
			words = take_settings(sr_read_settings(path));
	}
	if (!words) {
		sr_lookup_note(l, "systemd", "no file of the unit");
		return SR_ABSENT;
	}
	(void)cJSON_AddStringToObject(words, "FragmentPath", path + strlen(l->p->sys_root));
	return finish(l, runtime, words);
}
