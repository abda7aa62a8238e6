/* SPDX-License-Identifier: Apache-2.0 */
/* What was mounted and unmounted? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "proc.ns.mnt", .type = SYSREEL_UINT },
	{ .name = "evt.call", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "mntns", .title = "MNT_NS", .field = 4, .width = 10 },
	{ .name = "call", .title = "CALL", .field = 5 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "mountsnoop",
	.category = "Files",
	.summary = "Mounts and unmounts, in any namespace",
	.help = "MNT_NS is the inode of the process's mount namespace: what differs from the host's is seen\n"
		"by the container alone.\n"
		"\n"
		"  sysreel read web.reel -c mountsnoop evt.failed=false",
	.filter = "evt.type in (mount, umount2, fsopen, fsconfig, fsmount, fspick, move_mount, "
		  "open_tree, mount_setattr, pivot_root)",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
