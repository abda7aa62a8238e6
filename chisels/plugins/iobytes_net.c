/* SPDX-License-Identifier: Apache-2.0 */
/* How much was sent and received in each second? */
#define NAME	 "iobytes_net"
#define CATEGORY "Net"
#define SUMMARY	 "Bytes sent and received in each second"
#define FILTER	 "evt.is_io=true and fd.type in (ipv4, ipv6)"
#include "chisels/plugins/iobytes.h"
