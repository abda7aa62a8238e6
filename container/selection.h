/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers are wanted: the patterns of --container and --not-container,
 * and what they say of each container as its name becomes known. No I/O. */
#ifndef SR_SELECTION_H
#define SR_SELECTION_H

#include "formats/base/err.h"
#include "formats/block.h"

struct sr_selection;

enum sr_verdict {
	SR_VERDICT_PENDING, /* its name is not known yet */
	SR_VERDICT_YES,
	SR_VERDICT_NO,
};

int sr_selection_new(struct sr_selection **out); /* 0; -ENOMEM */
void sr_selection_free(struct sr_selection *s);

/**
 * sr_selection_include() / _exclude() - add a pattern: a NAME or the beginning of an id, a glob of
 * names (with * ? or [), label:KEY, label:KEY=GLOB, image:GLOB, pod:GLOB, pod:GLOB/GLOB.
 * Return: 0; -EINVAL with words; -ENOMEM.
 */
int sr_selection_include(struct sr_selection *s, const char *pattern, struct sr_err *err);
int sr_selection_exclude(struct sr_selection *s, const char *pattern, struct sr_err *err);

/** sr_selection_accept() - the container with this whole id is wanted, whatever its name.
 *  Return: 0; -ENOMEM. */
int sr_selection_accept(struct sr_selection *s, const char *id);

/** sr_selection_is_name() - the pattern is a plain name or id: it means one container. */
bool sr_selection_is_name(const char *pattern);

bool sr_selection_includes(const struct sr_selection *s); /* there are patterns */
bool sr_selection_excludes(const struct sr_selection *s);

/**
 * sr_selection_verdict() - are events wanted of a process that lives in these cgroups? Paths of
 * several hierarchies, up to 2; a container inside a wanted one is wanted.
 * @maybe: not wanted but for the patterns; otherwise only --not-container can refuse.
 */
enum sr_verdict sr_selection_verdict(struct sr_selection *s, const struct sr_str *paths, size_t n,
				     bool maybe);

/** sr_selection_document() - take in what a runtime said (formats/meta.h, kind "container").
 *  Return: the verdict on the container itself: whether the document should be passed on. */
enum sr_verdict sr_selection_document(struct sr_selection *s, const char *json, size_t len);

/** sr_selection_container() - the verdict on the container @id itself, as far as it is known. */
enum sr_verdict sr_selection_container(struct sr_selection *s, const char *id);

/** sr_selection_wanted() - containers that patterns are known to select. */
size_t sr_selection_wanted(const struct sr_selection *s);

/** sr_selection_late() - how often a name came after it had been decided without it, and changed
 *  that. */
uint64_t sr_selection_late(const struct sr_selection *s);

/** sr_selection_unnamed() - containers that nobody could name, so that no name matched. */
uint64_t sr_selection_unnamed(const struct sr_selection *s);

#endif /* SR_SELECTION_H */
