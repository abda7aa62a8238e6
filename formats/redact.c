/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/redact.h"

bool sr_env_is_harmless(const char *name, size_t len)
{
	static const char *const keep[] = {
		"PATH",	    "HOME",	"LANG",	 "LC_ALL",  "TERM",	  "TZ",
		"PWD",	    "USER",	"SHELL", "LOGNAME", "LD_PRELOAD", "LD_LIBRARY_PATH",
		"LD_AUDIT", "HOSTNAME",
	};

	for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
		if (len == strlen(keep[i]) && memcmp(name, keep[i], len) == 0)
			return true;
	return false;
}

void sr_env_redact(const char *env, size_t len, struct sr_buf *out)
{
	const char *end = env + len, *next;

	for (const char *p = env; p < end; p = next) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));
		const char *stop = nul ? nul : end;
		const char *eq = memchr(p, '=', (size_t)(stop - p));

		next = nul ? nul + 1 : end;
		if (!eq || sr_env_is_harmless(p, (size_t)(eq - p))) {
			sr_buf_put(out, p, (size_t)(next - p));
			continue;
		}
		sr_buf_put(out, p, (size_t)(eq + 1 - p));
		sr_buf_puts(out, SR_REDACTED);
		if (nul)
			sr_buf_putc(out, '\0');
	}
}
