/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/log.h"

#include <stdarg.h>
#include <stdio.h>

static sr_log_fn sink;
static void *sink_arg;

void sr_log_set(sr_log_fn fn, void *arg)
{
	sink = fn;
	sink_arg = arg;
}

void sr_log(enum sr_log_level level, const char *fmt, ...)
{
	char msg[1024];
	va_list ap;

	if (!sink)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap); /* a cut message is still a message */
	va_end(ap);
	sink(level, msg, sink_arg);
}
