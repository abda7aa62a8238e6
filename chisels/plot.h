/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of chisels: histograms, heat maps, flame graphs and time series. Samples are added in
 * bounded memory, and what came of them is rendered for a terminal, as JSON, CSV or SVG. */
#ifndef SR_PLOT_H
#define SR_PLOT_H

#include "chisels/include/sysreel/chisel.h"
#include "chisels/table.h"

/* What is kept apart, see struct sysreel_plot_def. */
#define SR_PLOT_MAX_FRAMES 100000 /* of FLAME: some 15 MB */
#define SR_PLOT_MAX_HIST   1000	  /* groups of HISTOGRAM: 2 MB */
#define SR_PLOT_MAX_SERIES 100	  /* groups of SERIES: 0.5 MB */
#define SR_PLOT_MAX_DEPTH  128	  /* frames of a stack; higher ones are added to the last */
#define SR_PLOT_BUCKETS	   257	  /* of values; with a step the last one is all beyond */
#define SR_PLOT_TIMES	   600	  /* intervals */

/**
 * sr_plot_new() - an empty plot; @def is copied, its title borrowed.
 * @top: what to show instead of what @def says; negative: that.
 * Return: 0; -EINVAL with words for a wrong definition; -ENOMEM.
 */
int sr_plot_new(struct sysreel_plot **out, const struct sysreel_plot_def *def, int64_t top,
		struct sr_err *err);

/** sr_plot_make_part() - of an empty plot, one for samples that sr_plot_merge() will bring into
 *  another of the same definition: without limits of what is kept apart. */
void sr_plot_make_part(struct sysreel_plot *p);

/** sr_plot_add() - add a sample. Return 0, -ENOMEM. */
int sr_plot_add(struct sysreel_plot *p, const struct sysreel_sample *s);

/** sr_plot_merge() - bring what @part holds into @p, as if its samples came now, and empty it.
 *  Return 0, -ENOMEM. */
int sr_plot_merge(struct sysreel_plot *p, struct sysreel_plot *part);

/** sr_plot_is_empty() - nothing was added. */
bool sr_plot_is_empty(const struct sysreel_plot *p);
void sr_plot_clear(struct sysreel_plot *p);
void sr_plot_free(struct sysreel_plot *p);

/** sr_plot_text() - append it as people read it. Return 0, -ENOMEM. */
int sr_plot_text(struct sysreel_plot *p, const struct sr_table_opts *o, struct sr_buf *out);

/** sr_plot_json() - append it as an object: {"title":...,"kind":"histogram","unit":...}, and
 *  "groups", "cells", "stacks" or "series". sr_plot_csv() - append it as rows with a head.
 *  Return 0, -ENOMEM. */
int sr_plot_json(struct sysreel_plot *p, struct sr_buf *out);
int sr_plot_csv(struct sysreel_plot *p, struct sr_buf *out);

/**
 * sr_plot_svg() - append it to a picture.
 * @top: where it begins, in pixels from the upper edge. Return: its height; -ENOMEM.
 * sr_plot_svg_end() - put what makes it a whole document around what is in @body.
 */
int sr_plot_svg(struct sysreel_plot *p, const struct sr_table_opts *o, int top,
		struct sr_buf *body);
void sr_plot_svg_end(const struct sr_buf *body, int height, struct sr_buf *out);

#endif /* SR_PLOT_H */
