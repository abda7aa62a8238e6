/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a retroactive recorder write: filters with names, and how often they may. */
#ifndef SR_TRIGGER_H
#define SR_TRIGGER_H

#include "filters/filter.h"

#define SR_TRIGGERS_MAX 32

/* A row of capture/triggers.def. */
struct sr_trigger_known {
	const char *name, *filter, *help;
};

/** sr_trigger_known() - the i-th named trigger, or NULL. */
const struct sr_trigger_known *sr_trigger_known(size_t i);

struct sr_trigger {
	char *name;   /* letters, digits, '-' and '_' */
	char *filter; /* as text */
	struct sr_filter *compiled;
	uint8_t *types; /* which event types may match; SR_TYPE_COUNT */
};

struct sr_triggers {
	struct sr_trigger t[SR_TRIGGERS_MAX];
	size_t n;
};

/**
 * sr_triggers_add() - a trigger: the name of a known one, NAME:FILTER, or FILTER, which gets a name
 * from its number.
 * @err: not NULL; pos is a column of @text.
 * Return: 0; -EINVAL with words; -ENOTSUP a known one that is about events which this version does
 * not record; -ENOMEM.
 */
int sr_triggers_add(struct sr_triggers *ts, const char *text, struct sr_err *err);

/** sr_triggers_filter() - append a filter that selects what @filter (NULL or "": everything)
 *  selects, and what makes a trigger fire. Appends nothing if that is everything. */
void sr_triggers_filter(const struct sr_triggers *ts, const char *filter, struct sr_buf *out);

/**
 * sr_trigger_run() - select the rows that make it fire, in a block that everything is loaded of;
 * what existed before recording began never does.
 * Return: how many; negative errno of sr_filter_run().
 */
int64_t sr_trigger_run(struct sr_trigger *t, struct sr_view *v, uint64_t *sel, struct sr_err *err);

/** sr_triggers_free() - what @ts holds; it can be used again. */
void sr_triggers_free(struct sr_triggers *ts);

/* ---- at most so many in any hour ---- */

#define SR_TRIGGER_RATE_MAX 1000

/** struct sr_trigger_rate - zero-initialise it and set @max; 0: no limit. */
struct sr_trigger_rate {
	uint32_t max; /* at most SR_TRIGGER_RATE_MAX */
	uint32_t n;
	uint64_t refused; /* the caller may set it back */
	uint64_t times[SR_TRIGGER_RATE_MAX];
};

/** sr_trigger_allowed() - may another one happen at @now (ns)? If so it is counted; if not, too. */
bool sr_trigger_allowed(struct sr_trigger_rate *r, uint64_t now);

#endif /* SR_TRIGGER_H */
