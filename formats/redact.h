/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables are where people put passwords, and captures get passed
 * on: their values are kept out of captures unless they are asked for. */
#ifndef SR_REDACT_H
#define SR_REDACT_H

#include "formats/base/buf.h"

#define SR_REDACTED "<redacted>"

/** sr_env_is_harmless() - may the value of variable @name be kept? Search paths, locale, preloaded
 *  libraries: what an investigation needs and no secret is put in. */
bool sr_env_is_harmless(const char *name, size_t len);

/** sr_env_redact() - append an environment (NAME=value, each followed by NUL, the last one maybe
 *  cut) with the values replaced by SR_REDACTED, but for the harmless ones. */
void sr_env_redact(const char *env, size_t len, struct sr_buf *out);

#endif /* SR_REDACT_H */
