/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/err.h"

#include <stdarg.h>
#include <stdio.h>

int sr_err_set(struct sr_err *err, int code, uint64_t pos, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->pos = pos;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap); /* a cut message is still a message */
	va_end(ap);
	return code;
}
