/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments whose kind hangs on the value of another one: ioctl, fcntl, prctl... */
#ifndef SR_CASES_H
#define SR_CASES_H

#include "formats/schema.h"

/* A row of formats/cases.def. */
struct sr_case {
	uint16_t type; /* enum sr_type_id */
	uint8_t arg;
	uint8_t by;   /* the argument that decides */
	uint8_t kind; /* enum sr_kind */
	uint8_t len;  /* as in struct sr_arg_desc */
	uint32_t value;
};
extern const struct sr_case sr_cases[];
extern const size_t sr_ncases;

/** sr_case_first() - the first row of argument @arg of @t, or NULL: it is of another kind. */
const struct sr_case *sr_case_first(const struct sr_type *t, unsigned int arg);

/** sr_case_of() - the row of the same argument as @first for @value of the argument that decides,
 *  or NULL: it is a number. */
const struct sr_case *sr_case_of(const struct sr_case *first, uint32_t value);

/** sr_case_op() - how the driver copies it. */
struct sr_op sr_case_op(const struct sr_case *c);

#endif /* SR_CASES_H */
