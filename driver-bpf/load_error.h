/* SPDX-License-Identifier: Apache-2.0 */
/* Turns a refused load into words: what is missing and what to do. */
#ifndef SR_LOAD_ERROR_H
#define SR_LOAD_ERROR_H

#include "formats/base/err.h"

#include <stdbool.h>

#define SR_LOAD_NOTE_LEN 256

/** sr_load_error_reset() / sr_load_error_note() - forget / keep what libbpf says while this thread
 *  is loading; sr_load_error_last() - that, "" for nothing; borrowed until the next note. */
void sr_load_error_reset(void);
void sr_load_error_note(const char *msg);
const char *sr_load_error_last(void);

/** sr_load_error_explain() - fill @err for errno @code (negative) of a failed load; @note is what
 *  was kept; @types_given: the kernel's own types were not needed. Return @code. */
int sr_load_error_explain(int code, const char *note, bool types_given, struct sr_err *err);

#endif /* SR_LOAD_ERROR_H */
