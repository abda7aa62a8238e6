/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into a parsed JSON document without caring which members are there. */
#ifndef SR_BASE_JSON_H
#define SR_BASE_JSON_H

#include <cjson/cJSON.h>

/** sr_json_at() - a member of an object, or NULL; sr_json_text() - a text, or "". */
const cJSON *sr_json_at(const cJSON *o, const char *key);
const char *sr_json_text(const cJSON *o, const char *key);

/** sr_json_path() - a member of members, "State.Health.Status"; NULL if it is not there. */
const cJSON *sr_json_path(const cJSON *o, const char *path);

#endif
