/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/scap_meta.h"

#include <errno.h>
#include <string.h>

#define HEAD	  8u /* of the block, before its body */
/* A list ends when no more than the padding is left. */
#define MIN_ENTRY 4u

struct sr_scap_list sr_scap_list(const struct sr_scap_block *b)
{
	return (struct sr_scap_list){ sr_cur(b->body, b->len), b->type, b->offset, b->len };
}

static int damaged(const struct sr_scap_list *l, const struct sr_cur *entry, const char *what,
		   struct sr_err *err)
{
	return sr_err_set(err, -EBADMSG, l->offset + HEAD + (l->len - entry->left),
			  "%s cannot be read", what);
}

static struct sr_str str16(struct sr_cur *c)
{
	uint16_t len = sr_cur_u16(c);
	const char *p = sr_cur_bytes(c, len);

	return (struct sr_str){ p ? p : "", p ? len : 0 };
}

static void copy(struct sr_cur *c, uint8_t *to, size_t n)
{
	const void *p = sr_cur_bytes(c, n);

	if (p)
		memcpy(to, p, n);
}

/* The part of the list that holds one entry. @counted: the entry begins with its length, @self:
 * which counts these four bytes. */
static bool entry(struct sr_scap_list *l, bool counted, bool self, struct sr_cur *out)
{
	uint32_t len;
	const void *p;

	if (!counted) {
		*out = l->c;
		return true;
	}
	len = sr_cur_u32(&l->c);
	if (self && len < 4)
		return false;
	len -= self ? 4 : 0;
	p = sr_cur_bytes(&l->c, len);
	*out = sr_cur(p, len);
	return p;
}

/* Where entries do not tell their length, the next one begins where this one ended. */
static void entry_end(struct sr_scap_list *l, bool counted, const struct sr_cur *c)
{
	if (!counted)
		l->c = *c;
}

int sr_scap_machine(const struct sr_scap_block *b, struct sr_scap_machine *out, struct sr_err *err)
{
	struct sr_scap_list l = sr_scap_list(b);
	const char *name;

	*out = (struct sr_scap_machine){ .cpus = sr_cur_u32(&l.c), .memory = sr_cur_u64(&l.c) };
	(void)sr_cur_u64(&l.c); /* greatest pid */
	name = sr_cur_bytes(&l.c, 128);
	if (!name)
		return damaged(&l, &l.c, "the description of the machine", err);
	out->hostname = (struct sr_str){ name, (uint32_t)strnlen(name, 128) };
	out->boot_time = sr_cur_u64(&l.c);
	return 0;
}

int sr_scap_interface_next(struct sr_scap_list *l, struct sr_scap_interface *out,
			   struct sr_err *err)
{
	bool counted = l->type == 0x219;
	struct sr_cur at = l->c, c;
	uint16_t kind, name;
	size_t size;

	if (l->c.left < MIN_ENTRY)
		return 0;
	*out = (struct sr_scap_interface){ 0 };
	if (!entry(l, counted, false, &c))
		return damaged(l, &at, "an entry of the interface list", err);
	kind = sr_cur_u16(&c);
	name = sr_cur_u16(&c);
	out->v6 = kind == 2 || kind == 4;
	size = out->v6 ? 16 : 4;
	copy(&c, out->addr, size);
	(void)sr_cur_bytes(&c, 2 * size); /* mask and broadcast address */
	if (kind <= 2)
		(void)sr_cur_u64(&c); /* speed */
	out->name = (struct sr_str){ sr_cur_bytes(&c, name), name };
	if (c.bad || !kind || kind > 4)
		return damaged(l, &at, "an entry of the interface list", err);
	entry_end(l, counted, &c);
	return 1;
}

int sr_scap_user_next(struct sr_scap_list *l, struct sr_scap_user *out, struct sr_err *err)
{
	bool counted = l->type == 0x220;
	struct sr_cur at = l->c, c;

	if (l->c.left < MIN_ENTRY)
		return 0;
	*out = (struct sr_scap_user){ 0 };
	if (!entry(l, counted, true, &c))
		return damaged(l, &at, "an entry of the user list", err);
	out->group = sr_cur_u8(&c) != 0;
	out->id = sr_cur_u32(&c);
	if (!out->group)
		(void)sr_cur_u32(&c); /* its group */
	out->name = str16(&c);
	if (!out->group) {
		out->home = str16(&c);
		out->shell = str16(&c);
	}
	if (c.bad)
		return damaged(l, &at, "an entry of the user list", err);
	entry_end(l, counted, &c);
	return 1;
}

/* ---- processes ---- */

static unsigned int proc_version(uint32_t type)
{
	switch (type) {
	case 0x202:
		return 1;
	case 0x207:
		return 2;
	case 0x209:
		return 3;
	default:
		return type - 0x210 + 4;
	}
}

static bool fits(const struct sr_cur *c, size_t n)
{
	return !c->bad && c->left >= n;
}

/* Since December 2022 the tail begins with two more members, and is then longer than it could be
 * before. Each member is there if there is room for it. */
static void read_tail(struct sr_cur *c, struct sr_scap_proc *p)
{
	if (c->left > 29) {
		(void)sr_cur_u64(c); /* start of the pid namespace */
		p->tty = sr_cur_u32(c);
	}
	if (fits(c, 4))
		p->loginuid = sr_cur_u32(c);
	if (fits(c, 1))
		p->exe_writable = sr_cur_u8(c);
	if (fits(c, 24)) {
		p->cap_inheritable = sr_cur_u64(c);
		p->cap_permitted = sr_cur_u64(c);
		p->cap_effective = sr_cur_u64(c);
	}
	if (fits(c, 1))
		p->exe_upper = sr_cur_u8(c);
	if (fits(c, 24)) {
		p->exe_ino = sr_cur_u64(c);
		p->exe_ctime = sr_cur_u64(c);
		p->exe_mtime = sr_cur_u64(c);
	}
	if (fits(c, 1))
		p->exe_memfd = sr_cur_u8(c);
	if (fits(c, 1))
		(void)sr_cur_u8(c); /* executable in the lower layer */
	if (fits(c, 8))
		p->pgid = (int64_t)sr_cur_u64(c);
}

