/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments, results and whole calls. What an argument is, its kind says: a number in some
 * form, a file, a string, payload, or a structure (args_struct.c). */
#include "formats/args_internal.h"
#include "formats/cases.h"

/* The form of a number of each kind; of the others, of the address where the memory was. */
static const struct {
	uint8_t form; /* enum sr_args_form */
	uint8_t size;
} numbers[SR_KIND_COUNT] = {
	[SR_KIND_INT] = { SR_FORM_DEC, 4 },   [SR_KIND_UINT] = { SR_FORM_UDEC, 4 },
	[SR_KIND_LONG] = { SR_FORM_DEC, 8 },  [SR_KIND_ULONG] = { SR_FORM_UDEC, 8 },
	[SR_KIND_PTR] = { SR_FORM_PTR, 8 },   [SR_KIND_ARG] = { SR_FORM_ARG, 8 },
	[SR_KIND_SIZE] = { SR_FORM_UDEC, 8 }, [SR_KIND_OFF] = { SR_FORM_DEC, 8 },
	[SR_KIND_MODE] = { SR_FORM_MODE, 4 }, [SR_KIND_DEV] = { SR_FORM_DEV, 8 },
	[SR_KIND_PID] = { SR_FORM_DEC, 4 },   [SR_KIND_UID] = { SR_FORM_ID, 4 },
	[SR_KIND_GID] = { SR_FORM_ID, 4 },    [SR_KIND_SIGNAL] = { SR_FORM_SIGNAL, 4 },

	[SR_KIND_TIME] = { SR_FORM_DEC, 8 },  [SR_KIND_NSEC] = { SR_FORM_UDEC, 8 },
	[SR_KIND_KEY] = { SR_FORM_DEC, 4 },   [SR_KIND_FLAGS] = { SR_FORM_FLAGS, 4 },
	[SR_KIND_ENUM] = { SR_FORM_ENUM, 4 },
};

#define PLAIN_BYTES 32 /* of a structure that cannot be decoded, shown in text */

/* ---- looking up ---- */

static void get_data(struct sr_args_ref *a, const struct sr_col *col, uint32_t at)
{
	const struct sr_block *b = a->b;
	uint32_t ref = col->ref ? col->ref[at] : 0;

	if (a->cls == SR_CLASS_FILE) {
		if (ref && ref < b->nfiles)
			a->file = &b->files[ref];
		return;
	}
	if (a->cls == SR_CLASS_STR) {
		if (ref < b->nstrs) {
			a->p = (const uint8_t *)b->strs[ref].p;
			a->len = b->strs[ref].len;
		}
	} else if (col->len && b->heap && ref <= b->heap_len && col->len[at] <= b->heap_len - ref) {
		a->p = b->heap + ref;
		a->len = col->len[at];
	} else if (col->len && col->len[at]) {
		a->status = SR_UNKNOWN; /* the heap is not loaded */
	}
	a->truelen = col->truelen && col->truelen[at] > a->len ? col->truelen[at] : a->len;
}

/* An argument of kind CASE: of a kind that another argument decides, or a number. */
static void choose_kind(struct sr_args_ref *a, const struct sr_block_type *t, uint32_t at)
{
	const struct sr_case *c = sr_case_first(a->type, a->idx);

	if (c)
		c = c->by < t->ncols ? sr_case_of(c, (uint32_t)t->cols[c->by].val[at]) : NULL;
	if (c && a->cls == SR_CLASS_BYTES) {
		a->kind = c->kind;
		return;
	}
	a->cls = SR_CLASS_NUM;
	a->kind = c ? SR_KIND_PTR : SR_KIND_ARG; /* of older files addresses alone are known */
}

