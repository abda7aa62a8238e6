/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of containers. What is outside of all containers is called "host". */
#include "filters/field_impl.h"

enum where {
	UNKNOWN,
	HOST,
	CONTAINER
};

/* Where a thread runs. Either of its cgroups can name the container. */
static enum where where(const struct sr_view *v, uint32_t idx, const struct sr_container **ct)
{
	const struct sr_thread *t = &v->b->threads[idx];

	*ct = v->b->cgroups[t->cgroup].container;
	if (!*ct)
		*ct = v->b->cgroups[t->cgroup1].container;
	if (*ct)
		return CONTAINER;
	return t->cgroup || t->cgroup1 ? HOST : UNKNOWN;
}

const struct sr_container *sr_ct_of(const struct sr_view *v, uint32_t idx, bool host,
				    struct sr_val *out)
{
	const struct sr_container *ct;
	enum where w = where(v, idx, &ct);

	if (w == HOST && host)
		sr_set_str(out, "host", 4);
	else if (w != CONTAINER)
		sr_set_absent(out, w == HOST ? SR_NONE : SR_UNKNOWN);
	return ct;
}

static void set_known(struct sr_val *out, const struct sr_container *ct, const char *s, size_t len)
{
	if (len)
		sr_set_str(out, s, len);
	else
		sr_set_absent(out, ct->state == SR_CT_RESOLVED ? SR_NONE : SR_UNKNOWN);
}

/* Long hexadecimal ids are cut to @off digits; names that serve as ids are not. */
void sr_get_ct_id(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, true, out);
	size_t cut = sr_field_impl_of(f->field)->off, len;

	if (!ct)
		return;
	len = strlen(ct->id);
	if (cut && len >= 32 && strspn(ct->id, "0123456789abcdef") == len)
		len = cut;
	set_known(out, ct, ct->id, len);
}

/* Members of struct sr_container; name and runtime have a value outside, too. */
void sr_get_ct_str(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	uint32_t off = sr_field_impl_of(f->field)->off;
	bool host = off == offsetof(struct sr_container, name) ||
		    off == offsetof(struct sr_container, runtime);
	const struct sr_container *ct = sr_ct_of(v, idx, host, out);
	const char *s;

	if (!ct)
		return;
	memcpy(&s, (const char *)ct + off, sizeof(s));
	set_known(out, ct, s ? s : "", s ? strlen(s) : 0);
}

/* registry:port/repository:tag@digest. off of the row: r, t or d. */
void sr_get_ct_image_part(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			  struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	const char *image, *at, *colon, *end;
	uint32_t part = sr_field_impl_of(f->field)->off;

	if (!ct)
		return;
	image = ct->image ? ct->image : "";
	end = image + strlen(image);
	at = strchr(image, '@');
	if (part == 'd') {
		set_known(out, ct, at ? at + 1 : ct->digest,
			  at ? (size_t)(end - at - 1) : strlen(ct->digest));
		return;
	}
	end = at ? at : end;
	colon = memrchr(image, ':', (size_t)(end - image));
	if (colon && memchr(colon, '/', (size_t)(end - colon)))
		colon = NULL;
	if (part == 'r')
		set_known(out, ct, image, (size_t)((colon ? colon : end) - image));
	else
		set_known(out, ct, colon ? colon + 1 : "", colon ? (size_t)(end - colon - 1) : 0);
}

void sr_get_ct_privileged(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			  struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	(void)f;
	if (ct && ct->privileged < 0)
		sr_set_absent(out, SR_UNKNOWN);
	else if (ct)
		sr_set_bool(out, ct->privileged);
}

void sr_get_ct_label(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	if (!ct)
		return;
	sr_set_absent(out, ct->state == SR_CT_RESOLVED ? SR_NONE : SR_UNKNOWN);
	for (size_t i = 0; i < ct->nlabels; i++)
		if (strcmp(ct->labels[i].key, f->arg) == 0)
			sr_set_cstr(out, ct->labels[i].value);
}

void sr_get_ct_labels(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	(void)f;
	if (!ct)
		return;
	for (size_t i = 0; i < ct->nlabels; i++)
		sr_buf_printf(&v->scratch, "%s%s:%s", i ? ", " : "", ct->labels[i].key,
			      ct->labels[i].value);
	if (v->scratch.len)
		sr_set_scratch(out, v, 0);
	else
		set_known(out, ct, "", 0);
}

void sr_get_ct_state(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, true, out);

	(void)f;
	if (ct)
		sr_set_cstr(out, ct->state == SR_CT_RESOLVED  ? "resolved"
				 : ct->state == SR_CT_PENDING ? "pending"
							      : "unknown");
}

void sr_get_ct_created(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	(void)f;
	if (ct && ct->created_ns)
		sr_set_time(out, ct->created_ns);
	else if (ct)
		sr_set_absent(out, SR_UNKNOWN);
}

#define MAX_CHAIN 16 /* containers in containers that are told */

void sr_get_ct_chain(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out), *chain[MAX_CHAIN];
	size_t n = 0;

	(void)f;
	if (!ct)
		return;
	for (; ct && n < MAX_CHAIN; ct = ct->outer)
		chain[n++] = ct;
	while (n--) {
		const char *name = chain[n]->name;
		size_t len = strlen(chain[n]->id);

		if (v->scratch.len)
			sr_buf_putc(&v->scratch, '/');
		if (name && *name)
			sr_buf_puts(&v->scratch, name);
		else
			sr_buf_put(&v->scratch, chain[n]->id, len == 64 ? 12 : len);
	}
	sr_set_scratch(out, v, 0);
}

/* The cgroup that names the container; outside, the thread's own. */
void sr_get_cgroup(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_thread *t = &v->b->threads[idx];
	uint32_t cg = t->cgroup;

	(void)f;
	if (!cg || (!v->b->cgroups[cg].container && v->b->cgroups[t->cgroup1].container))
		cg = t->cgroup1;
	sr_set_dict(out, v->b, v->b->cgroups[cg].path, SR_UNKNOWN);
	if (out->type == SR_V_STR)
		out->why = SR_OK;
}
