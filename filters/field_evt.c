/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the event itself. */
#include "filters/field_impl.h"
#include "formats/args.h"
#include "formats/base/cur.h"

#include <fcntl.h>
#include <netinet/in.h>

#define NS 1000000000ULL

/* ---- time ---- */

static uint64_t wall(const struct sr_view *v, uint32_t row)
{
	return v->meta ? sr_meta_wall(v->meta, v->b->time[row]) : v->b->time[row];
}

void sr_get_num(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	sr_set_uint(out, v->b->first_num + idx);
}

void sr_get_time(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	sr_set_time(out, wall(v, idx));
}

void sr_get_time_s(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	sr_set_uint(out, wall(v, idx) / NS);
}

void sr_get_time_ns(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	(void)f;
	sr_set_uint(out, wall(v, idx) % NS);
}

bool sr_evt_has_dur(const struct sr_block *b, uint32_t row, uint8_t *why)
{
	const struct sr_type *t = sr_block_type_of(b, row)->type;
	uint16_t flags = b->flags[row];

	*why = flags & SR_F_NO_START ? SR_UNKNOWN : SR_NONE;
	return !(flags & (SR_F_NO_START | SR_F_INFLIGHT | SR_F_NORETURN | SR_F_LATENCY_OFF)) &&
	       (!t || t->xevent < 0);
}

void sr_get_start(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	uint8_t why;

	(void)f;
	/* What did not return is recorded with the time when it began. */
	if (v->b->flags[idx] & (SR_F_INFLIGHT | SR_F_NORETURN))
		sr_set_time(out, wall(v, idx));
	else if (sr_evt_has_dur(v->b, idx, &why))
		sr_set_time(out, wall(v, idx) - v->b->dur[idx]);
	else
		sr_set_absent(out, why);
}

/* Time since the first event, which only the reader of the whole recording knows. */
static bool rel(const struct sr_view *v, uint32_t row, uint64_t *out)
{
	uint64_t first = v->opts ? v->opts->first_time : 0, t = v->b->time[row];

	*out = t > first ? t - first : 0;
	return first != 0;
}

