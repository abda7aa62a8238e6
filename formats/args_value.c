/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, flags, strings, addresses and files as text and JSON: the leaves of args.c. */
#include "formats/args_internal.h"

#include <sys/stat.h>

static const char digits[] = "0123456789abcdef";

void sr_args_hex(uint64_t v, struct sr_buf *out)
{
	char tmp[18], *p = tmp + sizeof(tmp);

	do
		*--p = digits[v & 15];
	while (v >>= 4);
	*--p = 'x';
	*--p = '0';
	sr_buf_put(out, p, (size_t)(tmp + sizeof(tmp) - p));
}

void sr_args_hex_bytes(const uint8_t *p, size_t len, struct sr_buf *out)
{
	if (!sr_buf_reserve(out, 2 * len))
		return;
	for (size_t i = 0; i < len; i++) {
		out->p[out->len++] = (uint8_t)digits[p[i] >> 4];
		out->p[out->len++] = (uint8_t)digits[p[i] & 15];
	}
}

static void put_octal(uint64_t v, struct sr_buf *out)
{
	char tmp[24], *p = tmp + sizeof(tmp);

	for (; v; v >>= 3)
		*--p = (char)('0' + (v & 7));
	*--p = '0';
	sr_buf_put(out, p, (size_t)(tmp + sizeof(tmp) - p));
}

/* ---- strings ---- */

/* What follows the backslash of a byte that does not stand for itself; 'x': two hex digits. */
static char escape_of(uint8_t c)
{
	switch (c) {
	case '\n':
		return 'n';
	case '\t':
		return 't';
	case '\r':
		return 'r';
	case '"':
	case '\\':
		return (char)c;
	default:
		return 'x';
	}
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Escapes for the bytes at @p up to the next plain one; there is room. Return where that is. */
static const uint8_t *put_escapes(const uint8_t *p, const uint8_t *end, struct sr_buf *out)
{
	uint8_t *o = out->p + out->len;

	for (; p < end && !is_plain(*p); p++) {
		o[0] = '\\';
		o[1] = (uint8_t)escape_of(*p);
		o[2] = (uint8_t)digits[*p >> 4];
		o[3] = (uint8_t)digits[*p & 15];
		o += o[1] == 'x' ? 4 : 2;
	}
	out->len = (size_t)(o - out->p);
	return p;
}

void sr_args_escape(const void *data, size_t len, struct sr_buf *out)
{
	const uint8_t *p = data ? data : (const uint8_t *)"", *end = p + len; /* NULL: len is 0 */

	while (p < end) {
		size_t run = sr_buf_plain(p, (size_t)(end - p));

		sr_buf_put(out, p, run);
		p += run;
		/* one escape is four bytes at most */
		if (!sr_buf_reserve(out, 4 * (size_t)(end - p)))
			return;
		p = put_escapes(p, end, out);
	}
}

void sr_args_quote(const void *p, size_t len, uint32_t max, bool cut, struct sr_buf *out)
{
	if (max && len > max) {
		len = max;
		cut = true;
	}
	sr_buf_putc(out, '"');
	sr_args_escape(p, len, out);
	sr_buf_putc(out, '"');
	if (cut)
		sr_buf_put(out, "...", 3);
}

void sr_args_cut_json(const void *p, size_t len, uint64_t truelen, struct sr_buf *out)
{
	sr_buf_put(out, "{\"data\":", 8);
	sr_buf_json_str(out, p, len);
	sr_buf_put(out, ",\"len\":", 7);
	sr_buf_u64(out, truelen);
	sr_buf_putc(out, '}');
}

/* ---- numbers ---- */

static const char *find_name(const struct sr_xlat_table *t, uint64_t v)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].value == v)
			return t->rows[i].name;
	return NULL;
}

const char *sr_args_xlat_name(unsigned xlat, uint64_t v)
{
	return find_name(sr_xlat_table(xlat), v);
}

static bool is_small(uint64_t v)
{
	return v < 1024 || v > (uint64_t)-1024;
}

