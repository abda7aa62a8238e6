/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of units of systemd, which what runs outside of containers belongs to. */
#include "filters/field_impl.h"

#include <cjson/cJSON.h>

static const char *text_at(const cJSON *o, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));
}

static const char *state_name(const struct sr_container *s)
{
	static const char *const names[] = { [SR_CT_UNKNOWN] = "unknown",
					     [SR_CT_PENDING] = "pending",
					     [SR_CT_RESOLVED] = "resolved" };

	return names[s->state];
}

/* Without the user's systemd before it. */
static const char *unit_name(const struct sr_container *s)
{
	const char *slash = strrchr(s->id, '/');

	return slash ? slash + 1 : s->id;
}

static const char *value_of(const struct sr_container *s, uint32_t which)
{
	const cJSON *words = sr_container_words(s);

	switch (which) {
	case 'i':
		return s->id;
	case 'n':
		return unit_name(s);
	case 'k':
		return state_name(s);
	case 'c':
		return s->command;
	case 'd':
		return text_at(s->doc, "description");
	case 's':
		return text_at(cJSON_GetObjectItemCaseSensitive(words, "State"), "Status");
	default:
		return text_at(cJSON_GetObjectItemCaseSensitive(words, "Config"), "User");
	}
}

/* off of the row: which. */
void sr_get_service(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_thread *t = &v->b->threads[idx];
	const struct sr_container *s = v->b->cgroups[t->cgroup].service;
	const char *value;

	if (!s && !v->b->cgroups[t->cgroup].container)
		s = v->b->cgroups[t->cgroup1].service;
	value = s ? value_of(s, sr_field_impl_of(f->field)->off) : NULL;
	if (value && *value)
		sr_set_cstr(out, value);
	else
		sr_set_absent(out, s ? (s->state == SR_CT_RESOLVED ? SR_NONE : SR_UNKNOWN)
				   : t->cgroup || t->cgroup1 ? SR_NONE
							     : SR_UNKNOWN);
}
