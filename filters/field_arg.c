/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of an event's arguments: as text, as numbers, payload, how a file is opened. */
#include "filters/field_impl.h"
#include "formats/args.h"
#include "formats/message.h"

#include <fcntl.h>

static const struct sr_args_opts no_limit = { 0 };

void sr_get_call(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	sr_call_text(v->b, idx, &no_limit, &v->scratch);
	sr_set_scratch(out, v, 0);
}

void sr_get_args(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	sr_args_text(v->b, idx, &no_limit, &v->scratch);
	sr_set_scratch(out, v, 0);
}

/* Position of the argument that @f names, or -1. */
static int arg_index(const struct sr_fieldref *f, const struct sr_block_type *t)
{
	int n = t->type ? t->type->nargs : 0;

	if (f->argn >= 0)
		return (uint32_t)f->argn < t->ncols ? f->argn : -1;
	for (int i = 0; i < n && (uint32_t)i < t->ncols; i++)
		if (strcmp(t->type->args[i].name, f->arg) == 0)
			return i;
	return -1;
}

const struct sr_col *sr_evt_arg(const struct sr_block *b, uint32_t row, const char *name,
				const struct sr_arg_desc **desc)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);

	for (uint32_t i = 0; t->type && i < t->type->nargs && i < t->ncols; i++) {
		if (strcmp(t->type->args[i].name, name) != 0)
			continue;
		*desc = &t->type->args[i];
		return &t->cols[i];
	}
	return NULL;
}

/* The text of a string argument or the bytes of one; false if it has neither. */
static bool stored(const struct sr_block *b, const struct sr_col *c, uint8_t cls, uint32_t nth,
		   struct sr_val *out)
{
	uint8_t status = c->status ? c->status[nth] : SR_OK;

	if (cls == SR_CLASS_STR && c->ref) {
		sr_set_dict(out, b, c->ref[nth], status);
		/* An empty string that was read is a value. */
		if (out->type == SR_V_ABSENT && status == SR_OK)
			sr_set_str(out, NULL, 0);
		return true;
	}
	if (cls != SR_CLASS_BYTES || !c->ref || !c->len)
		return false;
	if (!c->len[nth] && status != SR_OK) {
		sr_set_absent(out, status);
		return true;
	}
	sr_set_str(out, c->len[nth] ? b->heap + c->ref[nth] : NULL, c->len[nth]);
	out->why = status;
	return true;
}

/* The payload of a message, of several the first. */
static void skip_message_head(struct sr_val *val)
{
	struct sr_cur c = sr_cur(val->s.p, val->s.len);
	struct sr_message m;

	if (sr_message_next(&c, 0, &m))
		sr_set_str(val, m.payload.p, m.payload.left);
	else
		sr_set_absent(val, SR_NONE);
}

static bool is_payload(const struct sr_block_type *t, int arg)
{
	return t->type && arg < t->type->nargs && t->cls[arg] == SR_CLASS_BYTES &&
	       sr_kinds[t->type->args[arg].kind].flags & SR_OP_PAYLOAD;
}

static void get_payload(const struct sr_block *b, uint32_t row, int arg, struct sr_val *out)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);

	if (!stored(b, &t->cols[arg], SR_CLASS_BYTES, b->nth[row], out))
		sr_set_absent(out, SR_NONE);
	else if (out->type != SR_V_ABSENT &&
		 sr_kinds[t->type->args[arg].kind].copy == SR_COPY_MSGHDR)
		skip_message_head(out);
}

bool sr_evt_may_buffer(const struct sr_type *t, uint32_t off)
{
	(void)off;
	for (int i = 0; i < t->nargs; i++)
		if (sr_kinds[t->args[i].kind].flags & SR_OP_PAYLOAD)
			return true;
	return false;
}

void sr_get_buffer(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_block_type *t = sr_block_type_of(v->b, idx);

	(void)f;
	for (int i = 0; (uint32_t)i < t->ncols; i++) {
		if (!is_payload(t, i))
			continue;
		get_payload(v->b, idx, i, out);
		return;
	}
	sr_set_absent(out, SR_NONE);
}

/* Texts and payload are given as they are, all else is decoded. */
void sr_get_arg(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_block_type *t = sr_block_type_of(v->b, idx);
	int i = arg_index(f, t);

	if (i < 0 && strcmp(f->arg, "res") == 0) {
		sr_get_rawres(f, v, idx, out);
		if (out->type == SR_V_ABSENT)
			return;
		if (sr_evt_is_error(out->i)) {
			sr_get_res(f, v, idx, out);
			return;
		}
		sr_ret_text(v->b, idx, &v->scratch);
		sr_set_scratch(out, v, 0);
		return;
	}
	if (i < 0) {
		sr_set_absent(out, SR_NONE);
		return;
	}
	if (is_payload(t, i)) {
		get_payload(v->b, idx, i, out);
		return;
	}
	if (t->cls[i] == SR_CLASS_STR &&
	    stored(v->b, &t->cols[i], SR_CLASS_STR, v->b->nth[idx], out))
		return;
	sr_arg_text(v->b, idx, (unsigned)i, &no_limit, &v->scratch);
	sr_set_scratch(out, v, 0);
}

