/* SPDX-License-Identifier: Apache-2.0 */
/* The lists at the beginning of a .scap file: machine, addresses, users, threads, open files. */
#include "capture/rows.h"
#include "capture/scap_out.h"

#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <string.h>

static uint8_t l4_of(uint32_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return SR_SCAP_L4_TCP;
	case IPPROTO_UDP:
		return SR_SCAP_L4_UDP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return SR_SCAP_L4_ICMP;
	case IPPROTO_RAW:
		return SR_SCAP_L4_RAW;
	default:
		return SR_SCAP_L4_UNKNOWN;
	}
}

static uint8_t kind_of(const struct sr_file *f)
{
	bool bound = f->flags & SR_FILE_LISTENING ||
		     (f->lport && !f->rport && !(f->flags & SR_FILE_CONNECTED));

	switch (f->kind) {
	case SR_FILE_REG:
	case SR_FILE_CHR:
	case SR_FILE_BLK:
	case SR_FILE_LNK:
		return SR_SCAP_FD_FILE;
	case SR_FILE_DIR:
		return SR_SCAP_FD_DIRECTORY;
	case SR_FILE_FIFO:
		return SR_SCAP_FD_FIFO;
	case SR_FILE_SOCK_INET:
		return bound ? SR_SCAP_FD_IPV4_SERVER : SR_SCAP_FD_IPV4;
	case SR_FILE_SOCK_INET6:
		return bound ? SR_SCAP_FD_IPV6_SERVER : SR_SCAP_FD_IPV6;
	case SR_FILE_SOCK_UNIX:
		return SR_SCAP_FD_UNIX;
	case SR_FILE_SOCK_NETLINK:
		return SR_SCAP_FD_NETLINK;
	case SR_FILE_EVENTFD:
		return SR_SCAP_FD_EVENT;
	case SR_FILE_EPOLL:
		return SR_SCAP_FD_EPOLL;
	case SR_FILE_TIMERFD:
		return SR_SCAP_FD_TIMER;
	case SR_FILE_SIGNALFD:
		return SR_SCAP_FD_SIGNAL;
	case SR_FILE_INOTIFY:
		return SR_SCAP_FD_INOTIFY;
	default:
		return SR_SCAP_FD_UNSUPPORTED;
	}
}

struct sr_scap_fd scap_out_file(const struct sr_block *b, const struct sr_file *f, int64_t fd)
{
	struct sr_scap_fd out = { .fd = fd,
				  .ino = f->ino,
				  .kind = kind_of(f),
				  .l4 = l4_of(f->l4proto),
				  .sport = f->lport,
				  .dport = f->rport,
				  .name = b->strs[f->path] };

	memcpy(out.src, f->laddr, 16);
	memcpy(out.dst, f->raddr, 16);
	return out;
}

static int list_machine(struct scap_out *o, const struct sr_view *v)
{
	const struct cJSON *host = v->meta ? sr_meta_host(v->meta) : NULL;
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(host, "hostname"));
	const struct cJSON *ncpu = cJSON_GetObjectItemCaseSensitive(host, "ncpu");
	struct sr_scap_machine m = {
		.cpus = cJSON_IsNumber(ncpu) && ncpu->valueint > 0 ? (uint32_t)ncpu->valueint : 1,
		.hostname = { name ? name : "", name ? (uint32_t)strlen(name) : 0 }
	};
	struct sr_buf b = { 0 };
	int rc;

	sr_scap_put_machine(&b, &m);
	rc = sr_scap_write_block(o->w, SR_SCAP_BLOCK_MACHINE, &b, o->err);
	sr_buf_free(&b);
	return rc;
}

static struct sr_str str_of(const char *s)
{
	return (struct sr_str){ s ? s : "", s ? (uint32_t)strlen(s) : 0 };
}

/* All that have names; ids above are those of containers and of nobody. */
static int list_users(struct scap_out *o, const struct sr_meta *meta)
{
	struct sr_buf b = { 0 };
	int rc;

	for (uint32_t id = 0; meta && id < 65536; id++) {
		struct sr_scap_user u = { .id = id, .name = str_of(sr_meta_user(meta, id)) };

		if (u.name.len) {
			u.home = str_of(sr_meta_account(meta, SR_ACCOUNT_HOME, id));
			u.shell = str_of(sr_meta_account(meta, SR_ACCOUNT_SHELL, id));
			sr_scap_put_user(&b, &u);
		}
		u = (struct sr_scap_user){ .group = true,
					   .id = id,
					   .name = str_of(sr_meta_group(meta, id)) };
		if (u.name.len)
			sr_scap_put_user(&b, &u);
	}
	rc = sr_scap_write_block(o->w, SR_SCAP_BLOCK_USERS, &b, o->err);
	sr_buf_free(&b);
	return rc;
}

