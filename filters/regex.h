/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: a thin cover of RE2, whose time is linear in the text whatever the
 * pattern is. Values come from traced processes, so nothing that backtracks will do. The only
 * C++ of the project is behind this. */
#ifndef SR_REGEX_H
#define SR_REGEX_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sr_regex;

/**
 * sr_regex_new() - compile @len bytes of POSIX extended syntax (no \d, no (?i), no references).
 * @why: receives what is wrong with the pattern.
 * Return: 0, -EINVAL, -ENOMEM.
 */
int sr_regex_new(struct sr_regex **out, const char *pattern, size_t len, char *why,
		 size_t why_size);

/** sr_regex_match() - 1: the whole of @s matches; 0: not; -ENOMEM. Bytes that are no UTF-8
 *  count as U+FFFD each. Not for two threads at once. */
int sr_regex_match(struct sr_regex *re, const char *s, size_t len);

void sr_regex_free(struct sr_regex *re);

#ifdef __cplusplus
}
#endif

#endif /* SR_REGEX_H */
