/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/json.h"

#include <string.h>

const cJSON *sr_json_at(const cJSON *o, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(o, key);
}

const char *sr_json_text(const cJSON *o, const char *key)
{
	const char *s = cJSON_GetStringValue(sr_json_at(o, key));

	return s ? s : "";
}

const cJSON *sr_json_path(const cJSON *o, const char *path)
{
	char key[64];

	while (o && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		o = sr_json_at(o, key);
		path += n + (path[n] == '.');
	}
	return o;
}
