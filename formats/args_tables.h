/* SPDX-License-Identifier: Apache-2.0 */
/* Where the members of the structures lie that system calls take, as 64-bit programs lay them
 * out. Only args_struct.c and args_union.c include this. In text a structure shows the members that
 * a reader asks for first; those with D, SD, XD are in JSON only. */
#ifndef SR_ARGS_TABLES_H
#define SR_ARGS_TABLES_H

#include "formats/args_internal.h"

/* Forms of a member beside those of a number. */
enum {
	M_STR = 32, /* a NUL-padded array of characters */
	M_TIMESPEC,
	M_TIMEVAL,
	M_STATX_TIME, /* 64-bit seconds, 32-bit nanoseconds */
	M_SIGSET,
	M_HANDLER,
	M_CAPS, /* capabilities: names, of many a number in text */
	M_IP4,
	M_IP6,
	M_SOCKADDR,
};
#define M_DETAIL 0x80 /* only in JSON */

struct member {
	const char *name;
	uint16_t off;
	uint16_t size;
	uint8_t form; /* enum sr_args_form or M_*, M_DETAIL */
	uint16_t xlat;
};

/* name, offset, size, form; X: with a table of names; S: M_*; D: only in JSON */
/* clang-format off */
#define M(n, o, s, f)     { #n, o, s, SR_FORM_##f, SR_XLAT_none }
#define D(n, o, s, f)     { #n, o, s, SR_FORM_##f | M_DETAIL, SR_XLAT_none }
#define X(n, o, s, f, x)  { #n, o, s, SR_FORM_##f, SR_XLAT_##x }
#define XD(n, o, s, f, x) { #n, o, s, SR_FORM_##f | M_DETAIL, SR_XLAT_##x }
#define S(n, o, s, f)     { #n, o, s, M_##f, SR_XLAT_none }
#define SD(n, o, s, f)    { #n, o, s, M_##f | M_DETAIL, SR_XLAT_none }
/* clang-format on */

