/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a request on the control socket. What is understood has printable words within
 * their limits. */
#include "capture/control.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_words(const char *s)
{
	must(strlen(s) <= SR_CONTROL_WORDS);
	for (; *s; s++)
		must((unsigned char)*s >= ' ' && *s != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sr_control_request rq = { 0 };
	struct sr_err err = { .pos = SR_NO_POS };
	char *text = malloc(size + !size); /* not terminated, so that overruns are seen */

	must(text != NULL);
	if (size)
		memcpy(text, data, size);
	if (sr_control_parse(&rq, text, size, &err) == 0)
		must(rq.verb == SR_CONTROL_TRIGGER || rq.verb == SR_CONTROL_STATUS);
	else
		must(err.msg[0]);
	check_words(rq.reason);
	check_words(rq.container);
	free(text);
	return 0;
}