bool sr_args_get(const struct sr_block *b, uint32_t row, unsigned idx, struct sr_args_ref *a)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);
	const struct sr_col *col;
	uint32_t at = b->nth[row];

	if (idx >= t->ncols || idx >= SR_MAX_ARGS)
		return false;
	col = &t->cols[idx];
	*a = (struct sr_args_ref){
		.b = b, .row = row, .idx = idx, .val = col->val[at], .cls = t->cls[idx]
	};
	a->kind = SR_KIND_COUNT;
	a->type = t->type;
	if (t->type && idx < t->type->nargs) {
		a->desc = &t->type->args[idx];
		/* a file of another version may hold it in another way */
		if (a->desc->kind == SR_KIND_CASE)
			choose_kind(a, t, at);
		else if (sr_kinds[a->desc->kind].cls == a->cls)
			a->kind = a->desc->kind;
		else if (a->cls == SR_CLASS_NUM)
			a->kind = SR_KIND_PTR;
	}
	if (a->cls == SR_CLASS_NUM)
		return true;
	a->status = col->status ? col->status[at] : SR_OK;
	get_data(a, col, at);
	return true;
}

/* ---- one argument ---- */

static void put_number(const struct sr_args_ref *a, bool json, struct sr_buf *out)
{
	const struct sr_args_form_of *rule = sr_args_form_of(a);
	struct sr_args_form_of f = { SR_FORM_HEX, 8, SR_XLAT_none };

	if (rule) {
		f = *rule;
	} else if (a->kind < SR_KIND_COUNT && numbers[a->kind].size) {
		f.form = numbers[a->kind].form;
		f.size = numbers[a->kind].size;
		f.xlat = a->desc->xlat;
	}
	if (json)
		sr_args_num_json(f.form, f.size, f.xlat, a->val, out);
	else
		sr_args_num_text(f.form, f.size, f.xlat, a->val, out);
}

/* What stands for memory that is not there: its address, and why. */
static void put_absent(const struct sr_args_ref *a, struct sr_buf *out)
{
	static const char *const why[] = {
		[SR_FAULT] = " (page fault)",
		[SR_NOROOM] = " (left out)",
		[SR_UNKNOWN] = " (unknown)",
	};

	if (!a->val && a->status != SR_NOROOM) {
		sr_buf_put(out, "NULL", 4);
		return;
	}
	sr_args_hex(a->val, out);
	if (a->status < sizeof(why) / sizeof(why[0]) && why[a->status])
		sr_buf_puts(out, why[a->status]);
}

/* Strings and memory: is there something to show? A fault may have left the first bytes. */
static bool is_present(const struct sr_args_ref *a)
{
	switch (a->status) {
	case SR_OK:
		/* a string of length 0 is one; memory of length 0 at no address is none */
		return a->len || a->val || a->cls == SR_CLASS_STR;
	case SR_TRUNC:
		return true;
	case SR_FAULT:
		return a->len > 0;
	default:
		return false;
	}
}

/* A string's true length may count its NUL: only the status tells. */
static bool is_cut(const struct sr_args_ref *a)
{
	return a->status != SR_OK || (a->cls == SR_CLASS_BYTES && a->truelen > a->len);
}

/* The next string of a NUL-separated list; the last may lack its NUL. */
static bool next_string(const uint8_t **p, size_t *left, struct sr_str *s)
{
	if (!*left)
		return false;
	s->p = (const char *)*p;
	s->len = (uint32_t)strnlen(s->p, *left);
	if (s->len < *left) {
		*p += s->len + 1;
		*left -= s->len + 1;
	} else {
		*left = 0;
	}
	return true;
}

/* The environment is counted, not shown: it is long, and holds secrets that nobody wants in a
 * log. Who asks for it by name gets it (proc.env). */
static bool is_environment(const struct sr_args_ref *a)
{
	return a->kind == SR_KIND_ENV;
}

static void put_env_count(const struct sr_args_ref *a, bool json, struct sr_buf *out)
{
	const uint8_t *p = a->p;
	size_t left = a->len;
	struct sr_str s;
	uint64_t n = 0;

	while (next_string(&p, &left, &s))
		n++;
	if (json) {
		sr_buf_put(out, "{\"count\":", 9);
		sr_buf_u64(out, n);
		sr_buf_puts(out, is_cut(a) ? ",\"more\":true}" : "}");
		return;
	}
	sr_buf_putc(out, '[');
	sr_buf_u64(out, n);
	sr_buf_puts(out, is_cut(a) ? "+ vars]" : n == 1 ? " var]" : " vars]");
}

