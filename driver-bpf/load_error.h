/* SPDX-License-Identifier: Apache-2.0 */
/* Turns a refused load into words: what is missing and what to do. */
#ifndef SR_LOAD_ERROR_H
#define SR_LOAD_ERROR_H

#include "formats/base/err.h"

/** sr_load_error_reset() / sr_load_error_note() - forget / keep what libbpf says while loading. */
void sr_load_error_reset(void);
void sr_load_error_note(const char *msg);

/** sr_load_error_explain() - fill @err for errno @code (negative) of a failed load. Return @code.
 */
int sr_load_error_explain(int code, struct sr_err *err);

#endif /* SR_LOAD_ERROR_H */