/* A small number in decimal, one that looks like bits in hex. */
static void put_unnamed(uint64_t v, struct sr_buf *out)
{
	if (is_small(v))
		sr_buf_i64(out, (int64_t)v);
	else
		sr_args_hex(v, out);
}

/* The names of enumerations are of 32 bits; a row may hold one with or without its sign. */
static void put_enum(unsigned xlat, uint64_t v, struct sr_buf *out)
{
	const char *name = sr_args_xlat_name(xlat, v);

	if (!name && (int64_t)v < 0)
		name = sr_args_xlat_name(xlat, (uint32_t)v);
	else if (!name)
		name = sr_args_xlat_name(xlat, (uint64_t)(int32_t)v);
	if (name)
		sr_buf_puts(out, name);
	else if (xlat == SR_XLAT_key_spec) /* else serial numbers */
		sr_buf_i64(out, (int32_t)v);
	else
		put_unnamed(v, out);
}

static void put_name(const char *name, bool first, struct sr_buf *out)
{
	if (!first)
		sr_buf_putc(out, '|');
	sr_buf_puts(out, name);
}

/*
 * The bits of the table's mask are one number and fit one row exactly (O_ACCMODE: the 0 that is
 * O_RDONLY has a name too). Of the others, rows are tried in order; one matches if all of its
 * bits are left, and takes them. What remains is shown in hex.
 */
static void put_flags(unsigned xlat, uint64_t v, struct sr_buf *out)
{
	const struct sr_xlat_table *t = sr_xlat_table(xlat);
	size_t start = out->len;
	const char *name;

	name = t->mask ? find_name(t, v & t->mask) : NULL;
	if (name) {
		sr_buf_puts(out, name);
		v &= ~t->mask;
	}
	for (size_t i = 0; v && i < t->n; i++) {
		uint64_t bits = t->rows[i].value;

		if ((v & bits) != bits || !(bits & ~t->mask))
			continue;
		put_name(t->rows[i].name, out->len == start, out);
		v &= ~bits;
	}
	if (v) {
		if (out->len != start)
			sr_buf_putc(out, '|');
		if (xlat == SR_XLAT_ipc_get_flags || xlat == SR_XLAT_shmget_flags)
			put_octal(v, out); /* what is left are permissions */
		else
			sr_args_hex(v, out);
	} else if (out->len == start) {
		name = t->mask ? NULL : find_name(t, 0);
		sr_buf_puts(out, name ? name : "0");
	}
}

static void put_mode(uint64_t v, struct sr_buf *out)
{
	static const char *const types[16] = {
		[S_IFIFO >> 12] = "S_IFIFO",   [S_IFCHR >> 12] = "S_IFCHR",
		[S_IFDIR >> 12] = "S_IFDIR",   [S_IFBLK >> 12] = "S_IFBLK",
		[S_IFREG >> 12] = "S_IFREG",   [S_IFLNK >> 12] = "S_IFLNK",
		[S_IFSOCK >> 12] = "S_IFSOCK",
	};
	const char *type = types[v >> 12 & 15];

	if (type) {
		put_name(type, true, out);
		sr_buf_putc(out, '|');
		v &= ~(uint64_t)S_IFMT;
	}
	put_octal(v, out);
}

static void put_dev(uint64_t v, struct sr_buf *out)
{
	sr_buf_u64(out, v >> 8 & 0xfff);
	sr_buf_putc(out, ':');
	sr_buf_u64(out, (v & 0xff) | (v >> 12 & 0xfff00));
}

static void put_errno(uint32_t v, struct sr_buf *out)
{
	const char *name = v <= INT32_MAX ? sr_errno_name((int)v) : NULL;

	if (name)
		sr_buf_puts(out, name);
	else
		sr_buf_u64(out, v);
}

