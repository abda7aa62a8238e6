/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that are made of others, counters, and why a field has no value. */
#include "filters/field_impl.h"
#include "formats/args.h"

#include <errno.h>

#define NS 1000000000ULL

/* ---- what is the same for all events ---- */

void sr_get_none(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	(void)v;
	(void)idx;
	sr_set_absent(out, SR_NONE);
}

void sr_get_is_async(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	(void)f;
	(void)v;
	(void)idx;
	sr_set_bool(out, false);
}

void sr_get_zero(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	(void)v;
	(void)idx;
	sr_set_uint(out, 0);
}

/* ---- times and counters ---- */

/* Tenths of a decade up to 100 s, as columns of a screen of 80. */
void sr_get_latency_quantized(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			      struct sr_val *out)
{
	uint64_t limit = 1, mantissa, decade = 0;

	sr_get_latency(f, v, idx, out);
	if (out->type == SR_V_ABSENT)
		return;
	if (!out->u) {
		sr_set_absent(out, SR_NONE);
		return;
	}
	while (decade < 11 && limit * 10 <= out->u) {
		limit *= 10;
		decade++;
	}
	mantissa = decade < 11 ? (out->u - limit) / (limit * 9 / 10 ? limit * 9 / 10 : 1) : 0;
	sr_set_uint(out, (decade * 10 + mantissa) * 80 / 110 + 1);
}

/* Since the event that this field was asked of before. off: 0 all of it, 1 seconds, 2 the rest. */
void sr_get_deltatime(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	uint32_t part = sr_field_impl_of(f->field)->off;
	uint64_t t = v->b->time[idx], before, ns;

	if (!v->opts) {
		sr_set_absent(out, SR_UNKNOWN);
		return;
	}
	before = v->opts->asked[part];
	v->opts->asked[part] = t;
	ns = before && t > before ? t - before : 0;
	if (part == 0)
		sr_set_dur(out, ns);
	else
		sr_set_uint(out, part == 1 ? ns / NS : ns % NS);
}

