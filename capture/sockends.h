/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of a socket as one call names it: sendto() and recvfrom() of sockets without a
 * peer, connect() that was refused. The call's own file is then the socket with that end. */
#ifndef SR_SOCKENDS_H
#define SR_SOCKENDS_H

#include "formats/builder.h"

struct sr_sockends;

/** sr_sockends_new() - nothing known yet; the caller frees it. Return 0; -ENOMEM. */
int sr_sockends_new(struct sr_sockends **out);

/**
 * sr_sockends_see() - the call of @ev, whose arguments are there, has an address in them: its
 * file, and that of its descriptor, become the socket with this address as the other end. Calls
 * without an address, and connected sockets, are left alone. What is made lives until
 * sr_sockends_sweep(). Return 0; -ENOMEM.
 */
int sr_sockends_see(struct sr_sockends *s, struct sr_event_in *ev);

/** sr_sockends_wants() - whether calls of type @t can have such an address. */
bool sr_sockends_wants(const struct sr_type *t);

/** sr_sockends_sweep() - no builder refers to what was made any more. */
void sr_sockends_sweep(struct sr_sockends *s);

void sr_sockends_free(struct sr_sockends *s);

#endif /* SR_SOCKENDS_H */