/* The machine's addresses are those that sockets have at this end. IPv4 first. */
static int list_interfaces(struct scap_out *o, const struct sr_block *b)
{
	static const uint8_t none[16];
	struct sr_buf buf = { 0 };
	int rc;

	for (int v6 = 0; v6 < 2; v6++)
		for (uint32_t i = 1; i < b->nfiles; i++) {
			const struct sr_file *f = &b->files[i];
			struct sr_scap_interface in = { .v6 = v6, .name = { "if", 2 } };
			bool seen = false;

			if (f->kind != (v6 ? SR_FILE_SOCK_INET6 : SR_FILE_SOCK_INET) ||
			    memcmp(f->laddr, none, 16) == 0)
				continue;
			for (uint32_t k = 1; k < i && !seen; k++)
				seen = b->files[k].kind == f->kind &&
				       memcmp(b->files[k].laddr, f->laddr, 16) == 0;
			memcpy(in.addr, f->laddr, 16);
			if (!seen)
				sr_scap_put_interface(&buf, &in);
		}
	rc = sr_scap_write_block(o->w, SR_SCAP_BLOCK_INTERFACES, &buf, o->err);
	sr_buf_free(&buf);
	return rc;
}

static void list_proc(struct sr_buf *out, const struct sr_block *b, const struct sr_thread *t)
{
	struct sr_buf cgroups = { 0 };
	struct sr_scap_proc p = {
		.tid = t->tid,
		.pid = t->pid,
		.ptid = t->ppid,
		.sid = t->sid,
		.vpgid = t->vpgid,
		.vtid = t->vtid,
		.vpid = t->vpid,
		.fdlimit = 1024,
		.comm = b->strs[t->comm],
		.exe = scap_out_argv(b, t, false),
		.exepath = b->strs[t->exepath],
		.args = scap_out_argv(b, t, true),
		.cwd = b->strs[t->cwd],
		.env = b->strs[t->env],
		.root = { "/", 1 },
		.flags = t->tid == t->pid ? 0 : SCAP_THREAD_FLAGS,
		.uid = t->euid,
		.gid = t->egid,
		.loginuid = t->loginuid,
		.cap_inheritable = t->cap_inheritable,
		.cap_permitted = t->cap_permitted,
		.cap_effective = t->cap_effective,
		.exe_writable = t->exe_flags & SR_EXE_WRITABLE,
	};

	scap_out_cgroups(b, t, &cgroups);
	p.cgroups = (struct sr_str){ (const char *)cgroups.p, (uint32_t)cgroups.len };
	sr_scap_put_proc(out, &p);
	out->oom |= cgroups.oom;
	sr_buf_free(&cgroups);
}

/* The threads of the block, each as its first row has it. */
static int list_procs(struct scap_out *o, const struct sr_block *b)
{
	struct sr_buf buf = { 0 };
	int rc;

	for (uint32_t row = 0; row < b->n; row++) {
		const struct sr_thread *t = &b->threads[b->thread[row]];
		struct told_thread *told;

		if (!(b->flags[row] & SR_F_STATE) || t->tid <= 0 || scap_told_of(o, t->tid))
			continue;
		told = scap_tell_of(o, t->tid, t->pid);
		if (!told)
			break;
		told->image = t->id;
		told->ppid = t->ppid;
		told->uid = t->euid;
		told->gid = t->egid;
		told->sid = t->sid;
		told->comm = scap_hash_str(b->strs[t->comm], 0);
		list_proc(&buf, b, t);
	}
	rc = sr_scap_write_block(o->w, SR_SCAP_BLOCK_PROCS, &buf, o->err);
	sr_buf_free(&buf);
	return rc;
}

/* The files that were open when recording began. */
static int list_files(struct scap_out *o, const struct sr_block *b)
{
	struct sr_buf buf = { 0 };
	int64_t pid = -1;
	int rc = 0;

	for (uint32_t row = 0; rc == 0 && row < b->n; row++) {
		const struct sr_thread *t = &b->threads[b->thread[row]];
		const struct sr_file *f = &b->files[b->file[row]];
		struct sr_scap_fd fd;

		if (!sr_rows_is(b, row, SR_X_OPENFILE) || f->kind == SR_FILE_NONE ||
		    !scap_told_of(o, t->pid) || scap_fd_of(b, row) < 0)
			continue;
		if (pid != t->pid && buf.len)
			rc = sr_scap_write_block(o->w, SR_SCAP_BLOCK_FDS, &buf, o->err);
		if (!buf.len)
			sr_scap_put_tid(&buf, t->pid);
		pid = t->pid;
		fd = scap_out_file(b, f, scap_fd_of(b, row));
		sr_scap_put_fd(&buf, &fd);
		scap_set_file_told(o, pid, fd.fd, scap_hash_file(b, f));
	}
	if (rc == 0 && buf.len)
		rc = sr_scap_write_block(o->w, SR_SCAP_BLOCK_FDS, &buf, o->err);
	sr_buf_free(&buf);
	return rc;
}

int scap_out_lists(struct scap_out *o, const struct sr_view *v, struct sr_err *err)
{
	int rc;

	o->err = err;
	rc = list_machine(o, v);
	if (rc == 0)
		rc = list_interfaces(o, v->b);
	if (rc == 0)
		rc = list_users(o, v->meta);
	if (rc == 0)
		rc = list_procs(o, v->b);
	return rc == 0 ? list_files(o, v->b) : rc;
}
