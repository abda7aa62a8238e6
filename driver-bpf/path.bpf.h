/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Paths from the kernel's own tree: components from the last to the first, each
 * NUL-terminated, as one blob of the current record. User space turns them round. */
#ifndef SR_PATH_BPF_H
#define SR_PATH_BPF_H

#include "driver-bpf/log.bpf.h"

#define PATH_DEPTH 64  /* components that are followed; deeper paths are marked as cut */
#define NAME_ROOM  256 /* NAME_MAX and the NUL */

enum path_result {
	PATH_CUT = 1,
	PATH_UNREACHABLE = 2
};

static __always_inline void blob_finish(struct sr_ctl *c, u8 *rec, u64 start, u32 len, u8 tag,
					u8 status, u32 truelen)
{
	struct sr_rec_blob *b;

	opaque(start);
	if (start > POS_MAX || len > 65535)
		return;
	b = (void *)(rec + start);
	b->tag = tag;
	b->status = status;
	b->len = len;
	b->truelen = truelen;
	c->pos = start + sizeof(*b) + ((len + 7) & ~7u);
	c->nblobs++;
}

/* One component at rec + pos. Return bytes written, 0 when there is no room or no name. */
static __always_inline u32 put_name(u8 *rec, u64 pos, const void *name)
{
	long n;

	opaque(pos);
	if (pos > SR_RECORD_MAX - NAME_ROOM)
		return 0;
	n = bpf_probe_read_kernel_str(rec + pos, NAME_ROOM, name);
	return n > 0 && n <= NAME_ROOM ? n : 0;
}

/*
 * Append the path of (dentry, mnt) as seen from c->root_*. Return enum path_result bits.
 * A mount point's own dentry is replaced by the place it is mounted on, as d_path does.
 */
__noinline int put_path(u32 log, u64 dentry_addr, u64 mnt_addr, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);
	struct dentry *dentry = (void *)dentry_addr, *parent, *mnt_root;
	u64 mnt = mnt_addr, root_dentry, root_mnt, start, pos;
	u32 n;
	int result = PATH_CUT;
	u8 *rec;

	if (!c)
		return PATH_CUT;
	rec = record_at(c);
	start = pos_of(c);
	if (!rec || start > POS_MAX)
		return PATH_CUT;
	root_dentry = c->root_dentry;
	root_mnt = c->root_mnt;
	pos = start + sizeof(struct sr_rec_blob);

	for (int i = 0; i < PATH_DEPTH; i++) {
		pos = forget(c, pos);
		if ((u64)dentry == root_dentry && mnt == root_mnt) {
			result = 0;
			break;
		}
		mnt_root = BPF_CORE_READ((struct vfsmount *)mnt, mnt_root);
		parent = BPF_CORE_READ(dentry, d_parent);
		if (dentry == mnt_root || dentry == parent) {
			struct mount *m = (void *)(mnt - bpf_core_field_offset(struct mount, mnt));
			struct mount *up = BPF_CORE_READ(m, mnt_parent);

			if (m == up || dentry != mnt_root) {
				result = PATH_UNREACHABLE; /* the top, without meeting the root */
				break;
			}
			dentry = BPF_CORE_READ(m, mnt_mountpoint);
			mnt = (u64)up + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		n = put_name(rec, pos, BPF_CORE_READ(dentry, d_name.name));
		if (!n || pos - start > SR_PATH_MAX - NAME_ROOM)
			break;
		pos += n;
		dentry = parent;
	}
	n = pos - start - sizeof(struct sr_rec_blob);
	if (n > SR_PATH_MAX)
		n = SR_PATH_MAX;
	blob_finish(c, rec, start, n, tag, result == PATH_CUT ? SR_TRUNC : SR_OK, n);
	return result;
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	/* renamed in 6.15, when it came under RCU */
	if (bpf_core_field_exists(((struct kernfs_node___hidden *)0)->__parent))
		return BPF_CORE_READ((struct kernfs_node___hidden *)kn, __parent);
	return BPF_CORE_READ((struct kernfs_node___parent *)kn, parent);
}

/* Append the path of a cgroup's directory within its hierarchy. */
__noinline int put_kernfs_path(u32 log, u64 kn_addr)
{
	struct sr_ctl *c = ctl_get(log);
	struct kernfs_node *kn = (void *)kn_addr, *parent;
	u64 start, pos;
	u32 n;
	u8 status = SR_TRUNC;
	u8 *rec;

	if (!c)
		return -1;
	rec = record_at(c);
	start = pos_of(c);
	if (!rec || start > POS_MAX)
		return -1;
	pos = start + sizeof(struct sr_rec_blob);
	for (int i = 0; i < PATH_DEPTH; i++) {
		pos = forget(c, pos);
		parent = kernfs_parent(kn);
		if (!parent) {
			status = SR_OK;
			break;
		}
		n = put_name(rec, pos, BPF_CORE_READ(kn, name));
		if (!n || pos - start > SR_PATH_MAX - NAME_ROOM)
			break;
		pos += n;
		kn = parent;
	}
	n = pos - start - sizeof(struct sr_rec_blob);
	if (n > SR_PATH_MAX)
		n = SR_PATH_MAX;
	blob_finish(c, rec, start, n, SR_TAG_PATH, status, n);
	return 0;
}

#endif /* SR_PATH_BPF_H */
