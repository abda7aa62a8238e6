/* SPDX-License-Identifier: Apache-2.0 */
/* The same for what cases.def chooses from, as another argument says: of ioctl, fcntl, prctl,
 * ptrace, keyctl, quotactl, the IPC controls, io_uring_register. */
#ifndef SR_ARGS_TABLES_CASES_H
#define SR_ARGS_TABLES_CASES_H

#include "formats/args_tables.h"

static const struct member flock_m[] = {
	X(l_type, 0, 2, ENUM, lock_type),
	X(l_whence, 2, 2, ENUM, whence),
	M(l_start, 8, 8, DEC),
	M(l_len, 16, 8, DEC),
	M(l_pid, 24, 4, DEC),
};
static const struct member owner_ex_m[] = {
	X(type, 0, 4, ENUM, owner_type),
	M(pid, 4, 4, DEC),
};
static const struct member sock_filter_m[] = {
	M(code, 0, 2, HEX),
	M(jt, 2, 1, UDEC),
	M(jf, 3, 1, UDEC),
	M(k, 4, 4, HEX),
};
static const struct member winsize_m[] = {
	M(ws_row, 0, 2, UDEC),
	M(ws_col, 2, 2, UDEC),
	M(ws_xpixel, 4, 2, UDEC),
	M(ws_ypixel, 6, 2, UDEC),
};
static const struct member termios_m[] = {
	X(c_iflag, 0, 4, FLAGS, termios_iflag),
	X(c_oflag, 4, 4, FLAGS, termios_oflag),
	X(c_cflag, 8, 4, FLAGS, termios_cflag),
	X(c_lflag, 12, 4, FLAGS, termios_lflag),
	D(c_line, 16, 1, UDEC),
};
#define LOOP_INFO(at)                                                                  \
	M(lo_number, (at) + 40, 4, UDEC), D(lo_device, (at), 8, DEV),                  \
		D(lo_inode, (at) + 8, 8, UDEC), D(lo_rdevice, (at) + 16, 8, DEV),      \
		M(lo_offset, (at) + 24, 8, UDEC), M(lo_sizelimit, (at) + 32, 8, UDEC), \
		X(lo_flags, (at) + 52, 4, FLAGS, loop_flags), S(lo_file_name, (at) + 56, 64, STR)