void sr_get_reltime(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	uint64_t t;

	(void)f;
	if (rel(v, idx, &t))
		sr_set_dur(out, t);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_reltime_s(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	sr_get_reltime(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_uint(out, out->u / NS);
}

void sr_get_reltime_ns(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	sr_get_reltime(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_uint(out, out->u % NS);
}

void sr_get_latency(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	uint8_t why;

	(void)f;
	if (sr_evt_has_dur(v->b, idx, &why))
		sr_set_dur(out, v->b->dur[idx]);
	else
		sr_set_absent(out, why);
}

void sr_get_latency_s(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	sr_get_latency(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_uint(out, out->u / NS);
}

void sr_get_latency_ns(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	sr_get_latency(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_uint(out, out->u % NS);
}

void sr_get_latency_human(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			  struct sr_val *out)
{
	sr_get_latency(f, v, idx, out);
	if (out->type == SR_V_ABSENT)
		return;
	sr_text_dur(out->u, &v->scratch);
	sr_set_scratch(out, v, 0);
}

/* What -t asks for: the time, or how far it is from another one. */
void sr_get_outputtime(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	char mode = v->opts ? v->opts->time_mode : 'h';
	uint64_t t = v->b->time[idx], from;
	uint8_t why;

	switch (mode) {
	case 'r':
	case 'D':
		from = mode == 'r' ? v->opts->first_time : v->opts->last_shown;
		sr_set_dur(out, from && t > from ? t - from : 0);
		break;
	case 'd':
		sr_set_dur(out, sr_evt_has_dur(v->b, idx, &why) ? v->b->dur[idx] : 0);
		break;
	default:
		sr_get_time(f, v, idx, out);
		break;
	}
}

/* ---- the type ---- */

void sr_get_dir(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	(void)v;
	(void)idx;
	sr_set_str(out, "<", 1);
}

void sr_get_type(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	sr_set_cstr(out, v->b->types[idx].name);
}

void sr_get_type_is(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	sr_set_uint(out, strcmp(v->b->types[idx].name, f->arg) == 0);
}

void sr_get_syscall_type(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			 struct sr_val *out)
{
	const struct sr_block_type *t = &v->b->types[idx];

	(void)f;
	sr_set_cstr(out, t->type && t->type->xevent >= 0 ? NULL : t->name);
}

/* What reads and writes go to. */
static const char *file_category(const struct sr_file *f)
{
	switch (f->kind) {
	case SR_FILE_REG:
	case SR_FILE_DIR:
	case SR_FILE_CHR:
	case SR_FILE_BLK:
	case SR_FILE_LNK:
	case SR_FILE_MEMFD:
		return sr_category_name(SR_CAT_FILE);
	case SR_FILE_SOCK_INET:
	case SR_FILE_SOCK_INET6:
	case SR_FILE_SOCK_NETLINK:
	case SR_FILE_SOCK_PACKET:
		return sr_category_name(SR_CAT_NET);
	case SR_FILE_SOCK_UNIX:
	case SR_FILE_FIFO:
	case SR_FILE_EVENTFD:
		return sr_category_name(SR_CAT_IPC);
	case SR_FILE_SIGNALFD:
		return sr_category_name(SR_CAT_SIGNAL);
	case SR_FILE_TIMERFD:
		return sr_category_name(SR_CAT_TIME);
	default:
		return NULL;
	}
}

void sr_get_category(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_type *t = sr_block_type_of(v->b, idx)->type;
	const char *name = NULL;

	(void)f;
	if (!t) {
		sr_set_cstr(out, sr_category_name(SR_CAT_OTHER));
		return;
	}
	if (t->category == SR_CAT_IO_READ || t->category == SR_CAT_IO_WRITE ||
	    t->category == SR_CAT_IO_OTHER)
		name = file_category(&v->b->files[v->b->file[idx]]);
	sr_set_cstr(out, name ? name : sr_category_name(t->category));
}

/* f->off of the row: 1 read, 2 write, 3 either. */
void sr_get_is_io(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_type *t = v->b->types[idx].type;
	uint8_t c = t ? t->category : SR_CAT_OTHER;
	unsigned dirs = c == SR_CAT_IO_READ ? 1 : c == SR_CAT_IO_WRITE ? 2 : 0;

	sr_set_bool(out, dirs & sr_field_impl_of(f->field)->off);
}

void sr_get_io_dir(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_type *t = v->b->types[idx].type;
	uint8_t c = t ? t->category : SR_CAT_OTHER;

	(void)f;
	sr_set_cstr(out, c == SR_CAT_IO_READ ? "read" : c == SR_CAT_IO_WRITE ? "write" : NULL);
}

void sr_get_is_wait(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_type *t = v->b->types[idx].type;

	(void)f;
	sr_set_bool(out, t && (t->category == SR_CAT_WAIT || t->category == SR_CAT_SLEEP));
}

void sr_get_cpu(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	sr_set_uint(out, v->b->cpu[idx]);
}

void sr_get_count(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	(void)v;
	(void)idx;
	sr_set_uint(out, 1);
}

/* ---- which types can have a field; the getters agree ---- */

bool sr_evt_may_return(const struct sr_type *t, uint32_t off)
{
	(void)off;
	return t->ret != SR_RET_NONE;
}

bool sr_evt_may_last(const struct sr_type *t, uint32_t off)
{
	(void)off;
	return t->xevent < 0;
}

bool sr_evt_may_move(const struct sr_type *t, uint32_t off)
{
	(void)off;
	return t->category == SR_CAT_IO_READ || t->category == SR_CAT_IO_WRITE;
}

bool sr_evt_may_buffer(const struct sr_type *t, uint32_t off)
{
	(void)off;
	for (int i = 0; i < t->nargs; i++)
		if (sr_kinds[t->args[i].kind].flags & SR_OP_PAYLOAD)
			return true;
	return false;
}

bool sr_evt_may_lose(const struct sr_type *t, uint32_t off)
{
	(void)off;
	return t->xevent == SR_X_LOST;
}

/* ---- the result ---- */

bool sr_evt_returned(const struct sr_block *b, uint32_t row, uint8_t *why)
{
	const struct sr_type *t = sr_block_type_of(b, row)->type;

	*why = SR_NONE;
	return !(b->flags[row] & (SR_F_INFLIGHT | SR_F_NORETURN)) && (!t || t->ret != SR_RET_NONE);
}

/* The kernel's errors are -1 to -4095; anything below is an address or a number. */
static bool is_error(int64_t ret)
{
	return ret < 0 && ret >= -4095;
}

void sr_get_rawres(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	uint8_t why;

	(void)f;
	if (sr_evt_returned(v->b, idx, &why))
		sr_set_int(out, v->b->ret[idx]);
	else
		sr_set_absent(out, why);
}

void sr_get_res(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const char *name;

	sr_get_rawres(f, v, idx, out);
	if (out->type == SR_V_ABSENT)
		return;
	if (!is_error(out->i)) {
		sr_set_str(out, "SUCCESS", 7);
		return;
	}
	name = sr_errno_name((int)-out->i);
	if (name) {
		sr_set_cstr(out, name);
		return;
	}
	sr_buf_i64(&v->scratch, out->i);
	sr_set_scratch(out, v, 0);
}

void sr_get_failed(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	sr_get_rawres(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_bool(out, is_error(out->i));
}

void sr_get_count_error(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	sr_get_rawres(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_uint(out, is_error(out->i));
}

void sr_get_buflen(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_type *t = sr_block_type_of(v->b, idx)->type;
	bool io = t && sr_evt_may_move(t, 0);

	sr_get_rawres(f, v, idx, out);
	if (out->type == SR_V_ABSENT || out->i < 0 || !io)
		sr_set_absent(out, SR_NONE);
	else
		sr_set_uint(out, (uint64_t)out->i);
}

/* ---- arguments ---- */

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

/* The payload of a message blob starts after its head and address. */
static void skip_message_head(struct sr_val *val)
{
	struct sr_cur c = sr_cur(val->s.p, val->s.len);
	uint32_t namelen = sr_cur_u32(&c);

	(void)sr_cur_bytes(&c, sizeof(struct sr_msg_head) - sizeof(uint32_t));
	(void)sr_cur_bytes(&c, namelen);
	if (c.bad)
		sr_set_absent(val, SR_NONE);
	else
		sr_set_str(val, c.p, c.left);
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
		if (is_error(out->i)) {
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
	if (stored(v->b, &t->cols[i], t->cls[i], v->b->nth[idx], out))
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

/* ---- the record ---- */

void sr_get_evt_flags(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	static const struct {
		uint16_t flag;
		const char *name;
	} names[] = {
		{ SR_F_NO_START, "no_start" },
		{ SR_F_INFLIGHT, "inflight" },
		{ SR_F_NORETURN, "noreturn" },
		{ SR_F_COMPAT, "compat" },
		{ SR_F_TRUNC, "truncated" },
		{ SR_F_FAULT, "fault" },
		{ SR_F_STATE, "state" },
		{ SR_F_NO_ROOM, "no_room" },
		{ SR_F_LATENCY_OFF, "latency_off" },
	};

	(void)f;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(v->b->flags[idx] & names[i].flag))
			continue;
		if (v->scratch.len)
			sr_buf_putc(&v->scratch, ',');
		sr_buf_puts(&v->scratch, names[i].name);
	}
	if (v->scratch.len)
		sr_set_scratch(out, v, 0);
	else
		sr_set_absent(out, SR_NONE);
}

void sr_get_evt_flag(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	sr_set_bool(out, v->b->flags[idx] & sr_field_impl_of(f->field)->off);
}

void sr_get_lost(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_type *t = sr_block_type_of(v->b, idx)->type;
	const struct sr_arg_desc *d;
	const struct sr_col *c = NULL;

	(void)f;
	if (t && t->xevent == SR_X_LOST)
		c = sr_evt_arg(v->b, idx, "count", &d);
	if (c)
		sr_set_uint(out, c->val[v->b->nth[idx]]);
	else
		sr_set_absent(out, SR_NONE);
}