static const struct member stat_m[] = {
	/* of x86_64 */
	D(st_dev, 0, 8, DEV),
	D(st_ino, 8, 8, UDEC),
	M(st_mode, 24, 4, MODE),
	D(st_nlink, 16, 8, UDEC),
	D(st_uid, 28, 4, ID),
	D(st_gid, 32, 4, ID),
	D(st_rdev, 40, 8, DEV),
	M(st_size, 48, 8, DEC),
	D(st_blksize, 56, 8, DEC),
	D(st_blocks, 64, 8, DEC),
	SD(st_atime, 72, 16, TIMESPEC),
	SD(st_mtime, 88, 16, TIMESPEC),
	SD(st_ctime, 104, 16, TIMESPEC),
};
static const struct member statx_m[] = {
	XD(stx_mask, 0, 4, FLAGS, statx_mask),
	D(stx_blksize, 4, 4, UDEC),
	D(stx_attributes, 8, 8, HEX),
	D(stx_nlink, 16, 4, UDEC),
	D(stx_uid, 20, 4, ID),
	D(stx_gid, 24, 4, ID),
	M(stx_mode, 28, 2, MODE),
	D(stx_ino, 32, 8, UDEC),
	M(stx_size, 40, 8, UDEC),
	D(stx_blocks, 48, 8, UDEC),
	SD(stx_atime, 64, 12, STATX_TIME),
	SD(stx_btime, 80, 12, STATX_TIME),
	SD(stx_ctime, 96, 12, STATX_TIME),
	SD(stx_mtime, 112, 12, STATX_TIME),
	D(stx_rdev_major, 128, 4, UDEC),
	D(stx_rdev_minor, 132, 4, UDEC),
	D(stx_dev_major, 136, 4, UDEC),
	D(stx_dev_minor, 140, 4, UDEC),
	D(stx_mnt_id, 144, 8, UDEC),
};
static const struct member statfs_m[] = {
	M(f_type, 0, 8, HEX),	 M(f_bsize, 8, 8, DEC),	   M(f_blocks, 16, 8, UDEC),
	M(f_bfree, 24, 8, UDEC), D(f_bavail, 32, 8, UDEC), D(f_files, 40, 8, UDEC),
	D(f_ffree, 48, 8, UDEC), D(f_namelen, 64, 8, DEC), D(f_frsize, 72, 8, DEC),
	D(f_flags, 80, 8, HEX),
};
static const struct member ustat_m[] = { M(f_tfree, 0, 4, DEC), M(f_tinode, 8, 8, UDEC) };
static const struct member open_how_m[] = {
	X(flags, 0, 8, FLAGS, open_flags),
	M(mode, 8, 8, MODE),
	X(resolve, 16, 8, FLAGS, resolve_flags),
};
static const struct member mount_attr_m[] = {
	X(attr_set, 0, 8, FLAGS, mount_attr),
	X(attr_clr, 8, 8, FLAGS, mount_attr),
	X(propagation, 16, 8, FLAGS, mount_flags),
	M(userns_fd, 24, 8, UDEC),
};
static const struct member file_attr_m[] = {
	M(fa_xflags, 0, 8, HEX),   M(fa_extsize, 8, 4, UDEC),	  M(fa_nextents, 12, 4, UDEC),
	M(fa_projid, 16, 4, UDEC), M(fa_cowextsize, 20, 4, UDEC),
};
static const struct member landlock_attr_m[] = {
	X(handled_access_fs, 0, 8, FLAGS, landlock_access_fs),
	X(handled_access_net, 8, 8, FLAGS, landlock_access_net),
	M(scoped, 16, 8, HEX),
};
static const struct member landlock_path_m[] = {
	X(allowed_access, 0, 8, FLAGS, landlock_access_fs),
	M(parent_fd, 8, 4, FD),
};
static const struct member landlock_port_m[] = {
	X(allowed_access, 0, 8, FLAGS, landlock_access_net),
	M(port, 8, 4, UDEC),
};
static const struct member utimbuf_m[] = { M(actime, 0, 8, DEC), M(modtime, 8, 8, DEC) };
static const struct member itimerspec_m[] = {
	S(it_interval, 0, 16, TIMESPEC),
	S(it_value, 16, 16, TIMESPEC),
};
static const struct member itimerval_m[] = {
	S(it_interval, 0, 16, TIMEVAL),
	S(it_value, 16, 16, TIMEVAL),
};
static const struct member timezone_m[] = {
	M(tz_minuteswest, 0, 4, DEC),
	M(tz_dsttime, 4, 4, DEC),
};
static const struct member timex_m[] = {
	M(modes, 0, 4, HEX),	   M(offset, 8, 8, DEC),     M(freq, 16, 8, DEC),
	M(maxerror, 24, 8, DEC),   M(esterror, 32, 8, DEC),  M(status, 40, 4, HEX),
	D(constant, 48, 8, DEC),   D(precision, 56, 8, DEC), D(tolerance, 64, 8, DEC),
	SD(time, 72, 16, TIMEVAL), D(tick, 88, 8, DEC),
};
static const struct member tms_m[] = {
	M(tms_utime, 0, 8, DEC),
	M(tms_stime, 8, 8, DEC),
	M(tms_cutime, 16, 8, DEC),
	M(tms_cstime, 24, 8, DEC),
};
static const struct member mnt_id_req_m[] = {
	D(size, 0, 4, UDEC),
	M(mnt_id, 8, 8, UDEC),
	M(param, 16, 8, HEX),
};
static const struct member statmount_req_m[] = {
	D(size, 0, 4, UDEC),
	M(mnt_id, 8, 8, UDEC),
	X(param, 16, 8, FLAGS, statmount_mask),
};
static const struct member cachestat_range_m[] = { M(off, 0, 8, UDEC), M(len, 8, 8, UDEC) };
static const struct member cachestat_m[] = {
	M(nr_cache, 0, 8, UDEC),
	M(nr_dirty, 8, 8, UDEC),
	M(nr_writeback, 16, 8, UDEC),
	M(nr_evicted, 24, 8, UDEC),
	M(nr_recently_evicted, 32, 8, UDEC),
};
static const struct member iovec_m[] = { M(iov_base, 0, 8, PTR), M(iov_len, 8, 8, UDEC) };
static const struct member kexec_segment_m[] = {
	M(buf, 0, 8, PTR),
	M(bufsz, 8, 8, UDEC),
	M(mem, 16, 8, PTR),
	M(memsz, 24, 8, UDEC),
};
static const struct member rlimit_m[] = { M(rlim_cur, 0, 8, LIMIT), M(rlim_max, 8, 8, LIMIT) };
static const struct member rusage_m[] = {
	S(ru_utime, 0, 16, TIMEVAL), S(ru_stime, 16, 16, TIMEVAL), M(ru_maxrss, 32, 8, DEC),
	D(ru_minflt, 64, 8, DEC),    D(ru_majflt, 72, 8, DEC),	   D(ru_inblock, 88, 8, DEC),
	D(ru_oublock, 96, 8, DEC),   D(ru_nvcsw, 128, 8, DEC),	   D(ru_nivcsw, 136, 8, DEC),
};
static const struct member sched_param_m[] = { M(sched_priority, 0, 4, DEC) };
static const struct member sched_attr_m[] = {
	M(size, 0, 4, UDEC),
	X(sched_policy, 4, 4, ENUM, sched_policy),
	M(sched_flags, 8, 8, HEX),
	M(sched_nice, 16, 4, DEC),
	M(sched_priority, 20, 4, UDEC),
	D(sched_runtime, 24, 8, UDEC),
	D(sched_deadline, 32, 8, UDEC),
	D(sched_period, 40, 8, UDEC),
};
static const struct member clone_args_m[] = {
	X(flags, 0, 8, FLAGS, clone_flags),
	D(pidfd, 8, 8, PTR),
	D(child_tid, 16, 8, PTR),
	D(parent_tid, 24, 8, PTR),
	M(exit_signal, 32, 8, SIGNAL),
	M(stack, 40, 8, PTR),
	M(stack_size, 48, 8, HEX),
	D(tls, 56, 8, PTR),
	D(set_tid, 64, 8, PTR),
	D(set_tid_size, 72, 8, UDEC),
	D(cgroup, 80, 8, UDEC),
};
static const struct member identity_m[] = {
	M(uid, 0, 4, ID),
	M(gid, 4, 4, ID),
	M(euid, 8, 4, ID),
	M(egid, 12, 4, ID),
	D(suid, 16, 4, ID),
	D(sgid, 20, 4, ID),
	D(fsuid, 24, 4, ID),
	D(fsgid, 28, 4, ID),
	S(cap_effective, 32, 8, CAPS),
	SD(cap_permitted, 40, 8, CAPS),
	SD(cap_inheritable, 48, 8, CAPS),
	SD(cap_bounding, 56, 8, CAPS),
	SD(cap_ambient, 64, 8, CAPS),
	D(ns_pid, 72, 4, UDEC),
	D(ns_mnt, 76, 4, UDEC),
	D(ns_net, 80, 4, UDEC),
	D(ns_user, 84, 4, UDEC),
	D(ns_uts, 88, 4, UDEC),
	D(ns_ipc, 92, 4, UDEC),
	D(ns_cgroup, 96, 4, UDEC),
	D(ns_time, 100, 4, UDEC),
	D(ns_children_pid, 104, 4, UDEC),
	D(ns_children_time, 108, 4, UDEC),
};
static const struct member namespaces_m[] = {
	M(pid, 0, 4, UDEC),	      M(mnt, 4, 4, UDEC),
	M(net, 8, 4, UDEC),	      M(user, 12, 4, UDEC),
	M(uts, 16, 4, UDEC),	      M(ipc, 20, 4, UDEC),
	M(cgroup, 24, 4, UDEC),	      M(time, 28, 4, UDEC),
	M(children_pid, 32, 4, UDEC), M(children_time, 36, 4, UDEC),
};
static const struct member cap_header_m[] = { M(version, 0, 4, HEX), M(pid, 4, 4, DEC) };
static const struct member perf_attr_m[] = {
	M(type, 0, 4, UDEC),	       D(size, 4, 4, UDEC),	   M(config, 8, 8, HEX),
	M(sample_period, 16, 8, UDEC), D(sample_type, 24, 8, HEX), D(read_format, 32, 8, HEX),
	D(flags, 40, 8, HEX),
};
static const struct member sigaction_m[] = {
	S(sa_handler, 0, 8, HANDLER),
	X(sa_flags, 8, 8, FLAGS, sa_flags),
	D(sa_restorer, 16, 8, PTR),
	S(sa_mask, 24, 8, SIGSET),
};
static const struct member sigevent_m[] = {
	D(sigev_value, 0, 8, HEX),
	M(sigev_signo, 8, 4, SIGNAL),
	M(sigev_notify, 12, 4, DEC),
	D(sigev_tid, 16, 4, DEC),
};
static const struct member stack_m[] = {
	M(ss_sp, 0, 8, PTR),
	M(ss_flags, 8, 4, HEX),
	M(ss_size, 16, 8, UDEC),
};
static const struct member epoll_event_m[] = {
	/* packed on x86_64 */
	X(events, 0, 4, FLAGS, epoll_events),
	M(data, 4, 8, HEX),
};
static const struct member pollfd_m[] = {
	M(fd, 0, 4, FD),
	X(events, 4, 2, FLAGS, poll_events),
	X(revents, 6, 2, FLAGS, poll_events),
};
static const struct member futex_waitv_m[] = {
	M(val, 0, 8, HEX),
	M(uaddr, 8, 8, PTR),
	M(flags, 16, 4, HEX),
};
static const struct member sembuf_m[] = {
	M(sem_num, 0, 2, UDEC),
	M(sem_op, 2, 2, DEC),
	M(sem_flg, 4, 2, HEX),
};
static const struct member mq_attr_m[] = {
	M(mq_flags, 0, 8, HEX),
	M(mq_maxmsg, 8, 8, DEC),
	M(mq_msgsize, 16, 8, DEC),
	M(mq_curmsgs, 24, 8, DEC),
};
static const struct member io_event_m[] = {
	M(data, 0, 8, HEX),
	M(obj, 8, 8, HEX),
	M(res, 16, 8, DEC),
	M(res2, 24, 8, DEC),
};
static const struct member iocb_m[] = {
	M(aio_data, 0, 8, HEX),
	X(aio_lio_opcode, 16, 2, ENUM, iocb_cmd),
	M(aio_fildes, 20, 4, FD),
	M(aio_buf, 24, 8, PTR),
	M(aio_nbytes, 32, 8, UDEC),
	M(aio_offset, 40, 8, DEC),
	XD(aio_rw_flags, 12, 4, FLAGS, rwf_flags),
	D(aio_reqprio, 18, 2, DEC),
	D(aio_flags, 56, 4, HEX),
	D(aio_resfd, 60, 4, DEC),
};
static const struct member iouring_params_m[] = {
	M(sq_entries, 0, 4, UDEC),
	M(cq_entries, 4, 4, UDEC),
	X(flags, 8, 4, FLAGS, io_uring_setup_flags),
	D(sq_thread_cpu, 12, 4, UDEC),
	D(sq_thread_idle, 16, 4, UDEC),
	D(features, 20, 4, HEX),
	D(wq_fd, 24, 4, UDEC),
};
static const struct member utsname_m[] = {
	S(sysname, 0, 65, STR),	   S(nodename, 65, 65, STR), S(release, 130, 65, STR),
	SD(version, 195, 65, STR), S(machine, 260, 65, STR), SD(domainname, 325, 65, STR),
};
static const struct member sysinfo_m[] = {
	M(uptime, 0, 8, DEC),	   D(load1, 8, 8, UDEC),      D(load5, 16, 8, UDEC),
	D(load15, 24, 8, UDEC),	   M(totalram, 32, 8, UDEC),  M(freeram, 40, 8, UDEC),
	D(sharedram, 48, 8, UDEC), D(bufferram, 56, 8, UDEC), D(totalswap, 64, 8, UDEC),
	D(freeswap, 72, 8, UDEC),  M(procs, 80, 2, UDEC),     D(totalhigh, 88, 8, UDEC),
	D(freehigh, 96, 8, UDEC),  M(mem_unit, 104, 4, UDEC),
};

