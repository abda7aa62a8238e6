/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of .scap events as arguments of our event types. */
#ifndef SR_SCAP_ARGS_H
#define SR_SCAP_ARGS_H

#include "capture/scap_state.h"

/** scap_type_of() - our type for a .scap event called @name, or NULL. */
const struct sr_type *scap_type_of(const char *name);

/** scap_args() - the arguments of @ev, whose type is set, from the event and the one with which
 *  the call began (may be NULL). @t: whose files are meant, may be NULL. */
void scap_args(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e,
	       const struct sr_scap_event *enter, struct sr_event_in *ev);

/** scap_arg_of() - index of the argument of @type that .scap files call @theirs, or -1. */
int scap_arg_of(const struct sr_type *type, const char *theirs);

#endif /* SR_SCAP_ARGS_H */
