/* SPDX-License-Identifier: Apache-2.0 */
/* One way to report a failure to a person: a caller-owned message with a position. */
#ifndef SR_ERR_H
#define SR_ERR_H

#include <stdint.h>

#define SR_ERR_MSG_MAX 512
#define SR_NO_POS      UINT64_MAX

/**
 * struct sr_err - one human-readable failure report, owned by the caller.
 * @pos: where in the input it happened (file offset in bytes, or column of an
 *       expression counted from 0, as the reporting function documents);
 *       SR_NO_POS if there is no such place.
 * @msg: NUL-terminated text without a trailing newline; empty when nothing was reported.
 */
struct sr_err {
	uint64_t pos;
	char msg[SR_ERR_MSG_MAX];
};

/**
 * sr_err_set() - fill @err (NULL is allowed) and return @code, so that
 * `return sr_err_set(err, -EINVAL, ...)` reads as one statement.
 */
int sr_err_set(struct sr_err *err, int code, uint64_t pos, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif /* SR_ERR_H */
