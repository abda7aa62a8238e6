/* SPDX-License-Identifier: Apache-2.0 */
/* What a chisel has so far, once a second, on the terminal of somebody who watches: the tables and
 * plots that it would show at its end. Nothing is asked of the chisel for it. */
#include "chisels/host_internal.h"
#include "formats/base/clock.h"

#define EVERY_NS   1000000000ull
#define LEAST_ROWS 3
#define OTHER_ROWS 4 /* the head, the others, remarks and the last line */

/* Is all that it says in tables and plots that were filled as events came? */
static bool can_refresh(const struct sr_chisel *c)
{
	bool any = false;

	if (!c->opts.refresh_lines || c->part || c->opts.json || c->opts.csv ||
	    c->plugin.d.interval_ns || c->plugin.d.flags & SYSREEL_RAW || c->out.len)
		return false;
	for (uint32_t i = 0; i < c->ntables; i++) {
		if (sr_table_is_stream(c->tables[i]))
			return false;
		any |= !sr_table_is_empty(c->tables[i]);
	}
	for (uint32_t i = 0; i < c->nplots; i++)
		any |= !sr_plot_is_empty(c->plots[i]);
	return any;
}

static int put_tables(struct sr_chisel *c)
{
	int rows = c->opts.refresh_lines / (int)(c->ntables ? c->ntables : 1) - OTHER_ROWS;
	struct sr_table_opts look = c->look;
	int rc = 0;

	look.rows = (uint32_t)(rows < LEAST_ROWS ? LEAST_ROWS : rows);
	for (uint32_t i = 0; rc == 0 && i < c->ntables; i++) {
		sr_table_set_elapsed(c->tables[i], c->last - c->first);
		rc = sr_table_text(c->tables[i], &look, &c->out);
	}
	return rc;
}

int sr_chisel_refresh(struct sr_chisel *c, struct sr_err *err)
{
	uint64_t now = c->opts.refresh_lines ? sr_now_ns() : 0;
	struct sysreel_value took = sysreel_uint(c->last - c->first);
	int rc;

	if (now - c->painted < EVERY_NS || !can_refresh(c))
		return 0;
	c->painted = now;
	sr_buf_puts(&c->out, SR_CLEAR_SCREEN);
	rc = put_tables(c);
	for (uint32_t i = 0; rc == 0 && i < c->nplots; i++)
		rc = sr_plot_text(c->plots[i], &c->look, &c->out);
	if (rc < 0)
		return sr_chisel_no_memory(c, err);
	sr_buf_printf(&c->out, "%llu events in ", (unsigned long long)c->events);
	sr_cell_text(&took, SYSREEL_NS, &c->look, &c->out);
	sr_buf_puts(&c->out, " so far; Ctrl-C ends\n");
	rc = sr_chisel_flush(c, err);
	(void)fflush(c->opts.out); /* an error shows at the next write */
	return rc;
}
