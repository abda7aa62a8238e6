/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_scap.h"
#include "capture/rows.h"
#include "capture/scap_out.h"

#include <errno.h>
#include <stdlib.h>

struct sink_scap {
	struct sr_sink s;
	struct sr_scap_writer *w;
	struct scap_out *out;
	bool listed; /* what stands before the events is written */
	struct sr_sink_scap_stats stats;
};

static struct sink_scap *of(struct sr_sink *s)
{
	return (struct sink_scap *)s;
}

static uint32_t scap_need(struct sr_sink *s)
{
	(void)s;
	return SR_NEED_ALL;
}

static int scap_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		      struct sr_err *err)
{
	struct sink_scap *k = of(s);
	struct sr_block *b = v->b;
	int rc = 0;

	if (!nsel)
		return 0;
	if (!k->listed)
		rc = scap_out_lists(k->out, v, err);
	k->listed = true;
	for (uint32_t i = 0; rc >= 0 && (i = sr_sel_next(sel, b->n, i)) < b->n; i++) {
		rc = scap_out_row(k->out, v, i, err);
		k->stats.events += rc == 1;
		k->stats.left_out += rc == 0 && !(b->flags[i] & SR_F_STATE);
	}
	return rc < 0 ? rc : 0;
}

static int scap_idle(struct sr_sink *s, struct sr_err *err)
{
	return sr_scap_writer_flush(of(s)->w, err);
}

static int scap_finish(struct sr_sink *s, struct sr_err *err)
{
	struct sink_scap *k = of(s);
	struct sr_scap_writer *w = k->w;
	int rc = sr_scap_writer_flush(w, err);

	k->stats.bytes = sr_scap_writer_bytes(w);
	k->w = NULL;
	return rc < 0 ? (void)sr_scap_writer_close(w, NULL), rc : sr_scap_writer_close(w, err);
}

static void scap_close(struct sr_sink *s)
{
	struct sink_scap *k = of(s);

	if (!s)
		return;
	(void)sr_scap_writer_close(k->w, NULL); /* it failed before and was told then */
	scap_out_free(k->out);
	free(k);
}

static const struct sr_sink_ops ops = {
	.name = "scap",
	.need = scap_need,
	.block = scap_block,
	.idle = scap_idle,
	.finish = scap_finish,
	.close = scap_close,
};

int sr_sink_scap_new(struct sr_sink **out, int fd, bool gz, struct sr_err *err)
{
	struct sink_scap *k = calloc(1, sizeof(*k));
	int rc;

	if (!k)
		return -ENOMEM;
	k->s.ops = &ops;
	rc = sr_scap_writer_open(&k->w, fd, gz, err);
	if (rc == 0)
		rc = scap_out_new(&k->out, k->w);
	if (rc < 0) {
		scap_close(&k->s);
		return rc;
	}
	*out = &k->s;
	return 0;
}

void sr_sink_scap_stats(const struct sr_sink *s, struct sr_sink_scap_stats *out)
{
	*out = ((const struct sink_scap *)s)->stats;
}