/* The stored 64 bits as the number that the argument is. */
static void raw_number(const struct sr_block_type *t, int arg, uint64_t val, struct sr_val *out)
{
	enum sr_kind kind =
		t->type && arg < t->type->nargs ? t->type->args[arg].kind : SR_KIND_COUNT;

	if (t->cls[arg] == SR_CLASS_FILE)
		kind = SR_KIND_INT;
	switch (kind) {
	case SR_KIND_INT:
	case SR_KIND_PID:
	case SR_KIND_KEY:
	case SR_KIND_SIGNAL:
		sr_set_int(out, (int32_t)val);
		break;
	case SR_KIND_UINT:
	case SR_KIND_UID:
	case SR_KIND_GID:
	case SR_KIND_MODE:
		sr_set_uint(out, (uint32_t)val);
		break;
	case SR_KIND_LONG:
	case SR_KIND_OFF:
		sr_set_int(out, (int64_t)val);
		break;
	default:
		sr_set_uint(out, val);
		break;
	}
}

/* A number or an address, as another argument decides: the number in both cases. */
static bool is_case(const struct sr_block_type *t, int arg)
{
	return t->type && arg < t->type->nargs && t->type->args[arg].kind == SR_KIND_CASE;
}

void sr_get_rawarg(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_block_type *t = sr_block_type_of(v->b, idx);
	int i = arg_index(f, t);

	if (i < 0 && strcmp(f->arg, "res") == 0) {
		sr_get_rawres(f, v, idx, out);
		return;
	}
	if (i < 0) {
		sr_set_absent(out, SR_NONE);
		return;
	}
	if (!is_case(t, i) && stored(v->b, &t->cols[i], t->cls[i], v->b->nth[idx], out))
		return;
	raw_number(t, i, t->cols[i].val[v->b->nth[idx]], out);
}

/* ---- opening files ---- */

struct open_call {
	uint64_t flags, mode;
};

/* struct open_how, as far as it was recorded. */
static bool open_how(const struct sr_block *b, uint32_t row, struct open_call *o)
{
	const struct sr_arg_desc *d;
	const struct sr_col *c = sr_evt_arg(b, row, "how", &d);
	struct sr_val val;
	struct sr_cur cur;

	if (!c || !stored(b, c, sr_kinds[d->kind].cls, b->nth[row], &val) || val.type != SR_V_STR)
		return false;
	cur = sr_cur(val.s.p, val.s.len);
	o->flags = sr_cur_u64(&cur);
	o->mode = sr_cur_u64(&cur);
	return !cur.bad;
}

/* Flags and mode of a call that opens a file; false for other calls. */
static bool open_call(const struct sr_block *b, uint32_t row, struct open_call *o)
{
	static const char *const names[] = { "open", "openat", "creat", "open_by_handle_at" };
	const struct sr_type *t = sr_block_type_of(b, row)->type;
	const struct sr_arg_desc *d;
	const struct sr_col *c;
	size_t i;

	if (!t || t->ret != SR_RET_FD)
		return false;
	if (strcmp(t->name, "openat2") == 0)
		return open_how(b, row, o);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(t->name, names[i]) == 0)
			break;
	if (i == sizeof(names) / sizeof(names[0]))
		return false;
	c = sr_evt_arg(b, row, "mode", &d);
	o->mode = c ? c->val[b->nth[row]] : 0;
	c = sr_evt_arg(b, row, "flags", &d);
	o->flags = c ? c->val[b->nth[row]] : O_CREAT | O_WRONLY | O_TRUNC;
	return true;
}

static bool creates(const struct open_call *o)
{
	return o->flags & O_CREAT || (o->flags & O_TMPFILE) == O_TMPFILE;
}

/* off of the row: 1 read, 2 write. */
void sr_get_is_open(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	struct open_call o;
	unsigned dirs = 0;

	if (open_call(v->b, idx, &o) && !(o.flags & O_PATH)) {
		unsigned acc = o.flags & O_ACCMODE;

		dirs = acc == O_RDONLY ? 1 : acc == O_WRONLY ? 2 : acc == O_RDWR ? 3 : 0;
	}
	sr_set_bool(out, dirs & sr_field_impl_of(f->field)->off);
}

void sr_get_is_open_create(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			   struct sr_val *out)
{
	struct open_call o;
	uint8_t why;

	(void)f;
	sr_set_bool(out, open_call(v->b, idx, &o) && creates(&o) &&
				 sr_evt_returned(v->b, idx, &why) && v->b->ret[idx] >= 0);
}

void sr_get_is_open_exec(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			 struct sr_val *out)
{
	struct open_call o;

	(void)f;
	sr_set_bool(out, open_call(v->b, idx, &o) && creates(&o) && o.mode & 0111);
}
