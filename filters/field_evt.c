/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the event itself: time, type, result. */
#include "filters/field_impl.h"

#include <cjson/cJSON.h>

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
	/* The tools of files of others have 0 where the beginning is not known. */
	uint16_t no_start = flags & SR_F_IMPORTED ? 0 : SR_F_NO_START;

	*why = flags & (SR_F_NO_START | SR_F_UNTOLD) ? SR_UNKNOWN : SR_NONE;
	return !(flags & ((SR_F_NO_DURATION & ~SR_F_NO_START) | no_start)) &&
	       (!t || sr_type_lasts(t));
}

void sr_get_start(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	uint8_t why;

	(void)f;
	/* Of what was not seen to end it is the time that had gone by. */
	if (v->b->flags[idx] & SR_F_NOT_ENDED)
		sr_set_time(out, wall(v, idx) - v->b->dur[idx]);
	else if (sr_evt_has_dur(v->b, idx, &why) && why == SR_NONE)
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

void sr_get_wait_latency(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			 struct sr_val *out)
{
	const struct sr_type *t = sr_block_type_of(v->b, idx)->type;

	if (t && sr_evt_may_wait(t, 0))
		sr_get_latency(f, v, idx, out);
	else
		sr_set_absent(out, SR_NONE);
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
	const struct sr_block_type *bt = sr_block_type_of(v->b, idx);
	const struct sr_type *t = bt->type;
	const char *name = NULL;

	(void)f;
	/* Files of others have calls by name alone, which they do not say of that they wait. */
	if (!t && v->b->flags[idx] & SR_F_IMPORTED)
		t = sr_type_by_name(bt->name, strlen(bt->name));
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
	sr_set_bool(out, t && sr_evt_may_wait(t, 0));
}

void sr_get_source(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	(void)v;
	(void)idx;
	sr_set_cstr(out, "syscall");
}

void sr_get_hostname(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const cJSON *host = NULL;
	const char *name;

	(void)f;
	if (v->meta)
		host = sr_meta_host(sr_meta_of(v->meta, v->b->threads[idx].host));
	name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(host, "hostname"));
	if (name)
		sr_set_cstr(out, name);
	else
		sr_set_absent(out, SR_UNKNOWN);
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
	return sr_type_lasts(t);
}

/* Only of calls whose result counts bytes: that of sendmmsg counts messages. */
bool sr_evt_may_move(const struct sr_type *t, uint32_t off)
{
	if (t->ret != SR_RET_BYTES)
		return false;
	return (t->category == SR_CAT_IO_READ && off & SR_MOVE_IN) ||
	       (t->category == SR_CAT_IO_WRITE && off & SR_MOVE_OUT);
}

bool sr_evt_may_wait(const struct sr_type *t, uint32_t off)
{
	(void)off;
	return t->category == SR_CAT_WAIT || t->category == SR_CAT_SLEEP;
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
	if (b->flags[row] & (SR_F_NO_RESULT | SR_F_UNTOLD))
		*why = SR_UNKNOWN;
	return !(b->flags[row] & (SR_F_NOT_ENDED | SR_F_NO_RESULT)) &&
	       (!t || t->ret != SR_RET_NONE);
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
	if (!sr_evt_is_error(out->i)) {
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
	uint16_t flags = v->b->flags[idx];

	sr_get_rawres(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_bool(out, sr_evt_is_error(out->i));
	else if (flags & SR_F_IMPORTED && flags & SR_F_NO_RESULT)
		sr_set_bool(out, false); /* as the tools have it that recorded it */
}

void sr_get_count_error(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	sr_get_rawres(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_uint(out, sr_evt_is_error(out->i));
}

/* Bytes went the way, and to what, that @what (SR_MOVE_x) wants. */
static bool moved(const struct sr_block *b, uint32_t row, uint32_t what)
{
	const struct sr_type *t = sr_block_type_of(b, row)->type;
	uint32_t kind;

	if (!t || !sr_evt_may_move(t, what))
		return false;
	if (!(what & (SR_MOVE_FILE | SR_MOVE_NET)))
		return true;
	kind = b->files[b->file[row]].kind;
	if (what & SR_MOVE_FILE)
		return kind == SR_FILE_REG;
	return kind == SR_FILE_SOCK_INET || kind == SR_FILE_SOCK_INET6;
}

void sr_get_buflen(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	sr_get_rawres(f, v, idx, out);
	if (out->type == SR_V_ABSENT || out->i < 0 ||
	    !moved(v->b, idx, sr_field_impl_of(f->field)->off))
		sr_set_absent(out, SR_NONE);
	else
		sr_set_uint(out, (uint64_t)out->i);
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
		{ SR_F_NO_RESULT, "no_result" },
		{ SR_F_IMPORTED, "imported" },
		{ SR_F_UNTOLD, "untold" },
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
