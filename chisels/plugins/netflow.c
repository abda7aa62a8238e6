/* SPDX-License-Identifier: Apache-2.0 */
/* Who talked to whom: both ends, bytes each way, from when to when? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_BYTES,
	COL_OUT,
	COL_IN,
	COL_SUM("writes", "WRITES", "evt.is_io_write", BOOL),
	COL_SUM("reads", "READS", "evt.is_io_read", BOOL),
	COL("first", "FIRST", "evt.rawtime", TIME, .op = SYSREEL_MIN),
	COL("last", "LAST", "evt.rawtime", TIME, .op = SYSREEL_MAX),
	COL_MAYBE("proto", "PROTO", "fd.l4proto", STR),
	COL_OF_CONTAINER,
	COL_MAYBE("process", "PROCESS", "proc.name", STR),
	COL("connection", "CONNECTION", "fd.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "netflow",
	.category = "Net",
	.summary = "Conversations: both ends, bytes and calls each way, first and last",
	.help = "One row for each end of a conversation that was recorded: OUT and IN are seen from PROCESS.\n"
		"CONNECTION is client->server.\n"
		"\n"
		"  sysreel read web.reel -c netflow fd.sport=443",
	.filter = "fd.type in (ipv4, ipv6) and evt.is_io=true and evt.failed=false",
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
