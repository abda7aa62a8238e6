/* SPDX-License-Identifier: Apache-2.0 */
/* Structures as 32-bit programs on x86_64 lay them out: the same members as in args_tables.h. */
#ifndef SR_ARGS_TABLES_32_H
#define SR_ARGS_TABLES_32_H

#include "formats/args_tables.h"

static const struct member stat32_m[] = {
	D(st_dev, 0, 2, DEV),	       D(st_ino, 4, 4, UDEC),	      M(st_mode, 8, 2, MODE),
	D(st_nlink, 10, 2, UDEC),      D(st_uid, 12, 2, UDEC),	      D(st_gid, 14, 2, UDEC),
	D(st_rdev, 16, 2, DEV),	       M(st_size, 20, 4, UDEC),	      D(st_blksize, 24, 4, UDEC),
	D(st_blocks, 28, 4, UDEC),     SD(st_atime, 32, 8, TIMESPEC), SD(st_mtime, 40, 8, TIMESPEC),
	SD(st_ctime, 48, 8, TIMESPEC),
};
static const struct member stat64_m[] = {
	D(st_dev, 0, 8, DEV),	       D(st_ino, 88, 8, UDEC),	      M(st_mode, 16, 4, MODE),
	D(st_nlink, 20, 4, UDEC),      D(st_uid, 24, 4, ID),	      D(st_gid, 28, 4, ID),
	D(st_rdev, 32, 8, DEV),	       M(st_size, 44, 8, DEC),	      D(st_blksize, 52, 4, DEC),
	D(st_blocks, 56, 8, DEC),      SD(st_atime, 64, 8, TIMESPEC), SD(st_mtime, 72, 8, TIMESPEC),
	SD(st_ctime, 80, 8, TIMESPEC),
};
static const struct member statfs32_m[] = {
	M(f_type, 0, 4, HEX),	 M(f_bsize, 4, 4, DEC),	   M(f_blocks, 8, 4, UDEC),
	M(f_bfree, 12, 4, UDEC), D(f_bavail, 16, 4, UDEC), D(f_files, 20, 4, UDEC),
	D(f_ffree, 24, 4, UDEC), D(f_namelen, 36, 4, DEC), D(f_frsize, 40, 4, DEC),
	D(f_flags, 44, 4, HEX),
};
static const struct member statfs64_m[] = {
	M(f_type, 0, 4, HEX),	 M(f_bsize, 4, 4, DEC),	   M(f_blocks, 8, 8, UDEC),
	M(f_bfree, 16, 8, UDEC), D(f_bavail, 24, 8, UDEC), D(f_files, 32, 8, UDEC),
	D(f_ffree, 40, 8, UDEC), D(f_namelen, 56, 4, DEC), D(f_frsize, 60, 4, DEC),
	D(f_flags, 64, 4, HEX),
};
static const struct member utimbuf32_m[] = { M(actime, 0, 4, DEC), M(modtime, 4, 4, DEC) };
static const struct member itimerspec32_m[] = {
	S(it_interval, 0, 8, TIMESPEC),
	S(it_value, 8, 8, TIMESPEC),
};
static const struct member itimerval32_m[] = {
	S(it_interval, 0, 8, TIMEVAL),
	S(it_value, 8, 8, TIMEVAL),
};
static const struct member timex32_m[] = {
	M(modes, 0, 4, HEX),	  M(offset, 4, 4, DEC),	    M(freq, 8, 4, DEC),
	M(maxerror, 12, 4, DEC),  M(esterror, 16, 4, DEC),  M(status, 20, 4, HEX),
	D(constant, 24, 4, DEC),  D(precision, 28, 4, DEC), D(tolerance, 32, 4, DEC),
	SD(time, 36, 8, TIMEVAL), D(tick, 44, 4, DEC),
};
static const struct member tms32_m[] = {
	M(tms_utime, 0, 4, DEC),
	M(tms_stime, 4, 4, DEC),
	M(tms_cutime, 8, 4, DEC),
	M(tms_cstime, 12, 4, DEC),
};
static const struct member iovec32_m[] = { M(iov_base, 0, 4, PTR), M(iov_len, 4, 4, UDEC) };
static const struct member rlimit32_m[] = { M(rlim_cur, 0, 4, LIMIT), M(rlim_max, 4, 4, LIMIT) };
static const struct member rusage32_m[] = {
	S(ru_utime, 0, 8, TIMEVAL), S(ru_stime, 8, 8, TIMEVAL), M(ru_maxrss, 16, 4, DEC),
	D(ru_minflt, 32, 4, DEC),   D(ru_majflt, 36, 4, DEC),	D(ru_inblock, 44, 4, DEC),
	D(ru_oublock, 48, 4, DEC),  D(ru_nvcsw, 64, 4, DEC),	D(ru_nivcsw, 68, 4, DEC),
};
static const struct member sigaction32_m[] = {
	S(sa_handler, 0, 4, HANDLER),
	X(sa_flags, 4, 4, FLAGS, sa_flags),
	D(sa_restorer, 8, 4, PTR),
	S(sa_mask, 12, 8, SIGSET),
};
static const struct member sigevent32_m[] = {
	D(sigev_value, 0, 4, HEX),
	M(sigev_signo, 4, 4, SIGNAL),
	M(sigev_notify, 8, 4, DEC),
	D(sigev_tid, 12, 4, DEC),
};
static const struct member stack32_m[] = {
	M(ss_sp, 0, 4, PTR),
	M(ss_flags, 4, 4, HEX),
	M(ss_size, 8, 4, UDEC),
};
static const struct member mq_attr32_m[] = {
	M(mq_flags, 0, 4, HEX),
	M(mq_maxmsg, 4, 4, DEC),
	M(mq_msgsize, 8, 4, DEC),
	M(mq_curmsgs, 12, 4, DEC),
};
static const struct member sysinfo32_m[] = {
	M(uptime, 0, 4, DEC),	   D(load1, 4, 4, UDEC),      D(load5, 8, 4, UDEC),
	D(load15, 12, 4, UDEC),	   M(totalram, 16, 4, UDEC),  M(freeram, 20, 4, UDEC),
	D(sharedram, 24, 4, UDEC), D(bufferram, 28, 4, UDEC), D(totalswap, 32, 4, UDEC),
	D(freeswap, 36, 4, UDEC),  M(procs, 40, 2, UDEC),     D(totalhigh, 44, 4, UDEC),
	D(freehigh, 48, 4, UDEC),  M(mem_unit, 52, 4, UDEC),
};
static const struct member flock32_m[] = {
	X(l_type, 0, 2, ENUM, lock_type),
	X(l_whence, 2, 2, ENUM, whence),
	M(l_start, 4, 4, DEC),
	M(l_len, 8, 4, DEC),
	M(l_pid, 12, 4, DEC),
};
static const struct member flock64_m[] = {
	X(l_type, 0, 2, ENUM, lock_type),
	X(l_whence, 2, 2, ENUM, whence),
	M(l_start, 4, 8, DEC),
	M(l_len, 12, 8, DEC),
	M(l_pid, 20, 4, DEC),
};
static const struct member sock_fprog32_m[] = { M(len, 0, 2, UDEC), M(filter, 4, 4, PTR) };
static const struct member siginfo_kill32_m[] = {
	SIGINFO_HEAD,
	M(si_pid, 12, 4, DEC),
	M(si_uid, 16, 4, ID),
};
static const struct member siginfo_child32_m[] = {
	SIGINFO_HEAD_OF(cld_code),
	M(si_pid, 12, 4, DEC),
	M(si_uid, 16, 4, ID),
	M(si_status, 20, 4, DEC),
};
static const struct member siginfo_fault32_m[] = { SIGINFO_HEAD, M(si_addr, 12, 4, HEX) };

#endif /* SR_ARGS_TABLES_32_H */
