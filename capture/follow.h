/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the containers that patterns select, as they come and go: tells the
 * driver which cgroups they live in, and holds back the events of those that
 * nobody has named yet. */
#ifndef SR_FOLLOW_H
#define SR_FOLLOW_H

#include "container/resolver.h"
#include "container/selection.h"
#include "driver-bpf/driver.h"
#include "formats/builder.h"

struct sr_follow;

/** sr_follow_new() - @selection and @resolver are borrowed. Return 0; -ENOMEM. */
int sr_follow_new(struct sr_follow **out, struct sr_selection *selection,
		  struct sr_resolver *resolver);

/** sr_follow_prepare() - before recording: ask about the containers there are, so that most of
 *  them need not be recorded only to be dropped. */
void sr_follow_prepare(struct sr_follow *f);

/** sr_follow_begin() - recording has begun: tell the driver of the containers there are. Those
 *  that come later it sees by itself. Return 0; -ENOSPC. */
int sr_follow_begin(struct sr_follow *f, struct sr_driver *driver);

/** sr_follow_cgroup() / sr_follow_thread() - a definition came in. */
void sr_follow_cgroup(struct sr_follow *f, const struct sr_cgroup_def *c);
void sr_follow_thread(struct sr_follow *f, const struct sr_thread_def *t);

/** sr_follow_wants() - whether what is known of the container @id should be passed on. */
enum sr_verdict sr_follow_wants(struct sr_follow *f, const char *id);

/** sr_follow_document() - the next document that is of a wanted container (or of none): 1 and
 *  *out appended; 0 none now. Takes what the resolver has, and learns from it. */
int sr_follow_document(struct sr_follow *f, struct sr_buf *out);

/** sr_follow_put() - events that came. Return: 1 all are wanted and none are held back: @b can be
 *  passed on; 0 what may be wanted was copied, see take(); negative errno. */
int sr_follow_put(struct sr_follow *f, struct sr_block *b, struct sr_err *err);

/**
 * sr_follow_take() - the next events that are known to be wanted.
 * @last: nothing more will be known: what is undecided is dropped, and counted.
 * Return: 1 and *out, borrowed until the next call; 0 none now; negative errno.
 */
int sr_follow_take(struct sr_follow *f, bool last, struct sr_block **out, struct sr_err *err);

/** sr_follow_waits() - events are held back. */
bool sr_follow_waits(const struct sr_follow *f);

/** What had to be dropped undecided since the last call; times of the first and last event. */
struct sr_follow_loss {
	uint64_t count, first, last;
};
void sr_follow_loss(struct sr_follow *f, struct sr_follow_loss *out);

void sr_follow_free(struct sr_follow *f);

#endif /* SR_FOLLOW_H */