void sr_get_cnt(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	(void)f;
	(void)idx;
	if (v->opts)
		sr_set_uint(out, ++v->opts->counter);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

static bool named(const struct sr_type *t, const char *const *names)
{
	for (; t && *names; names++)
		if (strcmp(t->name, *names) == 0)
			return true;
	return false;
}

/* What an error is about: f a file, n the network, m memory, o other. */
static char error_class(const struct sr_block *b, uint32_t row)
{
	static const char *const opens[] = { "open", "openat", "openat2", "creat", NULL };
	static const char *const nets[] = { "accept", "accept4", "connect", NULL };
	const struct sr_type *t = sr_block_type_of(b, row)->type;

	switch (b->files[b->file[row]].kind) {
	case SR_FILE_REG:
	case SR_FILE_DIR:
		return 'f';
	case SR_FILE_SOCK_INET:
	case SR_FILE_SOCK_INET6:
	case SR_FILE_SOCK_UNIX:
		return 'n';
	default:
		return named(t, opens)			   ? 'f'
		       : named(t, nets)			   ? 'n'
		       : t && t->category == SR_CAT_MEMORY ? 'm'
							   : 'o';
	}
}

/* off of the row: the class. */
void sr_get_count_error_of(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			   struct sr_val *out)
{
	sr_get_count_error(f, v, idx, out);
	if (out->type != SR_V_ABSENT &&
	    error_class(v->b, idx) != (char)sr_field_impl_of(f->field)->off)
		sr_set_absent(out, SR_NONE);
}

/* ---- of a file descriptor ---- */

void sr_get_fd_uid(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_thread *t = &v->b->threads[v->b->thread[idx]];

	sr_get_fd_num(f, v, idx, out);
	if (out->type == SR_V_ABSENT)
		return;
	sr_buf_i64(&v->scratch, t->tid);
	sr_buf_i64(&v->scratch, out->i);
	sr_set_scratch(out, v, 0);
}

/* Container, colon, name (off n) or directory (off d). Outside of containers nothing is before the
 * colon. */
void sr_get_fd_in_container(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			    struct sr_val *out)
{
	const struct sr_file *file = &v->b->files[v->b->file[idx]];
	const struct sr_container *ct;
	struct sr_val dir;

	sr_get_fd_directory(f, v, v->b->file[idx], &dir);
	if (sr_field_impl_of(f->field)->off == 'd' ? dir.type == SR_V_ABSENT
						   : file->kind == SR_FILE_NONE) {
		sr_set_absent(out, SR_NONE);
		return;
	}
	ct = sr_ct_of(v, v->b->thread[idx], true, out);
	if (ct)
		sr_buf_put(&v->scratch, ct->id, strnlen(ct->id, 12));
	sr_buf_putc(&v->scratch, ':');
	if (sr_field_impl_of(f->field)->off == 'd')
		sr_buf_put(&v->scratch, dir.s.p, dir.s.len);
	else
		sr_file_name(v->b, file, &v->scratch);
	sr_set_scratch(out, v, 0);
}

/* The port as text. */
void sr_get_fd_proto(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	sr_get_fd_port(f, v, idx, out);
	if (out->type == SR_V_ABSENT)
		return;
	sr_buf_u64(&v->scratch, out->u);
	sr_set_scratch(out, v, 0);
}

/* A socket's name is that of its connection. */
void sr_get_fd_name_changed(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			    struct sr_val *out)
{
	const struct sr_type *t = sr_block_type_of(v->b, idx)->type;
	uint8_t why;

	(void)f;
	if (!v->b->file[idx])
		sr_set_absent(out, SR_NONE);
	else
		sr_set_bool(out, t && strcmp(t->name, "connect") == 0 &&
					 sr_evt_returned(v->b, idx, &why) &&
					 (v->b->ret[idx] >= 0 || v->b->ret[idx] == -EINPROGRESS));
}

/* ---- messages to the system's log ---- */

static bool has(const struct sr_block *b, uint32_t str, const char *part)
{
	return memmem(b->strs[str].p, b->strs[str].len, part, strlen(part)) != NULL;
}

/* Something is written to /dev/log, which may be a link to where the journal listens. */
static bool is_syslog(const struct sr_block *b, uint32_t row)
{
	const struct sr_type *t = sr_block_type_of(b, row)->type;
	const struct sr_file *f = &b->files[b->file[row]];

	if (!t || t->category != SR_CAT_IO_WRITE)
		return false;
	return has(b, f->path, "/dev/log") || has(b, f->path, "/dev-log") ||
	       has(b, f->peer_path, "/dev/log") || has(b, f->peer_path, "/dev-log");
}

bool sr_evt_may_write(const struct sr_type *t, uint32_t off)
{
	(void)off;
	return t->category == SR_CAT_IO_WRITE;
}

void sr_get_is_syslog(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	(void)f;
	sr_set_bool(out, is_syslog(v->b, idx));
}

/* "<34>su: failed": 34, and where the text begins; false if it does not look like that. */
static bool priority(const char *s, size_t len, unsigned *pri, size_t *text)
{
	size_t i = 1;

	if (len < 3 || s[0] != '<')
		return false;
	for (*pri = 0; i < len && i < 4 && s[i] >= '0' && s[i] <= '9'; i++)
		*pri = *pri * 10 + (unsigned)(s[i] - '0');
	*text = i + 1;
	return i > 1 && i < len && s[i] == '>' && *pri < 24 * 8;
}

const char *sr_syslog_facility(unsigned i)
{
	static const char *const names[] = { "kern",	 "user",   "mail",   "daemon",	 "auth",
					     "syslog",	 "lpr",	   "news",   "uucp",	 "clock",
					     "authpriv", "ftp",	   "ntp",    "logaudit", "logalert",
					     "cron",	 "local0", "local1", "local2",	 "local3",
					     "local4",	 "local5", "local6", "local7" };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

const char *sr_syslog_severity(unsigned i)
{
	static const char *const names[] = { "emerg", "alert",	"crit", "err",
					     "warn",  "notice", "info", "debug" };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

/* off of the row: f facility, s severity, capitals their names, m the message. */
void sr_get_syslog(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	unsigned pri;
	size_t text;

	sr_set_absent(out, SR_NONE);
	if (!is_syslog(v->b, idx))
		return;
	sr_get_buffer(f, v, idx, out);
	if (out->type != SR_V_STR)
		return;
	if (!priority(out->s.p, out->s.len, &pri, &text)) {
		sr_set_absent(out, SR_NONE);
		return;
	}
	switch (sr_field_impl_of(f->field)->off) {
	case 'f':
		sr_set_uint(out, pri / 8);
		break;
	case 's':
		sr_set_uint(out, pri % 8);
		break;
	case 'F':
		sr_set_cstr(out, sr_syslog_facility(pri / 8));
		break;
	case 'S':
		sr_set_cstr(out, sr_syslog_severity(pri % 8));
		break;
	default:
		out->s.p += text;
		out->s.len -= text;
		break;
	}
}

/* ---- why a field has no value ---- */

/* What the record as a whole says. */
static const char *record_reason(const struct sr_field_impl *impl, uint16_t flags)
{
	if (impl->may != sr_evt_may_last && impl->may != sr_evt_may_wait &&
	    impl->may != sr_evt_may_return)
		return NULL;
	if (flags & SR_F_INFLIGHT)
		return "the call had not returned when recording ended";
	if (flags & SR_F_NORETURN)
		return "the call does not return";
	if (flags & SR_F_UNTOLD)
		return "nobody was told how the request ended, if it has";
	if (flags & SR_F_NO_RESULT)
		return "the recording does not have the result of the call";
	if (impl->may == sr_evt_may_return)
		return NULL;
	if (flags & SR_F_LATENCY_OFF)
		return "it was recorded without latencies";
	return flags & SR_F_NO_START ? "the call began before recording did" : NULL;
}

static const char *status_reason(uint8_t why)
{
	static const char *const words[] = {
		[SR_NONE] = "there is no such value for this event",
		[SR_TRUNC] = "only the first part was recorded",
		[SR_FAULT] = "page fault while it was read",
		[SR_NOROOM] = "there was no room for it in the record",
		[SR_UNKNOWN] = "it was not recorded",
	};

	return why < sizeof(words) / sizeof(words[0]) ? words[why] : NULL;
}

/* Of the field in the argument; nothing if it has a value, whole. */
void sr_get_reason(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_field_impl *impl;
	const char *words = NULL;
	struct sr_fieldref ref;
	struct sr_val val;

	sr_set_absent(out, SR_NONE);
	if (sr_fieldref_parse(&ref, f->arg, strlen(f->arg), NULL) < 0)
		return;
	impl = sr_field_impl_of(ref.field);
	sr_field_get(&ref, v, idx, &val);
	v->scratch.len = 0;
	if (impl->never)
		words = impl->never;
	else if (val.type == SR_V_ABSENT && val.why == SR_UNKNOWN && ref.field->need & SR_NEED_FDS)
		words = "not all that the process did with its descriptors was recorded";
	else if (val.type == SR_V_ABSENT && val.why != SR_FAULT)
		words = record_reason(impl, v->b->flags[idx]);
	if (!words && (val.type == SR_V_ABSENT || val.why == SR_TRUNC))
		words = status_reason(val.why);
	sr_set_cstr(out, words);
}
