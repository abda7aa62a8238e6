/* SPDX-License-Identifier: Apache-2.0 */
/* A filter from its text to its end. */
#include "filters/ast.h"

#include <errno.h>
#include <stdlib.h>

int sr_filter_compile(struct sr_filter **out, const char *text, struct sr_err *err)
{
	struct sr_filter *f = calloc(1, sizeof(*f));
	int rc = -ENOMEM;

	if (!f)
		goto fail;
	rc = sr_parse(f, text, err);
	if (rc < 0)
		goto fail;
	rc = sr_check(f, err);
	if (rc < 0)
		goto fail;
	rc = sr_types_prepare(f);
	if (rc < 0)
		goto fail;
	*out = f;
	return 0;

fail:
	if (rc == -ENOMEM)
		(void)sr_err_set(err, rc, SR_NO_POS, "out of memory");
	sr_filter_free(f);
	return rc;
}

uint32_t sr_filter_need(const struct sr_filter *f)
{
	return f->need;
}

void sr_filter_free(struct sr_filter *f)
{
	if (!f)
		return;
	sr_arena_free(&f->arena);
	sr_buf_free(&f->text);
	sr_buf_free(&f->text2);
	free(f->bits);
	free(f->memo);
	free(f);
}