static void put_strings(const struct sr_args_ref *a, uint32_t max, bool json, struct sr_buf *out)
{
	const uint32_t most = max ? 64 : UINT32_MAX; /* strings */
	const uint8_t *p = a->p;
	size_t left = a->len;
	struct sr_str s;
	uint32_t n = 0;

	sr_buf_putc(out, '[');
	for (; (json || n < most) && next_string(&p, &left, &s); n++) {
		if (n)
			sr_buf_put(out, ", ", json ? 1 : 2);
		if (json)
			sr_buf_json_str(out, s.p, s.len);
		else
			sr_args_quote(s.p, s.len, max, false, out);
	}
	if (!json && (left || is_cut(a)))
		sr_buf_puts(out, n ? ", ..." : "...");
	sr_buf_putc(out, ']');
}

/* Bytes that are shown as a text. */
static bool is_payload(unsigned kind)
{
	switch (kind) {
	case SR_KIND_STR: /* of kind CASE */
	case SR_KIND_STR_OUT:
	case SR_KIND_BUF_IN:
	case SR_KIND_BUF_OUT:
	case SR_KIND_IOV_IN:
	case SR_KIND_IOV_OUT:
	case SR_KIND_TEXT_IN:
	case SR_KIND_TEXT_OUT:
		return true;
	}
	return false;
}

static void put_memory(const struct sr_args_ref *a, const struct sr_args_opts *o,
		       struct sr_buf *out)
{
	uint32_t max = o ? o->max_str : 0;

	if (!is_present(a)) {
		put_absent(a, out);
		return;
	}
	if (is_environment(a)) {
		put_env_count(a, false, out);
	} else if (a->kind == SR_KIND_STRV) {
		put_strings(a, max, false, out);
	} else if (a->cls == SR_CLASS_STR || is_payload(a->kind)) {
		sr_args_quote(a->p, a->len, max, is_cut(a), out);
	} else if (!a->len) {
		sr_args_hex(a->val, out); /* an address of which nothing was asked */
	} else if (!sr_args_struct_text(a, max, out)) {
		sr_args_quote(a->p, a->len, max && max < PLAIN_BYTES ? max : PLAIN_BYTES, is_cut(a),
			      out);
	}
	if (a->status == SR_FAULT)
		sr_buf_puts(out, " (page fault)");
}

static void put_arg(const struct sr_args_ref *a, const struct sr_args_opts *o, struct sr_buf *out)
{
	switch (a->cls) {
	case SR_CLASS_NUM:
		put_number(a, false, out);
		break;
	case SR_CLASS_FILE:
		sr_args_fd(a->b, (int32_t)a->val, a->file, out);
		break;
	default:
		put_memory(a, o, out);
	}
}

void sr_arg_text(const struct sr_block *b, uint32_t row, unsigned arg, const struct sr_args_opts *o,
		 struct sr_buf *out)
{
	struct sr_args_ref a;

	if (sr_args_get(b, row, arg, &a))
		put_arg(&a, o, out);
}

static void put_memory_json(const struct sr_args_ref *a, struct sr_buf *out)
{
	if (!is_present(a))
		sr_buf_put(out, "null", 4);
	else if (is_environment(a))
		put_env_count(a, true, out);
	else if (a->kind == SR_KIND_STRV)
		put_strings(a, 0, true, out);
	else if (a->cls != SR_CLASS_STR && !is_payload(a->kind) && sr_args_struct_json(a, out))
		return;
	else if (a->cls == SR_CLASS_BYTES && !a->len && !is_payload(a->kind))
		sr_args_num_json(SR_FORM_PTR, 8, SR_XLAT_none, a->val, out);
	else if (is_cut(a))
		sr_args_cut_json(a->p, a->len, a->truelen, out);
	else
		sr_buf_json_str(out, (const char *)a->p, a->len);
}

void sr_arg_json(const struct sr_block *b, uint32_t row, unsigned arg, struct sr_buf *out)
{
	struct sr_args_ref a;

	if (!sr_args_get(b, row, arg, &a)) {
		sr_buf_put(out, "null", 4);
		return;
	}
	switch (a.cls) {
	case SR_CLASS_NUM:
		put_number(&a, true, out);
		break;
	case SR_CLASS_FILE:
		sr_args_fd_json(b, (int32_t)a.val, a.file, out);
		break;
	default:
		put_memory_json(&a, out);
	}
}