/* The value as the kernel takes it: of @size bytes, with its sign if the form has one. */
static uint64_t narrow(enum sr_args_form form, unsigned size, uint64_t v)
{
	if (size == 8 && form != SR_FORM_FLAGS && form != SR_FORM_ENUM)
		return v;
	switch (form) {
	case SR_FORM_DEC:
	case SR_FORM_SIGNAL:
	case SR_FORM_FD:
		return (uint64_t)(int32_t)v;
	case SR_FORM_FLAGS:
		/* an int that the program extended by its sign: the upper half means nothing */
		return v >> 32 == 0xffffffff ? (uint32_t)v : v;
	case SR_FORM_ENUM:
		/* -100 is a number, 0x80045430 are bits */
		return (int32_t)v < 0 && (int32_t)v > -1024 ? (uint64_t)(int32_t)v : (uint32_t)v;
	case SR_FORM_ID:
	case SR_FORM_LIMIT:
		return (uint32_t)v == UINT32_MAX ? UINT64_MAX : (uint32_t)v;
	default:
		return (uint32_t)v;
	}
}

void sr_args_num_text(enum sr_args_form form, unsigned size, unsigned xlat, uint64_t v,
		      struct sr_buf *out)
{
	v = narrow(form, size, v);
	switch (form) {
	case SR_FORM_DEC:
	case SR_FORM_ID:
		sr_buf_i64(out, (int64_t)v);
		break;
	case SR_FORM_UDEC:
		sr_buf_u64(out, v);
		break;
	case SR_FORM_PTR:
		if (v)
			sr_args_hex(v, out);
		else
			sr_buf_put(out, "NULL", 4);
		break;
	case SR_FORM_MODE:
		put_mode(v, out);
		break;
	case SR_FORM_DEV:
		put_dev(v, out);
		break;
	case SR_FORM_LIMIT:
		if (v == UINT64_MAX)
			sr_buf_puts(out, "RLIM_INFINITY");
		else
			sr_buf_u64(out, v);
		break;
	case SR_FORM_SIGNAL:
		put_enum(SR_XLAT_signal, v, out);
		break;
	case SR_FORM_FLAGS:
		put_flags(xlat, v, out);
		break;
	case SR_FORM_ENUM:
		put_enum(xlat, v, out);
		break;
	case SR_FORM_FD:
		sr_args_fd(NULL, (int32_t)v, NULL, out);
		break;
	case SR_FORM_ARG:
		put_unnamed(v, out);
		break;
	case SR_FORM_ERRNO:
		put_errno((uint32_t)v, out);
		break;
	default:
		sr_args_hex(v, out);
	}
}

static void json_hex(uint64_t v, struct sr_buf *out)
{
	sr_buf_putc(out, '"');
	sr_args_hex(v, out);
	sr_buf_putc(out, '"');
}

/* JSON numbers are doubles to many readers: what they cannot hold is a string in hex. */
static void json_number(uint64_t v, bool is_signed, struct sr_buf *out)
{
	const uint64_t max = 1ull << 53;

	if (v <= max)
		sr_buf_u64(out, v);
	else if (is_signed && v >= -max)
		sr_buf_i64(out, (int64_t)v);
	else
		json_hex(v, out);
}

void sr_args_num_json(enum sr_args_form form, unsigned size, unsigned xlat, uint64_t v,
		      struct sr_buf *out)
{
	uint64_t n = narrow(form, size, v);

	switch (form) {
	case SR_FORM_DEC:
	case SR_FORM_ID:
	case SR_FORM_FD:
		json_number(n, true, out);
		break;
	case SR_FORM_UDEC:
	case SR_FORM_LIMIT:
		json_number(n, false, out);
		break;
	case SR_FORM_MODE:
	case SR_FORM_SIGNAL:
	case SR_FORM_FLAGS:
	case SR_FORM_ENUM:
	case SR_FORM_ERRNO:
		sr_buf_put(out, "{\"value\":", 9);
		json_number(n, form == SR_FORM_ENUM || form == SR_FORM_SIGNAL, out);
		sr_buf_put(out, ",\"text\":\"", 9);
		sr_args_num_text(form, size, xlat, v, out);
		sr_buf_put(out, "\"}", 2);
		break;
	case SR_FORM_DEV:
		sr_buf_putc(out, '"');
		put_dev(n, out);
		sr_buf_putc(out, '"');
		break;
	case SR_FORM_ARG:
		if (is_small(n)) {
			json_number(n, true, out);
			break;
		}
		json_hex(n, out);
		break;
	default:
		json_hex(n, out);
	}
}
