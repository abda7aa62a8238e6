/* SPDX-License-Identifier: Apache-2.0 */
/* What was mounted and unmounted? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("mntns", "MNT_NS", "proc.ns.mnt", UINT, .width = 10),
	COL("call", "CALL", "evt.call", STR),
};

static struct sysreel_chisel chisel = {
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
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