/* siginfo_t: a head, then what the signal says. */
#define SIGINFO_HEAD_OF(codes) \
	M(si_signo, 0, 4, SIGNAL), X(si_code, 8, 4, ENUM, codes), D(si_errno, 4, 4, DEC)
#define SIGINFO_HEAD SIGINFO_HEAD_OF(si_code)
static const struct member siginfo_kill_m[] = {
	SIGINFO_HEAD,
	M(si_pid, 16, 4, DEC),
	M(si_uid, 20, 4, ID),
};
static const struct member siginfo_child_m[] = {
	SIGINFO_HEAD_OF(cld_code),
	M(si_pid, 16, 4, DEC),
	M(si_uid, 20, 4, ID),
	M(si_status, 24, 4, DEC),
};
static const struct member siginfo_fault_m[] = { SIGINFO_HEAD, M(si_addr, 16, 8, HEX) };

/* union bpf_attr: a member for each group of commands. */
static const struct member bpf_map_create_m[] = {
	X(map_type, 0, 4, ENUM, bpf_map_type),
	M(key_size, 4, 4, UDEC),
	M(value_size, 8, 4, UDEC),
	M(max_entries, 12, 4, UDEC),
	D(map_flags, 16, 4, HEX),
	D(inner_map_fd, 20, 4, UDEC),
	S(map_name, 28, 16, STR),
};
static const struct member bpf_elem_m[] = {
	M(map_fd, 0, 4, UDEC),
	M(key, 8, 8, PTR),
	M(value, 16, 8, PTR),
	D(flags, 24, 8, HEX),
};
static const struct member bpf_prog_load_m[] = {
	X(prog_type, 0, 4, ENUM, bpf_prog_type),
	M(insn_cnt, 4, 4, UDEC),
	D(insns, 8, 8, PTR),
	D(license, 16, 8, PTR),
	D(kern_version, 40, 4, HEX),
	D(prog_flags, 44, 4, HEX),
	S(prog_name, 48, 16, STR),
	D(prog_ifindex, 64, 4, UDEC),
	D(expected_attach_type, 68, 4, UDEC),
};
static const struct member bpf_obj_m[] = { M(pathname, 0, 8, PTR), M(bpf_fd, 8, 4, UDEC) };
static const struct member bpf_attach_m[] = {
	M(target_fd, 0, 4, UDEC),
	M(attach_bpf_fd, 4, 4, UDEC),
	M(attach_type, 8, 4, UDEC),
	D(attach_flags, 12, 4, HEX),
};
static const struct member bpf_id_m[] = { M(id, 0, 4, UDEC), D(next_id, 4, 4, UDEC) };
static const struct member bpf_info_m[] = {
	M(bpf_fd, 0, 4, UDEC),
	M(info_len, 4, 4, UDEC),
	D(info, 8, 8, PTR),
};
static const struct member bpf_raw_tp_m[] = { M(name, 0, 8, PTR), M(prog_fd, 8, 4, UDEC) };
static const struct member bpf_link_m[] = {
	M(prog_fd, 0, 4, UDEC),
	M(target_fd, 4, 4, UDEC),
	M(attach_type, 8, 4, UDEC),
	D(flags, 12, 4, HEX),
};

#endif /* SR_ARGS_TABLES_H */