static void read_proc(struct sr_cur *c, unsigned int version, struct sr_scap_proc *p)
{
	p->tid = (int64_t)sr_cur_u64(c);
	p->pid = (int64_t)sr_cur_u64(c);
	p->ptid = (int64_t)sr_cur_u64(c);
	if (version >= 6)
		p->sid = (int64_t)sr_cur_u64(c);
	if (version >= 8)
		p->vpgid = (int64_t)sr_cur_u64(c);
	p->comm = str16(c);
	p->exe = str16(c);
	if (version >= 7)
		p->exepath = str16(c);
	p->args = str16(c);
	p->cwd = str16(c);
	p->fdlimit = (int64_t)sr_cur_u64(c);
	p->flags = sr_cur_u32(c);
	p->uid = sr_cur_u32(c);
	p->gid = sr_cur_u32(c);
	if (version >= 2)
		(void)sr_cur_bytes(c, 3 * 4 + 2 * 8); /* memory and page faults */
	if (version >= 3)
		p->env = str16(c);
	if (version >= 4) {
		p->vtid = (int64_t)sr_cur_u64(c);
		p->vpid = (int64_t)sr_cur_u64(c);
		p->cgroups = str16(c);
	}
	if (version >= 5)
		p->root = str16(c);
}

int sr_scap_proc_next(struct sr_scap_list *l, struct sr_scap_proc *out, struct sr_err *err)
{
	unsigned int version = proc_version(l->type);
	bool counted = version == 9;
	struct sr_cur at = l->c, c;

	if (l->c.left < MIN_ENTRY)
		return 0;
	*out = (struct sr_scap_proc){
		.sid = -1, .vpgid = -1, .vtid = -1, .vpid = -1, .pgid = -1, .loginuid = UINT32_MAX
	};
	if (!entry(l, counted, true, &c))
		return damaged(l, &at, "an entry of the process list", err);
	read_proc(&c, version, out);
	if (c.bad)
		return damaged(l, &at, "an entry of the process list", err);
	if (counted)
		read_tail(&c, out);
	entry_end(l, counted, &c);
	return 1;
}

/* ---- open files ---- */

int sr_scap_fds_begin(struct sr_scap_list *l, int64_t *tid, struct sr_err *err)
{
	struct sr_cur at = l->c;

	*tid = (int64_t)sr_cur_u64(&l->c);
	return l->c.bad ? damaged(l, &at, "a list of open files", err) : 0;
}

static void read_addresses(struct sr_cur *c, struct sr_scap_fd *f)
{
	bool v6 = f->kind == SR_SCAP_FD_IPV6 || f->kind == SR_SCAP_FD_IPV6_SERVER;
	bool server = f->kind == SR_SCAP_FD_IPV4_SERVER || f->kind == SR_SCAP_FD_IPV6_SERVER;
	size_t size = v6 ? 16 : 4;

	copy(c, f->src, size);
	if (!server)
		copy(c, f->dst, size);
	f->sport = sr_cur_u16(c);
	if (!server)
		f->dport = sr_cur_u16(c);
	f->l4 = sr_cur_u8(c);
}

/* Return false for a kind that we do not know. */
static bool read_fd(struct sr_cur *c, bool counted, struct sr_scap_fd *f)
{
	f->fd = (int64_t)sr_cur_u64(c);
	f->ino = sr_cur_u64(c);
	f->kind = sr_cur_u8(c);
	switch (f->kind) {
	case SR_SCAP_FD_UNKNOWN:
		return true;
	case SR_SCAP_FD_IPV4:
	case SR_SCAP_FD_IPV6:
	case SR_SCAP_FD_IPV4_SERVER:
	case SR_SCAP_FD_IPV6_SERVER:
		read_addresses(c, f);
		return true;
	case SR_SCAP_FD_UNIX:
		(void)sr_cur_bytes(c, 16); /* addresses in the kernel */
		f->name = str16(c);
		return true;
	case SR_SCAP_FD_FILE_FLAGS:
		f->open_flags = sr_cur_u32(c);
		f->name = str16(c);
		if (counted && fits(c, 4))
			f->dev = sr_cur_u32(c);
		return true;
	default:
		if (f->kind > SR_SCAP_FD_PIDFD)
			return false;
		f->name = str16(c);
		return true;
	}
}

int sr_scap_fd_next(struct sr_scap_list *l, struct sr_scap_fd *out, struct sr_err *err)
{
	bool counted = l->type == 0x218;
	struct sr_cur at = l->c, c;

	if (l->c.left < MIN_ENTRY)
		return 0;
	*out = (struct sr_scap_fd){ .fd = -1 };
	if (!entry(l, counted, true, &c))
		return damaged(l, &at, "an entry of a list of open files", err);
	if (!read_fd(&c, counted, out)) {
		/* A kind of a later version; where its end is known it is just a file. */
		if (!counted)
			return damaged(l, &at, "an entry of a list of open files", err);
		out->kind = SR_SCAP_FD_UNSUPPORTED;
	}
	if (c.bad)
		return damaged(l, &at, "an entry of a list of open files", err);
	entry_end(l, counted, &c);
	return 1;
}
