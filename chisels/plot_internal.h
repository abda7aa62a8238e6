/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a plot, for what fills it (plot.c) and what renders it (plot_*.c). */
#ifndef SR_PLOT_INTERNAL_H
#define SR_PLOT_INTERNAL_H

#include "chisels/plot.h"
#include "formats/arena.h"

/* A frame; a group is a child of the root, a bucket of a heat map one whose name is its number.
 * Nodes stand in the order in which they came, so a parent before its children. */
struct sr_plot_node {
	const char *name;
	uint32_t len;
	uint32_t parent;
	uint64_t self;	 /* weight of what ended here */
	uint64_t others; /* weight of what went on to nodes for which there was no room */
	uint64_t sum;	 /* HISTOGRAM: of the values */
	uint64_t *cells; /* NULL: none */
	/* made by sr_plot_link() */
	uint64_t total;		/* weight with that of all above it */
	uint32_t child, nchild; /* in sysreel_plot.order */
};

struct sysreel_plot {
	struct sysreel_plot_def def;
	uint32_t max; /* nodes beside the root */
	struct sr_plot_node *nodes;
	uint32_t n, cap;
	uint32_t *slots; /* nodes by parent and name, + 1; 0 empty */
	uint32_t mask;	 /* slots - 1: a power of two less one */
	uint32_t *order; /* all nodes but the root: by parent, then name */
	struct sr_arena arena;
	struct sr_buf text;	  /* scratch: the name of a group */
	struct sr_plot_node rest; /* all groups for which there was no room */
	uint64_t interval;	  /* now: neighbours may have been joined */
	uint64_t first;		  /* the interval of cells[0], since the epoch */
	uint32_t times;		  /* intervals in use */
};

/** sr_plot_link() - make totals and lists of children. Return 0, -ENOMEM. */
int sr_plot_link(struct sysreel_plot *p);

/* Groups to be shown, the largest first, the rest added up in one. */
struct sr_plot_groups {
	struct sr_plot_node **v; /* malloc'ed */
	uint32_t n;
	uint32_t nothers;	    /* that are in @others; more if there was no room */
	struct sr_plot_node others; /* its total 0: there are none */
};

int sr_plot_groups_get(struct sysreel_plot *p, struct sr_plot_groups *out);
void sr_plot_groups_free(struct sr_plot_groups *g);

/** sr_plot_ncells() - how many cells a group has. */
uint32_t sr_plot_ncells(const struct sysreel_plot *p);

/** sr_plot_from() - the least value of a bucket. sr_plot_is_open() - does it hold all beyond? */
uint64_t sr_plot_from(const struct sysreel_plot *p, uint32_t bucket);
bool sr_plot_is_open(const struct sysreel_plot *p, uint32_t bucket);

/* A heat map laid out: rows of cells by bucket, NULL where a bucket is empty. */
struct sr_plot_grid {
	const uint64_t *row[SR_PLOT_BUCKETS];
	uint32_t lo, hi; /* buckets in use; lo > hi: none */
	uint64_t most;	 /* in one cell */
};

void sr_plot_grid_get(const struct sysreel_plot *p, struct sr_plot_grid *out);

/** sr_plot_time() - when an interval began, in ns since the epoch. */
static inline uint64_t sr_plot_time(const struct sysreel_plot *p, uint32_t i)
{
	return (p->first + i) * p->interval;
}

/** sr_plot_amount() - a number as people read it. */
static inline void sr_plot_amount(uint64_t v, uint8_t unit, struct sr_buf *out)
{
	struct sysreel_value value = sysreel_uint(v);

	sr_cell_text(&value, (enum sysreel_unit)unit, &(struct sr_table_opts){ 0 }, out);
}

#endif /* SR_PLOT_INTERNAL_H */
