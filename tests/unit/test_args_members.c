/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of members (formats/args_tables*.h) against the system's headers: a member that is
 * read from another place than the kernel wrote it to is a wrong value in every capture. */
#include "formats/args_tables_cases.h"
#include "formats/args_tables_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/aio_abi.h>
#include <linux/bpf.h>
#include <linux/dqblk_xfs.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/kexec.h>
#include <linux/net_tstamp.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <linux/quota.h>
#include <linux/rtc.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>
#include <linux/tcp.h>
#include <linux/userfaultfd.h>
#include <linux/vt.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/utsname.h>
#include <time.h>
#include <utime.h>

struct expected {
	const char *table;
	const struct member *m;
	size_t n;
	const char *name;
	size_t off;
	size_t size;
};

/* clang-format off */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define AT(table, type, name) \
	{ #table, table, COUNT(table), #name, offsetof(type, name), sizeof(((type *)0)->name) }
/* clang-format on */

static const struct expected expected[] = {
#if defined(__x86_64__) /* the tables are of this architecture */
	AT(stat_m, struct stat, st_dev),
	AT(stat_m, struct stat, st_ino),
	AT(stat_m, struct stat, st_mode),
	AT(stat_m, struct stat, st_nlink),
	AT(stat_m, struct stat, st_uid),
	AT(stat_m, struct stat, st_gid),
	AT(stat_m, struct stat, st_rdev),
	AT(stat_m, struct stat, st_size),
	AT(stat_m, struct stat, st_blksize),
	AT(stat_m, struct stat, st_blocks),
	AT(stat_m, struct stat, st_atime),
	AT(stat_m, struct stat, st_mtime),
	AT(stat_m, struct stat, st_ctime),
#endif
	AT(tcp_info_m, struct tcp_info, tcpi_state),
	AT(tcp_info_m, struct tcp_info, tcpi_ca_state),
	AT(tcp_info_m, struct tcp_info, tcpi_retransmits),
	AT(tcp_info_m, struct tcp_info, tcpi_probes),
	AT(tcp_info_m, struct tcp_info, tcpi_backoff),
	AT(tcp_info_m, struct tcp_info, tcpi_options),
	AT(tcp_info_m, struct tcp_info, tcpi_rto),
	AT(tcp_info_m, struct tcp_info, tcpi_ato),
	AT(tcp_info_m, struct tcp_info, tcpi_snd_mss),
	AT(tcp_info_m, struct tcp_info, tcpi_rcv_mss),
	AT(tcp_info_m, struct tcp_info, tcpi_unacked),
	AT(tcp_info_m, struct tcp_info, tcpi_sacked),
	AT(tcp_info_m, struct tcp_info, tcpi_lost),
	AT(tcp_info_m, struct tcp_info, tcpi_retrans),
	AT(tcp_info_m, struct tcp_info, tcpi_last_data_sent),
	AT(tcp_info_m, struct tcp_info, tcpi_last_data_recv),
	AT(tcp_info_m, struct tcp_info, tcpi_last_ack_recv),
	AT(tcp_info_m, struct tcp_info, tcpi_pmtu),
	AT(tcp_info_m, struct tcp_info, tcpi_rcv_ssthresh),
	AT(tcp_info_m, struct tcp_info, tcpi_rtt),
	AT(tcp_info_m, struct tcp_info, tcpi_rttvar),
	AT(tcp_info_m, struct tcp_info, tcpi_snd_ssthresh),
	AT(tcp_info_m, struct tcp_info, tcpi_snd_cwnd),
	AT(tcp_info_m, struct tcp_info, tcpi_advmss),
	AT(tcp_info_m, struct tcp_info, tcpi_reordering),
	AT(tcp_info_m, struct tcp_info, tcpi_rcv_rtt),
	AT(tcp_info_m, struct tcp_info, tcpi_rcv_space),
	AT(tcp_info_m, struct tcp_info, tcpi_total_retrans),
	AT(tcp_info_m, struct tcp_info, tcpi_pacing_rate),
	AT(tcp_info_m, struct tcp_info, tcpi_max_pacing_rate),
	AT(tcp_info_m, struct tcp_info, tcpi_bytes_acked),
	AT(tcp_info_m, struct tcp_info, tcpi_bytes_received),
	AT(tcp_info_m, struct tcp_info, tcpi_segs_out),
	AT(tcp_info_m, struct tcp_info, tcpi_segs_in),
	AT(tcp_info_m, struct tcp_info, tcpi_notsent_bytes),
	AT(tcp_info_m, struct tcp_info, tcpi_min_rtt),
	AT(tcp_info_m, struct tcp_info, tcpi_data_segs_in),
	AT(tcp_info_m, struct tcp_info, tcpi_data_segs_out),
	AT(tcp_info_m, struct tcp_info, tcpi_delivery_rate),
	AT(tcp_info_m, struct tcp_info, tcpi_busy_time),
	AT(tcp_info_m, struct tcp_info, tcpi_rwnd_limited),
	AT(tcp_info_m, struct tcp_info, tcpi_sndbuf_limited),
	AT(tcp_info_m, struct tcp_info, tcpi_delivered),
	AT(tcp_info_m, struct tcp_info, tcpi_delivered_ce),
	AT(tcp_info_m, struct tcp_info, tcpi_bytes_sent),
	AT(tcp_info_m, struct tcp_info, tcpi_bytes_retrans),
	AT(tcp_info_m, struct tcp_info, tcpi_dsack_dups),
	AT(tcp_info_m, struct tcp_info, tcpi_reord_seen),
	AT(tcp_info_m, struct tcp_info, tcpi_rcv_ooopack),
	AT(tcp_info_m, struct tcp_info, tcpi_snd_wnd),
	AT(sock_filter_m, struct sock_filter, code),
	AT(sock_filter_m, struct sock_filter, jt),
	AT(sock_filter_m, struct sock_filter, jf),
	AT(sock_filter_m, struct sock_filter, k),
	AT(linger_m, struct linger, l_onoff),
	AT(linger_m, struct linger, l_linger),
	AT(ucred_m, struct ucred, pid),
	AT(ucred_m, struct ucred, uid),
	AT(ucred_m, struct ucred, gid),
	AT(fprog_m, struct sock_fprog, len),
	AT(fprog_m, struct sock_fprog, filter),
	AT(txtime_m, struct sock_txtime, clockid),
	AT(txtime_m, struct sock_txtime, flags),
	AT(mreq_m, struct ip_mreq, imr_multiaddr),
	AT(mreq_m, struct ip_mreq, imr_interface),
	AT(mreqn_m, struct ip_mreqn, imr_multiaddr),
	AT(mreqn_m, struct ip_mreqn, imr_address),
	AT(mreqn_m, struct ip_mreqn, imr_ifindex),
	AT(mreq_source_m, struct ip_mreq_source, imr_multiaddr),
	AT(mreq_source_m, struct ip_mreq_source, imr_interface),
	AT(mreq_source_m, struct ip_mreq_source, imr_sourceaddr),
	AT(mreq6_m, struct ipv6_mreq, ipv6mr_multiaddr),
	AT(mreq6_m, struct ipv6_mreq, ipv6mr_interface),
	AT(pktinfo6_m, struct in6_pktinfo, ipi6_addr),
	AT(pktinfo6_m, struct in6_pktinfo, ipi6_ifindex),
	AT(group_m, struct group_req, gr_interface),
	AT(group_m, struct group_req, gr_group),
	AT(group_source_m, struct group_source_req, gsr_interface),
	AT(group_source_m, struct group_source_req, gsr_group),
	AT(group_source_m, struct group_source_req, gsr_source),
	AT(packet_mreq_m, struct packet_mreq, mr_ifindex),
	AT(packet_mreq_m, struct packet_mreq, mr_type),
	AT(packet_mreq_m, struct packet_mreq, mr_alen),
	AT(packet_ring_m, struct tpacket_req, tp_block_size),
	AT(packet_ring_m, struct tpacket_req, tp_block_nr),
	AT(packet_ring_m, struct tpacket_req, tp_frame_size),
	AT(packet_ring_m, struct tpacket_req, tp_frame_nr),
	AT(packet_stats_m, struct tpacket_stats, tp_packets),
	AT(packet_stats_m, struct tpacket_stats, tp_drops),
	AT(iocb_m, struct iocb, aio_data),
	AT(iocb_m, struct iocb, aio_lio_opcode),
	AT(iocb_m, struct iocb, aio_fildes),
	AT(iocb_m, struct iocb, aio_buf),
	AT(iocb_m, struct iocb, aio_nbytes),
	AT(iocb_m, struct iocb, aio_offset),
	AT(iocb_m, struct iocb, aio_reqprio),
	AT(iocb_m, struct iocb, aio_flags),
	AT(iocb_m, struct iocb, aio_resfd),
	AT(iovec_m, struct iovec, iov_base),
	AT(iovec_m, struct iovec, iov_len),
	AT(kexec_segment_m, struct kexec_segment, buf),
	AT(kexec_segment_m, struct kexec_segment, bufsz),
	AT(kexec_segment_m, struct kexec_segment, mem),
	AT(kexec_segment_m, struct kexec_segment, memsz),
	AT(dqinfo_m, struct if_dqinfo, dqi_bgrace),
	AT(dqinfo_m, struct if_dqinfo, dqi_igrace),
	AT(dqinfo_m, struct if_dqinfo, dqi_flags),
	AT(dqinfo_m, struct if_dqinfo, dqi_valid),
	AT(nextdqblk_m, struct if_nextdqblk, dqb_curspace),
	AT(nextdqblk_m, struct if_nextdqblk, dqb_curinodes),
	AT(nextdqblk_m, struct if_nextdqblk, dqb_id),
	AT(xquota_m, struct fs_disk_quota, d_fieldmask),
	AT(xquota_m, struct fs_disk_quota, d_id),
	AT(xquota_m, struct fs_disk_quota, d_blk_hardlimit),
	AT(xquota_m, struct fs_disk_quota, d_ino_softlimit),
	AT(xquota_m, struct fs_disk_quota, d_bcount),
	AT(xquota_m, struct fs_disk_quota, d_icount),
	AT(xquota_m, struct fs_disk_quota, d_btimer),
	AT(seminfo_m, struct seminfo, semmni),
	AT(seminfo_m, struct seminfo, semmns),
	AT(seminfo_m, struct seminfo, semmsl),
	AT(seminfo_m, struct seminfo, semopm),
	AT(seminfo_m, struct seminfo, semusz),
	AT(seminfo_m, struct seminfo, semaem),
	AT(seminfo_m, struct seminfo, semvmx),
	AT(msginfo_m, struct msginfo, msgmax),
	AT(msginfo_m, struct msginfo, msgmnb),
	AT(msginfo_m, struct msginfo, msgmni),
	AT(msginfo_m, struct msginfo, msgtql),
	AT(msginfo_m, struct msginfo, msgseg),
	AT(shminfo_m, struct shminfo, shmmax),
	AT(shminfo_m, struct shminfo, shmmni),
	AT(shminfo_m, struct shminfo, shmall),
	AT(shm_info_m, struct shm_info, used_ids),
	AT(shm_info_m, struct shm_info, shm_tot),
	AT(shm_info_m, struct shm_info, shm_rss),
	AT(shm_info_m, struct shm_info, shm_swp),
	AT(uffdio_copy_m, struct uffdio_copy, dst),
	AT(uffdio_copy_m, struct uffdio_copy, src),
	AT(uffdio_copy_m, struct uffdio_copy, len),
	AT(uffdio_copy_m, struct uffdio_copy, mode),
	AT(uffdio_copy_m, struct uffdio_copy, copy),
	AT(dedupe_m, struct file_dedupe_range, src_offset),
	AT(dedupe_m, struct file_dedupe_range, src_length),
	AT(dedupe_m, struct file_dedupe_range, dest_count),
	AT(rtc_time_m, struct rtc_time, tm_sec),
	AT(rtc_time_m, struct rtc_time, tm_year),
	AT(vt_state_m, struct vt_stat, v_active),
	AT(vt_state_m, struct vt_stat, v_state),
	AT(notif_m, struct seccomp_notif, id),
	AT(notif_m, struct seccomp_notif, pid),
	AT(notif_m, struct seccomp_notif, flags),
	AT(notif_resp_m, struct seccomp_notif_resp, id),
	AT(notif_resp_m, struct seccomp_notif_resp, val),
	AT(notif_resp_m, struct seccomp_notif_resp, error),
	AT(notif_resp_m, struct seccomp_notif_resp, flags),
	AT(notif_addfd_m, struct seccomp_notif_addfd, srcfd),
	AT(notif_addfd_m, struct seccomp_notif_addfd, newfd),
	AT(notif_addfd_m, struct seccomp_notif_addfd, newfd_flags),
	AT(ring_update_m, struct io_uring_rsrc_update, offset),
	AT(ring_update_m, struct io_uring_rsrc_update, data),
	AT(ring_update2_m, struct io_uring_rsrc_update2, data),
	AT(ring_update2_m, struct io_uring_rsrc_update2, tags),
	AT(ring_update2_m, struct io_uring_rsrc_update2, nr),
	AT(ring_resources_m, struct io_uring_rsrc_register, nr),
	AT(ring_resources_m, struct io_uring_rsrc_register, data),
	AT(ring_resources_m, struct io_uring_rsrc_register, tags),
	AT(ring_probe_m, struct io_uring_probe, last_op),
	AT(ring_probe_m, struct io_uring_probe, ops_len),
	AT(ring_limit_m, struct io_uring_restriction, opcode),
#if defined(__x86_64__)
	AT(user_regs_m, struct user_regs_struct, rip),
	AT(user_regs_m, struct user_regs_struct, rsp),
	AT(user_regs_m, struct user_regs_struct, orig_rax),
	AT(user_regs_m, struct user_regs_struct, rax),
	AT(user_regs_m, struct user_regs_struct, rdi),
	AT(user_regs_m, struct user_regs_struct, rsi),
	AT(user_regs_m, struct user_regs_struct, rdx),
	AT(user_regs_m, struct user_regs_struct, r15),
	AT(user_regs_m, struct user_regs_struct, r12),
	AT(user_regs_m, struct user_regs_struct, rbp),
	AT(user_regs_m, struct user_regs_struct, rcx),
	AT(user_regs_m, struct user_regs_struct, eflags),
	AT(user_regs_m, struct user_regs_struct, fs_base),
	AT(user_regs_m, struct user_regs_struct, gs),
	AT(fp_regs_m, struct user_fpregs_struct, cwd),
	AT(fp_regs_m, struct user_fpregs_struct, fop),
	AT(fp_regs_m, struct user_fpregs_struct, rip),
	AT(fp_regs_m, struct user_fpregs_struct, rdp),
	AT(fp_regs_m, struct user_fpregs_struct, mxcsr),
#endif
	AT(statx_m, struct statx, stx_mask),
	AT(statx_m, struct statx, stx_blksize),
	AT(statx_m, struct statx, stx_attributes),
	AT(statx_m, struct statx, stx_nlink),
	AT(statx_m, struct statx, stx_uid),
	AT(statx_m, struct statx, stx_gid),
	AT(statx_m, struct statx, stx_mode),
	AT(statx_m, struct statx, stx_ino),
	AT(statx_m, struct statx, stx_size),
	AT(statx_m, struct statx, stx_blocks),
	AT(statx_m, struct statx, stx_rdev_major),
	AT(statx_m, struct statx, stx_rdev_minor),
	AT(statx_m, struct statx, stx_dev_major),
	AT(statx_m, struct statx, stx_dev_minor),
	AT(statx_m, struct statx, stx_mtime),
	AT(statx_m, struct statx, stx_ctime),
	AT(statx_m, struct statx, stx_btime),
	AT(statx_m, struct statx, stx_atime),
	AT(statfs_m, struct statfs, f_type),
	AT(statfs_m, struct statfs, f_bsize),
	AT(statfs_m, struct statfs, f_blocks),
	AT(statfs_m, struct statfs, f_bfree),
	AT(statfs_m, struct statfs, f_bavail),
	AT(statfs_m, struct statfs, f_files),
	AT(statfs_m, struct statfs, f_ffree),
	AT(statfs_m, struct statfs, f_namelen),
	AT(statfs_m, struct statfs, f_frsize),
	AT(statfs_m, struct statfs, f_flags),
	AT(open_how_m, struct open_how, flags),
	AT(open_how_m, struct open_how, mode),
	AT(open_how_m, struct open_how, resolve),
	AT(mount_attr_m, struct mount_attr, attr_set),
	AT(mount_attr_m, struct mount_attr, attr_clr),
	AT(mount_attr_m, struct mount_attr, propagation),
	AT(mount_attr_m, struct mount_attr, userns_fd),
	AT(utimbuf_m, struct utimbuf, actime),
	AT(utimbuf_m, struct utimbuf, modtime),
	AT(itimerspec_m, struct itimerspec, it_interval),
	AT(itimerspec_m, struct itimerspec, it_value),
	AT(itimerval_m, struct itimerval, it_interval),
	AT(itimerval_m, struct itimerval, it_value),
	AT(timezone_m, struct timezone, tz_minuteswest),
	AT(timezone_m, struct timezone, tz_dsttime),
	AT(timex_m, struct timex, modes),
	AT(timex_m, struct timex, offset),
	AT(timex_m, struct timex, freq),
	AT(timex_m, struct timex, maxerror),
	AT(timex_m, struct timex, esterror),
	AT(timex_m, struct timex, status),
	AT(timex_m, struct timex, constant),
	AT(timex_m, struct timex, precision),
	AT(timex_m, struct timex, tolerance),
	AT(timex_m, struct timex, time),
	AT(timex_m, struct timex, tick),
	AT(tms_m, struct tms, tms_utime),
	AT(tms_m, struct tms, tms_stime),
	AT(tms_m, struct tms, tms_cutime),
	AT(tms_m, struct tms, tms_cstime),
	AT(rlimit_m, struct rlimit, rlim_cur),
	AT(rlimit_m, struct rlimit, rlim_max),
	AT(rusage_m, struct rusage, ru_utime),
	AT(rusage_m, struct rusage, ru_stime),
	AT(rusage_m, struct rusage, ru_maxrss),
	AT(rusage_m, struct rusage, ru_minflt),
	AT(rusage_m, struct rusage, ru_majflt),
	AT(rusage_m, struct rusage, ru_inblock),
	AT(rusage_m, struct rusage, ru_oublock),
	AT(rusage_m, struct rusage, ru_nvcsw),
	AT(rusage_m, struct rusage, ru_nivcsw),
	AT(sched_attr_m, struct sched_attr, size),
	AT(sched_attr_m, struct sched_attr, sched_policy),
	AT(sched_attr_m, struct sched_attr, sched_flags),
	AT(sched_attr_m, struct sched_attr, sched_nice),
	AT(sched_attr_m, struct sched_attr, sched_priority),
	AT(sched_attr_m, struct sched_attr, sched_runtime),
	AT(sched_attr_m, struct sched_attr, sched_deadline),
	AT(sched_attr_m, struct sched_attr, sched_period),
	AT(clone_args_m, struct clone_args, flags),
	AT(clone_args_m, struct clone_args, pidfd),
	AT(clone_args_m, struct clone_args, child_tid),
	AT(clone_args_m, struct clone_args, parent_tid),
	AT(clone_args_m, struct clone_args, exit_signal),
	AT(clone_args_m, struct clone_args, stack),
	AT(clone_args_m, struct clone_args, stack_size),
	AT(clone_args_m, struct clone_args, tls),
	AT(clone_args_m, struct clone_args, set_tid),
	AT(clone_args_m, struct clone_args, set_tid_size),
	AT(clone_args_m, struct clone_args, cgroup),
	AT(perf_attr_m, struct perf_event_attr, type),
	AT(perf_attr_m, struct perf_event_attr, size),
	AT(perf_attr_m, struct perf_event_attr, config),
	AT(perf_attr_m, struct perf_event_attr, sample_period),
	AT(perf_attr_m, struct perf_event_attr, sample_type),
	AT(perf_attr_m, struct perf_event_attr, read_format),
	AT(sigevent_m, struct sigevent, sigev_signo),
	AT(sigevent_m, struct sigevent, sigev_notify),
	AT(stack_m, stack_t, ss_sp),
	AT(stack_m, stack_t, ss_flags),
	AT(stack_m, stack_t, ss_size),
	AT(siginfo_child_m, siginfo_t, si_signo),
	AT(siginfo_child_m, siginfo_t, si_code),
	AT(siginfo_child_m, siginfo_t, si_errno),
	AT(siginfo_child_m, siginfo_t, si_pid),
	AT(siginfo_child_m, siginfo_t, si_uid),
	AT(siginfo_child_m, siginfo_t, si_status),
	AT(siginfo_fault_m, siginfo_t, si_addr),
	AT(siginfo_kill_m, siginfo_t, si_pid),
#if defined(__x86_64__) /* the tables are of this architecture */
	AT(epoll_event_m, struct epoll_event, events),
	AT(epoll_event_m, struct epoll_event, data),
#endif
	AT(pollfd_m, struct pollfd, fd),
	AT(pollfd_m, struct pollfd, events),
	AT(pollfd_m, struct pollfd, revents),
	AT(futex_waitv_m, struct futex_waitv, val),
	AT(futex_waitv_m, struct futex_waitv, uaddr),
	AT(futex_waitv_m, struct futex_waitv, flags),
	AT(sembuf_m, struct sembuf, sem_num),
	AT(sembuf_m, struct sembuf, sem_op),
	AT(sembuf_m, struct sembuf, sem_flg),
	AT(mq_attr_m, struct mq_attr, mq_flags),
	AT(mq_attr_m, struct mq_attr, mq_maxmsg),
	AT(mq_attr_m, struct mq_attr, mq_msgsize),
	AT(mq_attr_m, struct mq_attr, mq_curmsgs),
	AT(io_event_m, struct io_event, data),
	AT(io_event_m, struct io_event, obj),
	AT(io_event_m, struct io_event, res),
	AT(io_event_m, struct io_event, res2),
	AT(iouring_params_m, struct io_uring_params, sq_entries),
	AT(iouring_params_m, struct io_uring_params, cq_entries),
	AT(iouring_params_m, struct io_uring_params, flags),
	AT(iouring_params_m, struct io_uring_params, sq_thread_cpu),
	AT(iouring_params_m, struct io_uring_params, sq_thread_idle),
	AT(iouring_params_m, struct io_uring_params, features),
	AT(iouring_params_m, struct io_uring_params, wq_fd),
	AT(utsname_m, struct utsname, sysname),
	AT(utsname_m, struct utsname, nodename),
	AT(utsname_m, struct utsname, release),
	AT(utsname_m, struct utsname, version),
	AT(utsname_m, struct utsname, machine),
	AT(utsname_m, struct utsname, domainname),
	AT(sysinfo_m, struct sysinfo, uptime),
	AT(sysinfo_m, struct sysinfo, totalram),
	AT(sysinfo_m, struct sysinfo, freeram),
	AT(sysinfo_m, struct sysinfo, sharedram),
	AT(sysinfo_m, struct sysinfo, bufferram),
	AT(sysinfo_m, struct sysinfo, totalswap),
	AT(sysinfo_m, struct sysinfo, freeswap),
	AT(sysinfo_m, struct sysinfo, procs),
	AT(sysinfo_m, struct sysinfo, totalhigh),
	AT(sysinfo_m, struct sysinfo, freehigh),
	AT(sysinfo_m, struct sysinfo, mem_unit),
	AT(bpf_map_create_m, union bpf_attr, map_type),
	AT(bpf_map_create_m, union bpf_attr, key_size),
	AT(bpf_map_create_m, union bpf_attr, value_size),
	AT(bpf_map_create_m, union bpf_attr, max_entries),
	AT(bpf_map_create_m, union bpf_attr, map_flags),
	AT(bpf_map_create_m, union bpf_attr, inner_map_fd),
	AT(bpf_map_create_m, union bpf_attr, map_name),
	AT(bpf_elem_m, union bpf_attr, key),
	AT(bpf_elem_m, union bpf_attr, value),
	AT(bpf_prog_load_m, union bpf_attr, prog_type),
	AT(bpf_prog_load_m, union bpf_attr, insn_cnt),
	AT(bpf_prog_load_m, union bpf_attr, insns),
	AT(bpf_prog_load_m, union bpf_attr, license),
	AT(bpf_prog_load_m, union bpf_attr, kern_version),
	AT(bpf_prog_load_m, union bpf_attr, prog_flags),
	AT(bpf_prog_load_m, union bpf_attr, prog_name),
	AT(bpf_prog_load_m, union bpf_attr, prog_ifindex),
	AT(bpf_prog_load_m, union bpf_attr, expected_attach_type),
	AT(bpf_obj_m, union bpf_attr, pathname),
	AT(bpf_obj_m, union bpf_attr, bpf_fd),
	AT(bpf_attach_m, union bpf_attr, target_fd),
	AT(bpf_attach_m, union bpf_attr, attach_bpf_fd),
	AT(bpf_attach_m, union bpf_attr, attach_type),
	AT(bpf_attach_m, union bpf_attr, attach_flags),
};

static const struct member *find(const struct expected *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (!strcmp(x->m[i].name, x->name))
			return &x->m[i];
	return NULL;
}

static void members_lie_where_the_headers_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++) {
		const struct expected *x = &expected[i];
		const struct member *m = find(x);

		if (!m)
			fail_msg("%s has no %s", x->table, x->name);
		/* a header may name the seconds of a time (st_atime), the table takes all of it */
		if (m->off != x->off || ((m->form & ~M_DETAIL) < M_TIMESPEC && m->size != x->size))
			fail_msg("%s.%s at %u, %u bytes; want %zu, %zu bytes", x->table, x->name,
				 m->off, m->size, x->off, x->size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_lie_where_the_headers_say),
	};

	return cmocka_run_group_tests_name("args_members", tests, NULL, NULL);
}
