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

static __always_inline u64 fold(u64 h, u64 v)
{
	return (h ^ v) * 0x9e3779b97f4a7c15ull;
}

#define CHAIN_EMPTY 1

enum {
	WALK_ON = 0,
	WALK_END = 1
};

/* Append the component @name. */
static __always_inline long walk_name(struct sr_ctl *c, const void *name)
{
	u8 *rec = record_at(c);
	u64 pos = c->scratch;
	u32 n = 0;

	if (rec && pos - c->walk.start <= SR_PATH_MAX - NAME_ROOM)
		n = put_name(rec, pos, name);
	c->scratch = pos + n;
	return n ? WALK_ON : WALK_END;
}

static __always_inline long path_next(struct sr_ctl *c, const unsigned char **name)
{
	struct sr_walk *w = &c->walk;
	struct dentry *dentry = object(w->node, struct dentry), *parent, *mnt_root;
	struct vfsmount *mnt = object(w->mnt, struct vfsmount);

	if (w->node == c->root_dentry && w->mnt == c->root_mnt) {
		w->result = 0;
		return WALK_END;
	}
	mnt_root = READ(mnt, mnt_root);
	parent = READ(dentry, d_parent);
	if (dentry == mnt_root || dentry == parent) {
		u64 at = w->mnt - bpf_core_field_offset(struct mount, mnt);
		struct mount *m = object(at, struct mount), *up = READ(m, mnt_parent);

		if (m == up || dentry != mnt_root) {
			w->result = PATH_UNREACHABLE; /* the top, without meeting the root */
			return WALK_END;
		}
		if (!w->left)
			w->left = w->node;
		w->node = (u64)READ(m, mnt_mountpoint);
		w->mnt = forget(c, (u64)up) + bpf_core_field_offset(struct mount, mnt);
		w->chain = fold(w->chain, w->mnt);
		return WALK_ON;
	}
	w->chain = fold(fold(w->chain, w->node), READ(dentry, d_name.hash_len));
	w->node = (u64)parent;
	*name = READ(dentry, d_name.name);
	return WALK_ON;
}

static long path_step(u32 i, struct sr_ctl **at)
{
	const unsigned char *name = NULL;
	struct sr_ctl *c = *at;

	if (path_next(c, &name) == WALK_END)
		return WALK_END;
	if (!name)
		return WALK_ON;
	if (!c->walk.left)
		c->walk.in_mount++;
	return walk_name(c, name);
}

static long chain_step(u32 i, struct sr_ctl **at)
{
	const unsigned char *name;

	return path_next(*at, &name);
}

/* From where the path left its mount to the root of the file system, whatever is mounted. */
static long root_step(u32 i, struct sr_ctl **at)
{
	struct sr_walk *w = &(*at)->walk;
	struct dentry *dentry = object(w->node, struct dentry), *parent = READ(dentry, d_parent);

	if (dentry == parent) {
		w->mnt = 0; /* it has come to its end */
		return WALK_END;
	}
	w->node = (u64)parent;
	return walk_name(*at, READ(dentry, d_name.name));
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	/* renamed in 6.15, when it came under RCU */
	if (bpf_core_field_exists(((struct kernfs_node___hidden *)0)->__parent))
		return BPF_CORE_READ((struct kernfs_node___hidden *)kn, __parent);
	return BPF_CORE_READ((struct kernfs_node___parent *)kn, parent);
}

static long kernfs_step(u32 i, struct sr_ctl **at)
{
	struct sr_walk *w = &(*at)->walk;
	struct kernfs_node *kn = (void *)w->node, *parent = kernfs_parent(kn);

	if (!parent) {
		w->result = 0;
		return WALK_END;
	}
	w->node = (u64)parent;
	return walk_name(*at, BPF_CORE_READ(kn, name));
}

/* Walk on from (@node, @mnt), and write what is passed behind the record's last blob. */
static __always_inline void walk_begin(struct sr_ctl *c, u64 node, u64 mnt)
{
	struct sr_walk *w = &c->walk;

	w->node = node;
	w->mnt = mnt;
	w->chain = CHAIN_EMPTY;
	w->left = 0;
	w->start = c->pos;
	w->in_mount = 0;
	w->result = PATH_CUT;
	c->scratch = w->start + sizeof(struct sr_rec_blob);
}

/* The blob of what a walk has written. */
static __always_inline void walk_finish(struct sr_ctl *c, u32 tag, bool cut, u32 truelen)
{
	u64 n = c->scratch - c->walk.start - sizeof(struct sr_rec_blob);
	u8 *rec = record_at(c);

	if (rec && n <= SR_PATH_MAX)
		blob_finish(c, rec, c->walk.start, n, tag, cut ? SR_TRUNC : SR_OK, truelen);
}

static __always_inline u64 walk_chain(const struct sr_ctl *c)
{
	return fold(c->walk.chain, c->walk.result);
}

/*
 * A number for what the path of (dentry, mnt) as seen from c->root_* consists of: the same
 * number, the same path.
 */
__noinline u64 path_chain(u32 log, u64 dentry, u64 mnt)
{
	struct sr_ctl *c = ctl_get(log);

	if (!c)
		return 0;
	walk_begin(c, dentry, mnt);
	bpf_loop(PATH_DEPTH, chain_step, &c, 0);
	return walk_chain(c);
}

/*
 * Append the path of (dentry, mnt) as seen from c->root_*, and of a file where in its file system
 * that begins. Return enum path_result bits, and in c->scratch the path_chain(). A mount point's
 * own dentry is replaced by the place it is mounted on, as d_path does.
 */
__noinline int put_path(u32 log, u64 dentry, u64 mnt, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);
	struct sr_walk *w;

	if (!c || c->pos > POS_MAX)
		return PATH_CUT;
	w = &c->walk;
	walk_begin(c, dentry, mnt);
	bpf_loop(PATH_DEPTH, path_step, &c, 0);
	walk_finish(c, tag, w->result == PATH_CUT, 0);
	if (tag == SR_TAG_PATH && c->pos <= POS_MAX) {
		w->node = w->left ? w->left : w->node;
		w->start = c->pos;
		c->scratch = w->start + sizeof(struct sr_rec_blob);
		bpf_loop(PATH_DEPTH, root_step, &c, 0);
		walk_finish(c, SR_TAG_MOUNT, w->mnt, w->in_mount);
	}
	c->scratch = walk_chain(c);
	return w->result;
}

/* Append the path of a cgroup's directory within its hierarchy. */
__noinline int put_kernfs_path(u32 log, u64 kn)
{
	struct sr_ctl *c = ctl_get(log);

	if (!c || c->pos > POS_MAX)
		return -1;
	walk_begin(c, kn, 0);
	bpf_loop(PATH_DEPTH, kernfs_step, &c, 0);
	walk_finish(c, SR_TAG_PATH, c->walk.result == PATH_CUT, 0);
	return c->walk.result;
}

#endif /* SR_PATH_BPF_H */