static const struct member loop_info_m[] = { LOOP_INFO(0) };
static const struct member loop_config_m[] = {
	M(fd, 0, 4, FD),
	M(block_size, 4, 4, UDEC),
	LOOP_INFO(8),
};
#undef LOOP_INFO
static const struct member file_range_m[] = {
	M(src_fd, 0, 8, DEC),
	M(src_offset, 8, 8, UDEC),
	M(src_length, 16, 8, UDEC),
	M(dest_offset, 24, 8, UDEC),
};
static const struct member fstrim_m[] = {
	M(start, 0, 8, HEX),
	M(len, 8, 8, HEX),
	M(minlen, 16, 8, HEX),
};
static const struct member fsxattr_m[] = {
	M(fsx_xflags, 0, 4, HEX),   M(fsx_extsize, 4, 4, UDEC),	    M(fsx_nextents, 8, 4, UDEC),
	M(fsx_projid, 12, 4, UDEC), M(fsx_cowextsize, 16, 4, UDEC),
};
static const struct member fiemap_m[] = {
	M(fm_start, 0, 8, UDEC),	   M(fm_length, 8, 8, UDEC),	    M(fm_flags, 16, 4, HEX),
	M(fm_mapped_extents, 20, 4, UDEC), M(fm_extent_count, 24, 4, UDEC),
};
static const struct member uffdio_api_m[] = {
	M(api, 0, 8, HEX),
	M(features, 8, 8, HEX),
	M(ioctls, 16, 8, HEX),
};
static const struct member uffdio_range_m[] = {
	M(start, 0, 8, HEX),
	M(len, 8, 8, HEX),
	M(mode, 16, 8, HEX),
};
static const struct member uffdio_pages_m[] = { M(start, 0, 8, HEX), M(len, 8, 8, HEX) };
static const struct member uffdio_copy_m[] = {
	M(dst, 0, 8, PTR),   M(src, 8, 8, PTR),	  M(len, 16, 8, HEX),
	M(mode, 24, 8, HEX), M(copy, 32, 8, DEC),
};
static const struct member dedupe_m[] = {
	M(src_offset, 0, 8, UDEC),
	M(src_length, 8, 8, UDEC),
	M(dest_count, 16, 2, UDEC),
};
static const struct member block_range_m[] = { M(start, 0, 8, UDEC), M(len, 8, 8, UDEC) };
static const struct member termio_m[] = {
	X(c_iflag, 0, 2, FLAGS, termios_iflag),
	X(c_oflag, 2, 2, FLAGS, termios_oflag),
	X(c_cflag, 4, 2, FLAGS, termios_cflag),
	X(c_lflag, 6, 2, FLAGS, termios_lflag),
};
static const struct member vt_state_m[] = {
	M(v_active, 0, 2, UDEC),
	M(v_signal, 2, 2, UDEC),
	M(v_state, 4, 2, HEX),
};
static const struct member rtc_time_m[] = {
	M(tm_sec, 0, 4, DEC),	M(tm_min, 4, 4, DEC),  M(tm_hour, 8, 4, DEC),
	M(tm_mday, 12, 4, DEC), M(tm_mon, 16, 4, DEC), M(tm_year, 20, 4, DEC),
};
static const struct member notif_m[] = {
	M(id, 0, 8, HEX),    D(flags, 12, 4, HEX), M(pid, 8, 4, DEC),
	M(nr, 16, 4, DEC),   D(arch, 20, 4, HEX),  D(instruction_pointer, 24, 8, HEX),
	M(arg0, 32, 8, HEX), M(arg1, 40, 8, HEX),  M(arg2, 48, 8, HEX),
	M(arg3, 56, 8, HEX), M(arg4, 64, 8, HEX),  M(arg5, 72, 8, HEX),
};
static const struct member notif_resp_m[] = {
	M(id, 0, 8, HEX),
	M(val, 8, 8, DEC),
	M(error, 16, 4, DEC),
	M(flags, 20, 4, HEX),
};
static const struct member notif_addfd_m[] = {
	M(id, 0, 8, HEX),
	M(flags, 8, 4, HEX),
	M(srcfd, 12, 4, DEC),
	M(newfd, 16, 4, DEC),
	X(newfd_flags, 20, 4, FLAGS, dup_flags),
};
static const struct member entropy_m[] = { M(entropy_count, 0, 4, DEC), M(buf_size, 4, 4, DEC) };
static const struct member sock_fprog_m[] = { M(len, 0, 2, UDEC), M(filter, 8, 8, PTR) };
static const struct member notif_sizes_m[] = {
	M(seccomp_notif, 0, 2, UDEC),
	M(seccomp_notif_resp, 2, 2, UDEC),
	M(seccomp_data, 4, 2, UDEC),
};
static const struct member key_dh_m[] = {
	M(private, 0, 4, DEC),
	M(prime, 4, 4, DEC),
	M(base, 8, 4, DEC),
};
static const struct member dqblk_m[] = {
	M(dqb_bhardlimit, 0, 8, UDEC),	M(dqb_bsoftlimit, 8, 8, UDEC),
	M(dqb_curspace, 16, 8, UDEC),	M(dqb_ihardlimit, 24, 8, UDEC),
	M(dqb_isoftlimit, 32, 8, UDEC), M(dqb_curinodes, 40, 8, UDEC),
	D(dqb_btime, 48, 8, UDEC),	D(dqb_itime, 56, 8, UDEC),
	D(dqb_valid, 64, 4, HEX),
};
static const struct member nextdqblk_m[] = {
	M(dqb_bhardlimit, 0, 8, UDEC),	M(dqb_bsoftlimit, 8, 8, UDEC),
	M(dqb_curspace, 16, 8, UDEC),	M(dqb_ihardlimit, 24, 8, UDEC),
	M(dqb_isoftlimit, 32, 8, UDEC), M(dqb_curinodes, 40, 8, UDEC),
	D(dqb_btime, 48, 8, UDEC),	D(dqb_itime, 56, 8, UDEC),
	D(dqb_valid, 64, 4, HEX),	M(dqb_id, 68, 4, ID),
};
static const struct member xquota_m[] = {
	D(d_version, 0, 1, UDEC),	 D(d_flags, 1, 1, HEX),
	M(d_fieldmask, 2, 2, HEX),	 M(d_id, 4, 4, ID),
	M(d_blk_hardlimit, 8, 8, UDEC),	 M(d_blk_softlimit, 16, 8, UDEC),
	M(d_ino_hardlimit, 24, 8, UDEC), M(d_ino_softlimit, 32, 8, UDEC),
	M(d_bcount, 40, 8, UDEC),	 M(d_icount, 48, 8, UDEC),
	D(d_itimer, 56, 4, DEC),	 D(d_btimer, 60, 4, DEC),
};
static const struct member dqinfo_m[] = {
	M(dqi_bgrace, 0, 8, UDEC),
	M(dqi_igrace, 8, 8, UDEC),
	M(dqi_flags, 16, 4, HEX),
	D(dqi_valid, 20, 4, HEX),
};
static const struct member pkey_params_m[] = {
	M(key_id, 0, 4, DEC),
	M(in_len, 4, 4, UDEC),
	M(out_len, 8, 4, UDEC),
};
static const struct member pkey_info_m[] = {
	M(supported_ops, 0, 4, HEX),  M(key_size, 4, 4, UDEC),	    M(max_data_size, 8, 2, UDEC),
	M(max_sig_size, 10, 2, UDEC), M(max_enc_size, 12, 2, UDEC), M(max_dec_size, 14, 2, UDEC),
};
static const struct member user_desc_m[] = {
	M(entry_number, 0, 4, DEC),
	M(base_addr, 4, 4, HEX),
	M(limit, 8, 4, HEX),
	M(bits, 12, 4, HEX),
};
/* of x86_64 */
static const struct member user_regs_m[] = {
	M(rip, 128, 8, HEX),	 M(rsp, 152, 8, HEX),	  M(orig_rax, 120, 8, HEX),
	M(rax, 80, 8, HEX),	 M(rdi, 112, 8, HEX),	  M(rsi, 104, 8, HEX),
	M(rdx, 96, 8, HEX),	 D(r15, 0, 8, HEX),	  D(r14, 8, 8, HEX),
	D(r13, 16, 8, HEX),	 D(r12, 24, 8, HEX),	  D(rbp, 32, 8, HEX),
	D(rbx, 40, 8, HEX),	 D(r11, 48, 8, HEX),	  D(r10, 56, 8, HEX),
	D(r9, 64, 8, HEX),	 D(r8, 72, 8, HEX),	  D(rcx, 88, 8, HEX),
	D(cs, 136, 8, HEX),	 D(eflags, 144, 8, HEX),  D(ss, 160, 8, HEX),
	D(fs_base, 168, 8, HEX), D(gs_base, 176, 8, HEX), D(ds, 184, 8, HEX),
	D(es, 192, 8, HEX),	 D(fs, 200, 8, HEX),	  D(gs, 208, 8, HEX),
};
static const struct member fp_regs_m[] = {
	M(cwd, 0, 2, HEX), M(swd, 2, 2, HEX),  M(ftw, 4, 2, HEX),    M(fop, 6, 2, HEX),
	M(rip, 8, 8, HEX), M(rdp, 16, 8, HEX), M(mxcsr, 24, 4, HEX), D(mxcr_mask, 28, 4, HEX),
};
static const struct member filter_meta_m[] = { M(filter_off, 0, 8, UDEC), M(flags, 8, 8, HEX) };
static const struct member peek_siginfo_m[] = {
	M(off, 0, 8, UDEC),
	M(flags, 8, 4, HEX),
	M(nr, 12, 4, DEC),
};
static const struct member rseq_conf_m[] = {
	M(rseq_abi_pointer, 0, 8, PTR),
	M(rseq_abi_size, 8, 4, UDEC),
	M(signature, 12, 4, HEX),
	D(flags, 16, 4, HEX),
};
static const struct member dispatch_m[] = {
	M(mode, 0, 8, UDEC),
	M(selector, 8, 8, PTR),
	M(offset, 16, 8, HEX),
	M(len, 24, 8, UDEC),
};
/* struct ipc64_perm, and what follows it */
#define IPC_PERM(prefix)                                                             \
	M(prefix##_perm.uid, 4, 4, ID), M(prefix##_perm.gid, 8, 4, ID),              \
		M(prefix##_perm.mode, 20, 4, MODE), D(prefix##_perm.key, 0, 4, HEX), \
		D(prefix##_perm.cuid, 12, 4, ID), D(prefix##_perm.cgid, 16, 4, ID)
static const struct member shmid_ds_m[] = {
	IPC_PERM(shm),
	M(shm_segsz, 48, 8, UDEC),
	D(shm_atime, 56, 8, DEC),
	D(shm_dtime, 64, 8, DEC),
	D(shm_ctime, 72, 8, DEC),
	M(shm_cpid, 80, 4, DEC),
	M(shm_lpid, 84, 4, DEC),
	M(shm_nattch, 88, 8, UDEC),
};
static const struct member msqid_ds_m[] = {
	IPC_PERM(msg),
	D(msg_stime, 48, 8, DEC),
	D(msg_rtime, 56, 8, DEC),
	D(msg_ctime, 64, 8, DEC),
	D(msg_cbytes, 72, 8, UDEC),
	M(msg_qnum, 80, 8, UDEC),
	M(msg_qbytes, 88, 8, UDEC),
	M(msg_lspid, 96, 4, DEC),
	M(msg_lrpid, 100, 4, DEC),
};
static const struct member semid_ds_m[] = {
	IPC_PERM(sem),
	D(sem_otime, 48, 8, DEC),
	D(sem_ctime, 64, 8, DEC),
	M(sem_nsems, 80, 8, UDEC),
};
#undef IPC_PERM
static const struct member seminfo_m[] = {
	M(semmni, 4, 4, DEC),  M(semmns, 8, 4, DEC),  M(semmsl, 16, 4, DEC), M(semopm, 20, 4, DEC),
	M(semusz, 28, 4, DEC), M(semaem, 36, 4, DEC), D(semmap, 0, 4, DEC),  D(semmnu, 12, 4, DEC),
	D(semume, 24, 4, DEC), D(semvmx, 32, 4, DEC),
};
static const struct member msginfo_m[] = {
	M(msgpool, 0, 4, DEC), M(msgmap, 4, 4, DEC),  M(msgmax, 8, 4, DEC),  M(msgmnb, 12, 4, DEC),
	M(msgmni, 16, 4, DEC), D(msgssz, 20, 4, DEC), M(msgtql, 24, 4, DEC), D(msgseg, 28, 2, UDEC),
};
static const struct member shminfo_m[] = {
	M(shmmax, 0, 8, UDEC),	M(shmmin, 8, 8, UDEC),	M(shmmni, 16, 8, UDEC),
	M(shmseg, 24, 8, UDEC), M(shmall, 32, 8, UDEC),
};
static const struct member shm_info_m[] = {
	M(used_ids, 0, 4, DEC),	 M(shm_tot, 8, 8, UDEC),	M(shm_rss, 16, 8, UDEC),
	M(shm_swp, 24, 8, UDEC), D(swap_attempts, 32, 8, UDEC), D(swap_successes, 40, 8, UDEC),
};

/* What io_uring_register() takes. */
static const struct member ring_update_m[] = { M(offset, 0, 4, UDEC), M(data, 8, 8, HEX) };
static const struct member ring_update2_m[] = {
	M(offset, 0, 4, UDEC),
	M(data, 8, 8, PTR),
	M(tags, 16, 8, PTR),
	M(nr, 24, 4, UDEC),
};
static const struct member ring_resources_m[] = {
	M(nr, 0, 4, UDEC),
	M(flags, 4, 4, HEX),
	M(data, 16, 8, PTR),
	M(tags, 24, 8, PTR),
};
static const struct member ring_probe_m[] = { M(last_op, 0, 1, UDEC), M(ops_len, 1, 1, UDEC) };
static const struct member ring_limit_m[] = {
	X(opcode, 0, 2, ENUM, io_uring_limit),
	M(op, 2, 1, UDEC),
};
static const struct member ring_buffers_m[] = {
	M(ring_addr, 0, 8, PTR),
	M(ring_entries, 8, 4, UDEC),
	M(bgid, 12, 2, UDEC),
	M(flags, 14, 2, HEX),
};
static const struct member ring_status_m[] = { M(buf_group, 0, 4, UDEC), M(head, 4, 4, UDEC) };
static const struct member ring_cancel_m[] = {
	M(addr, 0, 8, HEX),	      M(fd, 8, 4, FD),	      M(flags, 12, 4, HEX),
	S(timeout, 16, 16, TIMESPEC), M(opcode, 32, 1, UDEC),
};
static const struct member ring_range_m[] = { M(off, 0, 4, UDEC), M(len, 4, 4, UDEC) };
static const struct member ring_napi_m[] = {
	M(busy_poll_to, 0, 4, UDEC),
	M(prefer_busy_poll, 4, 1, UDEC),
	M(opcode, 5, 1, UDEC),
	M(op_param, 8, 4, UDEC),
};
static const struct member ring_request_m[] = {
	M(opcode, 0, 1, UDEC), D(flags, 1, 1, HEX), M(fd, 4, 4, FD),	      M(off, 8, 8, UDEC),
	M(addr, 16, 8, HEX),   M(len, 24, 4, UDEC), M(user_data, 32, 8, HEX),
};
static const struct member ring_queue_m[] = {
	M(if_idx, 0, 4, UDEC), M(if_rxq, 4, 4, UDEC),	M(rq_entries, 8, 4, UDEC),
	M(flags, 12, 4, HEX),  M(area_ptr, 16, 8, PTR), D(region_ptr, 24, 8, PTR),
};
static const struct member ring_region_m[] = { M(region_uptr, 0, 8, PTR), M(flags, 8, 8, HEX) };
static const struct member ring_query_m[] = {
	M(next_entry, 0, 8, PTR), M(query_data, 8, 8, PTR), M(query_op, 16, 4, UDEC),
	M(size, 20, 4, UDEC),	  M(result, 24, 4, DEC),
};
static const struct member ring_clone_m[] = {
	M(src_fd, 0, 4, FD),	 M(flags, 4, 4, HEX), M(src_off, 8, 4, UDEC),
	M(dst_off, 12, 4, UDEC), M(nr, 16, 4, UDEC),
};

#endif /* SR_ARGS_TABLES_CASES_H */
