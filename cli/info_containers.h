/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of a capture: `info --containers` and `info --container NAME`. */
#ifndef SR_CLI_INFO_CONTAINERS_H
#define SR_CLI_INFO_CONTAINERS_H

#include "cli/opts.h"

/** info_containers() - a table of all containers, or JSON. Return: the exit status. */
int info_containers(struct opts *o);

#endif /* SR_CLI_INFO_CONTAINERS_H */
