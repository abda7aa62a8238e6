/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the module args share: one argument with its typed data, the forms
 * of a number, quoting. Only args*.c include this. */
#ifndef SR_ARGS_INTERNAL_H
#define SR_ARGS_INTERNAL_H

#include "formats/args.h"

/* One argument of one row, looked up. */
struct sr_args_ref {
	const struct sr_block *b;
	uint32_t row;
	unsigned idx;
	const struct sr_type *type;	/* NULL: a type that this version does not know */
	const struct sr_arg_desc *desc; /* NULL: an argument that this version does not know */
	uint64_t val;
	uint8_t cls;		    /* enum sr_class, as written */
	uint8_t kind;		    /* enum sr_kind; SR_KIND_COUNT if unknown or of another class */
	uint8_t status;		    /* enum sr_status */
	const uint8_t *p;	    /* STR, BYTES: the data */
	uint32_t len, truelen;	    /* of the data; truelen is never below len */
	const struct sr_file *file; /* FILE: NULL none */
};

/** sr_args_get() - look up argument @idx of @row; false if the row has no such argument. */
bool sr_args_get(const struct sr_block *b, uint32_t row, unsigned idx, struct sr_args_ref *a);

/** sr_args_compat() - is it a call of a 32-bit program? */
static inline bool sr_args_compat(const struct sr_args_ref *a)
{
	return a->b->flags[a->row] & SR_F_COMPAT && (!a->type || a->type->xevent < 0);
}

/* ---- args_value.c: numbers, strings ---- */

/* How a number is written. Kinds of arguments and members of structures share these. */
enum sr_args_form {
	SR_FORM_HEX,
	SR_FORM_DEC, /* signed */
	SR_FORM_UDEC,
	SR_FORM_PTR,   /* 0 is NULL */
	SR_FORM_MODE,  /* 0644, S_IFREG|0644 */
	SR_FORM_DEV,   /* major:minor of the user-space encoding */
	SR_FORM_ID,    /* uid, gid: all ones is -1 */
	SR_FORM_LIMIT, /* all ones is RLIM_INFINITY */
	SR_FORM_SIGNAL,
	SR_FORM_FLAGS, /* needs an xlat table */
	SR_FORM_ENUM,  /* needs an xlat table */
	SR_FORM_FD,    /* AT_FDCWD by name */
	SR_FORM_ARG,   /* number or address: decimal if small, else hex */
	SR_FORM_ERRNO, /* a positive number */
};

/** sr_args_num_text() / sr_args_num_json() - append the low @size bytes (4 or 8) of @v. */
void sr_args_num_text(enum sr_args_form form, unsigned size, unsigned xlat, uint64_t v,
		      struct sr_buf *out);
void sr_args_num_json(enum sr_args_form form, unsigned size, unsigned xlat, uint64_t v,
		      struct sr_buf *out);

/** sr_args_hex() - append 0x and @v. sr_args_hex_bytes() - append two digits per byte. */
void sr_args_hex(uint64_t v, struct sr_buf *out);
void sr_args_hex_bytes(const uint8_t *p, size_t len, struct sr_buf *out);

/** sr_args_escape() - append @len bytes; what is not printable ASCII, and what the C syntax
 *  gives a meaning, as an escape. */
void sr_args_escape(const void *p, size_t len, struct sr_buf *out);

/** sr_args_quote() - append the first @max (0: all) of @len bytes, escaped, in quotes; `...`
 *  after it if that or @cut leaves something out. */
void sr_args_quote(const void *p, size_t len, uint32_t max, bool cut, struct sr_buf *out);

/** sr_args_cut_json() - append {"data":"...","len":@truelen}: payload that is not all there. */
void sr_args_cut_json(const void *p, size_t len, uint64_t truelen, struct sr_buf *out);

/** sr_args_xlat_name() - the constant of table @xlat that is @v, or NULL. */
const char *sr_args_xlat_name(unsigned xlat, uint64_t v);

/** sr_args_fd() - append `3</etc/passwd>`; @f NULL or of kind NONE: the number alone. */
void sr_args_fd(const struct sr_block *b, int32_t fd, const struct sr_file *f, struct sr_buf *out);
void sr_args_fd_json(const struct sr_block *b, int32_t fd, const struct sr_file *f,
		     struct sr_buf *out);

/* ---- args_rules.c: what hangs on other arguments ---- */

struct sr_args_form_of {
	uint8_t form; /* enum sr_args_form */
	uint8_t size;
	uint16_t xlat;
};

/** sr_args_shown() - how many of the arguments of @row mean something. */
unsigned sr_args_shown(const struct sr_block *b, uint32_t row);

/** sr_args_form_of() - the form of the number @a if another argument decides it, else NULL. */
const struct sr_args_form_of *sr_args_form_of(const struct sr_args_ref *a);

/* ---- args_struct.c: structures ---- */

/** sr_args_struct_text() / sr_args_struct_json() - append the data of @a decoded by its kind.
 *  Return: false, with nothing appended, if the kind has no decoder or the bytes are too few. */
bool sr_args_struct_text(const struct sr_args_ref *a, uint32_t max_str, struct sr_buf *out);
bool sr_args_struct_json(const struct sr_args_ref *a, struct sr_buf *out);

#endif /* SR_ARGS_INTERNAL_H */