/* ---- calls ---- */

static void put_arg_name(const struct sr_args_ref *a, struct sr_buf *out)
{
	if (a->desc) {
		sr_buf_puts(out, a->desc->name);
		return;
	}
	sr_buf_put(out, "arg", 3);
	sr_buf_u64(out, a->idx);
}

/* Arguments with @sep between them; with their names if @named. */
static void put_args(const struct sr_block *b, uint32_t row, const struct sr_args_opts *o,
		     const char *sep, bool named, struct sr_buf *out)
{
	unsigned n = sr_args_shown(b, row);
	size_t sep_len = strlen(sep);
	struct sr_args_ref a;

	for (unsigned i = 0; i < n && sr_args_get(b, row, i, &a); i++) {
		if (i)
			sr_buf_put(out, sep, sep_len);
		if (named) {
			put_arg_name(&a, out);
			sr_buf_putc(out, '=');
		}
		put_arg(&a, o, out);
	}
}

static bool is_event(const struct sr_type *t)
{
	return t && t->xevent >= 0;
}

static void put_error(int64_t ret, struct sr_buf *out)
{
	const char *name = sr_errno_name((int)-ret);

	if (!name) {
		sr_buf_i64(out, ret);
		return;
	}
	sr_buf_put(out, "-1 ", 3);
	sr_buf_puts(out, name);
}

void sr_ret_text(const struct sr_block *b, uint32_t row, struct sr_buf *out)
{
	const struct sr_type *t = sr_block_type_of(b, row)->type;
	unsigned how = t ? t->ret : SR_RET_INT;
	uint32_t file = b->file ? b->file[row] : 0;
	int64_t ret = b->ret[row];

	if (is_event(t) && how == SR_RET_NONE)
		return;
	if ((b->flags[row] & (SR_F_NOT_ENDED | SR_F_NO_RESULT)) || how == SR_RET_NONE) {
		sr_buf_putc(out, '?');
		return;
	}
	if (ret < 0 && ret >= -4095)
		put_error(ret, out);
	else if (how == SR_RET_FD)
		sr_args_fd(b, (int32_t)ret, file && file < b->nfiles ? &b->files[file] : NULL, out);
	else if (how == SR_RET_PTR)
		sr_args_hex((uint64_t)ret, out);
	else
		sr_buf_i64(out, ret);
}

void sr_call_text(const struct sr_block *b, uint32_t row, const struct sr_args_opts *o,
		  struct sr_buf *out)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);
	bool event = is_event(t->type);

	if (t->type)
		sr_buf_puts(out, t->type->name);
	else
		sr_args_escape(t->name, strlen(t->name), out); /* any bytes of the file */
	sr_buf_putc(out, '(');
	put_args(b, row, o, ", ", event, out);
	sr_buf_putc(out, ')');
	if (event && t->type->ret == SR_RET_NONE)
		return;
	sr_buf_put(out, " = ", 3);
	sr_ret_text(b, row, out);
	if (b->flags[row] & SR_F_INFLIGHT)
		sr_buf_puts(out, " (in flight)");
	else if (b->flags[row] & SR_F_UNTOLD)
		sr_buf_puts(out, " (untold)");
}

void sr_args_text(const struct sr_block *b, uint32_t row, const struct sr_args_opts *o,
		  struct sr_buf *out)
{
	put_args(b, row, o, " ", true, out);
}

void sr_args_json(const struct sr_block *b, uint32_t row, struct sr_buf *out)
{
	unsigned n = sr_args_shown(b, row);
	struct sr_args_ref a;

	sr_buf_putc(out, '{');
	for (unsigned i = 0; sr_args_get(b, row, i, &a); i++) {
		if (i)
			sr_buf_putc(out, ',');
		sr_buf_putc(out, '"');
		put_arg_name(&a, out);
		sr_buf_put(out, "\":", 2);
		if (i < n)
			sr_arg_json(b, row, i, out);
		else
			sr_buf_put(out, "null", 4);
	}
	sr_buf_putc(out, '}');
}
