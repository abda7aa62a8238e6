/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets were open when recording began? */
#include "chisels/plugins/kit.h"

enum {
	F_PROTO,
	F_CONNECTED,
	F_SERVER,
	F_LIP,
	F_LPORT,
	F_RIP,
	F_RPORT,
	F_PID,
	F_NAME,
	F_CONTAINER,
	F_FD,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PROTO] = { .name = "fd.l4proto", .type = SYSREEL_STR },
	[F_CONNECTED] = { .name = "fd.connected", .type = SYSREEL_BOOL },
	[F_SERVER] = { .name = "fd.is_server", .type = SYSREEL_BOOL },
	[F_LIP] = { .name = "fd.lip", .type = SYSREEL_STR },
	[F_LPORT] = { .name = "fd.lport", .type = SYSREEL_UINT },
	[F_RIP] = { .name = "fd.rip", .type = SYSREEL_STR },
	[F_RPORT] = { .name = "fd.rport", .type = SYSREEL_UINT },
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_INT },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_FD] = { .name = "fd.num", .type = SYSREEL_INT },
};

enum {
	C_PROTO,
	C_LOCAL,
	C_REMOTE,
	C_STATE,
	C_PID,
	C_PROCESS,
	C_CONTAINER,
	C_FD,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_PROTO] = { .name = "proto", .title = "PROTO", .width = 5 },
	[C_LOCAL] = { .name = "local", .title = "LOCAL", .width = 22 },
	[C_REMOTE] = { .name = "remote", .title = "REMOTE", .width = 22 },
	[C_STATE] = { .name = "state", .title = "STATE", .width = 11 },
	[C_PID] = { .name = "pid", .title = "PID", .width = 7 },
	[C_PROCESS] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_FD] = { .name = "fd", .title = "FD" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

static int init(const struct sysreel_host *h, void **state)
{
	return kit_init(h, state, sizeof(struct kit_state), &table);
}

/* ADDRESS:PORT, with brackets where the address has colons. */
static struct sysreel_value end_of(const struct sysreel_batch *b, uint32_t ip, uint32_t row,
				   char *out, size_t size)
{
	struct sysreel_str a = kit_str(b, ip, row);
	int six = a.len && memchr(a.p, ':', a.len);

	if (!a.len)
		return sysreel_cell(b, ip, row);
	(void)snprintf(out, size, "%s%.*s%s:%u", six ? "[" : "", (int)a.len, a.p, six ? "]" : "",
		       (unsigned int)kit_num(b, ip + 1, row)); /* 47 + 6 at most */
	return sysreel_text(out, strlen(out));
}

static const char *state_of(const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_value proto = sysreel_cell(b, F_PROTO, row);

	if (kit_true(b, F_CONNECTED, row))
		return "ESTABLISHED";
	return kit_is(&proto, "tcp") && kit_true(b, F_SERVER, row) ? "LISTEN" : "UNCONNECTED";
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct kit_state *s = state;
	char local[64], remote[64];
	int rc = 0;

	for (uint32_t row = 0; rc == 0 && row < b->n; row++) {
		const char *is = state_of(b, row);
		const struct sysreel_value cells[NCOLS] = {
			[C_PROTO] = sysreel_cell(b, F_PROTO, row),
			[C_LOCAL] = end_of(b, F_LIP, row, local, sizeof(local)),
			[C_REMOTE] = end_of(b, F_RIP, row, remote, sizeof(remote)),
			[C_STATE] = sysreel_text(is, strlen(is)),
			[C_PID] = sysreel_cell(b, F_PID, row),
			[C_PROCESS] = sysreel_cell(b, F_NAME, row),
			[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
			[C_FD] = sysreel_cell(b, F_FD, row),
		};

		rc = s->h->table_row(s->h, s->t, cells);
	}
	return rc;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "netstat",
	.category = "State",
	.summary = "Sockets that were open when recording began",
	.help = "A TCP socket that is UNCONNECTED was not used yet. Those opened later: tcpconnect, tcpaccept.\n"
		"\n"
		"  sysreel read web.reel -c netstat fd.sport=443",
	.filter = "evt.type=openfile and fd.type in (ipv4, ipv6)",
	.flags = SYSREEL_MERGEABLE,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
