/* SPDX-License-Identifier: Apache-2.0 */
/* Structures in memory, as text and as JSON. A row of the tables below names a member and
 * where it lies; what does not fit a table has a function. Bytes come from capture files:
 * all of them are read through cursors, and what is missing is left out. */
#include "formats/args_emit.h"
#include "formats/args_tables_32.h"
#include "formats/args_tables_cases.h"
#include "formats/base/cur.h"
#include "formats/i386.h"

/* ---- members ---- */

/* Fraction of a second with @width digits. */
static void put_fraction(uint64_t v, int width, struct sr_buf *out)
{
	char tmp[9];

	for (int i = width - 1; i >= 0; i--, v /= 10)
		tmp[i] = (char)('0' + v % 10);
	sr_buf_put(out, tmp, (size_t)width);
}

void sr_emit_time(struct sr_emit *e, int64_t sec, uint64_t frac, bool nano)
{
	const uint64_t now = 0x3fffffff, omit = 0x3ffffffe; /* UTIME_NOW, UTIME_OMIT */

	if (e->json) {
		sr_buf_puts(e->out, "{\"sec\":");
		sr_args_num_json(SR_FORM_DEC, 8, 0, (uint64_t)sec, e->out);
		sr_buf_puts(e->out, nano ? ",\"nsec\":" : ",\"usec\":");
		sr_args_num_json(SR_FORM_DEC, 8, 0, frac, e->out);
		sr_buf_putc(e->out, '}');
	} else if (nano && (frac == now || frac == omit)) {
		sr_buf_puts(e->out, frac == now ? "UTIME_NOW" : "UTIME_OMIT");
	} else if (frac >= (nano ? 1000000000 : 1000000)) {
		sr_buf_puts(e->out, "sec=");
		sr_buf_i64(e->out, sec);
		sr_buf_puts(e->out, nano ? ", nsec=" : ", usec=");
		sr_buf_i64(e->out, (int64_t)frac);
	} else {
		sr_buf_i64(e->out, sec);
		sr_buf_putc(e->out, '.');
		put_fraction(frac, nano ? 9 : 6, e->out);
	}
}

void sr_emit_sigset(struct sr_emit *e, uint64_t set)
{
	bool most = !e->json && __builtin_popcountll(set) > 32;
	bool first = true;

	if (most) {
		set = ~set;
		sr_buf_putc(e->out, '~');
	}
	sr_buf_putc(e->out, '[');
	for (unsigned sig = 1; sig <= 64; sig++) {
		size_t at;

		if (!(set >> (sig - 1) & 1))
			continue;
		if (!first)
			sr_buf_putc(e->out, e->json ? ',' : ' ');
		first = false;
		at = e->out->len;
		if (e->json)
			sr_buf_putc(e->out, '"');
		sr_args_num_text(SR_FORM_SIGNAL, 4, 0, sig, e->out);
		if (e->json) {
			sr_buf_putc(e->out, '"');
		} else if (!e->out->oom && e->out->len - at > 3 &&
			   !memcmp(e->out->p + at, "SIG", 3)) {
			memmove(e->out->p + at, e->out->p + at + 3, e->out->len - at - 3);
			e->out->len -= 3;
		}
	}
	sr_buf_putc(e->out, ']');
}

static void put_handler(struct sr_emit *e, uint64_t v)
{
	static const char *const names[] = { "SIG_DFL", "SIG_IGN" };

	if (e->json)
		sr_buf_putc(e->out, '"');
	if (v < 2)
		sr_buf_puts(e->out, names[v]);
	else
		sr_args_hex(v, e->out);
	if (e->json)
		sr_buf_putc(e->out, '"');
}

/* A number of @size bytes; one with a sign keeps it. */
static uint64_t read_num(struct sr_cur *c, unsigned size, bool is_signed)
{
	switch (size) {
	case 1:
		return sr_cur_u8(c);
	case 2:
		return is_signed ? (uint64_t)(int16_t)sr_cur_u16(c) : sr_cur_u16(c);
	case 4:
		return sr_cur_u32(c);
	default:
		return sr_cur_u64(c);
	}
}

/* A time of @size bytes: 16, or 8 of 32-bit programs. */
static void put_clock(struct sr_emit *e, struct sr_cur *c, size_t size, bool nano)
{
	int64_t sec = size == 8 ? (int32_t)sr_cur_u32(c) : (int64_t)sr_cur_u64(c);

	sr_emit_time(e, sec, size == 8 ? sr_cur_u32(c) : sr_cur_u64(c), nano);
}

static void put_value(struct sr_emit *e, const struct member *m, struct sr_cur c)
{
	unsigned form = m->form & ~M_DETAIL;
	uint64_t v;

	switch (form) {
	case M_STR:
		sr_emit_str(e, c.p, strnlen((const char *)c.p, m->size), false, 0);
		break;
	case M_TIMESPEC:
	case M_TIMEVAL:
		put_clock(e, &c, m->size, form == M_TIMESPEC);
		break;
	case M_STATX_TIME:
		v = sr_cur_u64(&c);
		sr_emit_time(e, (int64_t)v, sr_cur_u32(&c), true);
		break;
	case M_SIGSET:
		sr_emit_sigset(e, sr_cur_u64(&c));
		break;
	case M_HANDLER:
		put_handler(e, read_num(&c, m->size, false));
		break;
	case M_CAPS:
		sr_emit_caps(e, sr_cur_u64(&c));
		break;
	case M_IP4:
	case M_IP6:
		sr_emit_ip(e, c.p, form == M_IP6);
		break;
	case M_SOCKADDR:
		(void)sr_emit_sockaddr(e, c.p, m->size); /* has a family: it is not that short */
		break;
	default:
		v = read_num(&c, m->size, form == SR_FORM_DEC);
		sr_emit_num(e, form, m->size == 8 ? 8 : 4, m->xlat, v);
	}
}

bool sr_emit_members(struct sr_emit *e, const struct member *m, size_t n, const uint8_t *p,
		     size_t len)
{
	bool left_out = false;

	if (!n || len < (size_t)m[0].off + m[0].size)
		return false;
	sr_emit_begin(e, '{');
	for (; n; m++, n--) {
		if (len < (size_t)m->off + m->size || ((m->form & M_DETAIL) && !e->json)) {
			left_out = true;
			continue;
		}
		sr_emit_key(e, m->name);
		put_value(e, m, sr_cur(p + m->off, m->size));
	}
	if (left_out)
		sr_emit_ellipsis(e);
	sr_emit_end(e, '}');
	return true;
}

bool sr_emit_table(struct sr_emit *e, const struct member *m, size_t n)
{
	return sr_emit_members(e, m, n, e->a->p, e->a->len);
}

/* ---- from kinds to decoders ---- */

/* What an array of times or a single one, and numbers without a structure, are made of. */
enum list {
	L_NONE,
	L_ONE, /* one number; plain in JSON */
	L_ARRAY,
	L_TIMESPEC, /* one */
	L_TIMEVAL,
	L_TIMESPECS,
	L_TIMEVALS,
};

struct decoder {
	const struct member *m; /* of a structure described by a table */
	sr_decode_fn fn;
	uint16_t n;
	uint16_t elem; /* of an array: bytes of one element */
	uint8_t list;  /* enum list */
	uint8_t form;  /* of L_ONE and L_ARRAY */
	uint8_t size;
	uint16_t xlat;
	const struct member *m32; /* of 32-bit programs, as many; NULL: no table is */
};

/* clang-format off */
#define COUNT(a)          (sizeof(a) / sizeof((a)[0]))
#define TABLE(a)          { .m = (a), .n = COUNT(a) }
#define BOTH(a)           { .m = a##_m, .n = COUNT(a##_m), .m32 = a##32_m }
#define TABLES(a, bytes)  { .m = (a), .n = COUNT(a), .elem = (bytes) }
#define FN(f)             { .fn = (f) }
#define ONE(name, bytes)   { .list = L_ONE, .form = SR_FORM_##name, .size = (bytes) }
#define NAMES(name, bytes, x) { .list = L_ONE, .form = SR_FORM_##name, .size = (bytes), .xlat = SR_XLAT_##x }
#define ARRAY(name, bytes) { .list = L_ARRAY, .form = SR_FORM_##name, .size = (bytes) }
#define TIMES(l)          { .list = L_##l }
/* clang-format on */

static bool decode_sigset(struct sr_emit *e)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	uint64_t set = sr_cur_u64(&c);

	if (!c.bad)
		sr_emit_sigset(e, set);
	return !c.bad;
}

static const struct decoder decoders[SR_KIND_COUNT] = {
	[SR_KIND_MSG_IN] = FN(sr_decode_msg),
	[SR_KIND_MSG_OUT] = FN(sr_decode_msg),
	[SR_KIND_MMSG_IN] = FN(sr_decode_msg),
	[SR_KIND_MMSG_OUT] = FN(sr_decode_msg),
	[SR_KIND_DIRENTS_OUT] = FN(sr_decode_dirents),
	[SR_KIND_MSGBUF_IN] = FN(sr_decode_msgbuf),
	[SR_KIND_MSGBUF_OUT] = FN(sr_decode_msgbuf),
	[SR_KIND_SOCKADDR_IN] = FN(sr_decode_sockaddr),
	[SR_KIND_SOCKADDR_OUT] = FN(sr_decode_sockaddr),
	[SR_KIND_LENPTR] = ONE(UDEC, 4),
	[SR_KIND_OPTVAL_IN] = FN(sr_decode_optval),
	[SR_KIND_OPTVAL_OUT] = FN(sr_decode_optval),
	[SR_KIND_INT_IN] = ONE(DEC, 4),
	[SR_KIND_INT_OUT] = ONE(DEC, 4),
	[SR_KIND_UINT_OUT] = ONE(ID, 4),
	[SR_KIND_U64_IN] = ONE(UDEC, 8),
	[SR_KIND_U64_OUT] = ONE(UDEC, 8),
	[SR_KIND_OFF_OUT] = ONE(DEC, 8),
	[SR_KIND_FDPAIR_OUT] = ARRAY(DEC, 4),
	[SR_KIND_GIDS_IN] = ARRAY(ID, 4),
	[SR_KIND_GIDS_OUT] = ARRAY(ID, 4),
	[SR_KIND_U64S_OUT] = ARRAY(UDEC, 8),
	[SR_KIND_U64S_IN] = ARRAY(UDEC, 8),
	[SR_KIND_INTS_IN] = ARRAY(DEC, 4),
	[SR_KIND_INTS_OUT] = ARRAY(DEC, 4),
	[SR_KIND_ADDRS_IN] = ARRAY(PTR, 8),
	[SR_KIND_TIMESPEC_IN] = TIMES(TIMESPEC),
	[SR_KIND_TIMESPEC_OUT] = TIMES(TIMESPEC),
	[SR_KIND_TIMESPEC_LEFT] = TIMES(TIMESPEC),
	[SR_KIND_TIMESPEC2_IN] = TIMES(TIMESPECS),
	[SR_KIND_TIMEVAL_IN] = TIMES(TIMEVAL),
	[SR_KIND_TIMEVAL_OUT] = TIMES(TIMEVAL),
	[SR_KIND_TIMEVAL2_IN] = TIMES(TIMEVALS),
	[SR_KIND_UTIMBUF_IN] = BOTH(utimbuf),
	[SR_KIND_ITIMERSPEC_IN] = BOTH(itimerspec),
	[SR_KIND_ITIMERSPEC_OUT] = BOTH(itimerspec),
	[SR_KIND_ITIMERVAL_IN] = BOTH(itimerval),
	[SR_KIND_ITIMERVAL_OUT] = BOTH(itimerval),
	[SR_KIND_TIMEZONE_IN] = TABLE(timezone_m),
	[SR_KIND_TIMEZONE_OUT] = TABLE(timezone_m),
	[SR_KIND_TIMEX] = BOTH(timex),
	[SR_KIND_TMS_OUT] = BOTH(tms),
	[SR_KIND_STAT_OUT] = BOTH(stat),
	[SR_KIND_STAT64_OUT] = TABLE(stat64_m),
	[SR_KIND_STATFS64_OUT] = TABLE(statfs64_m),
	[SR_KIND_STATX_OUT] = TABLE(statx_m),
	[SR_KIND_STATFS_OUT] = BOTH(statfs),
	[SR_KIND_USTAT_OUT] = TABLE(ustat_m),
	[SR_KIND_OPEN_HOW] = TABLE(open_how_m),
	[SR_KIND_MOUNT_ATTR] = TABLE(mount_attr_m),
	[SR_KIND_FILE_HANDLE_IN] = FN(sr_decode_file_handle),
	[SR_KIND_FILE_HANDLE_OUT] = FN(sr_decode_file_handle),
	[SR_KIND_XATTR_ARGS_IN] = FN(sr_decode_xattr_args),
	[SR_KIND_XATTR_ARGS_OUT] = FN(sr_decode_xattr_args),
	[SR_KIND_FILE_ATTR_IN] = TABLE(file_attr_m),
	[SR_KIND_FILE_ATTR_OUT] = TABLE(file_attr_m),
	[SR_KIND_LANDLOCK_ATTR] = TABLE(landlock_attr_m),
	[SR_KIND_LANDLOCK_RULE] = FN(sr_decode_landlock_rule),
	[SR_KIND_MNT_ID_REQ] = TABLE(mnt_id_req_m),
	[SR_KIND_STATMOUNT_REQ] = TABLE(statmount_req_m),
	[SR_KIND_STATMOUNT_OUT] = FN(sr_decode_statmount),
	[SR_KIND_CACHESTAT_RANGE] = TABLE(cachestat_range_m),
	[SR_KIND_CACHESTAT_OUT] = TABLE(cachestat_m),
	[SR_KIND_MEMPOLICY_OUT] = FN(sr_decode_mempolicy),
	[SR_KIND_NODES_IN] = FN(sr_decode_bitmap),
	[SR_KIND_NODES_OUT] = FN(sr_decode_bitmap),
	[SR_KIND_PAGES_OUT] = ARRAY(UDEC, 1),
	[SR_KIND_RANGES_IN] = { .m = iovec_m, .n = COUNT(iovec_m), .elem = 16, .m32 = iovec32_m },
	[SR_KIND_KEXEC_SEGMENTS] = TABLES(kexec_segment_m, 32),
	[SR_KIND_LSM_CTX_IN] = FN(sr_decode_lsm_ctx),
	[SR_KIND_LSM_CTX_OUT] = FN(sr_decode_lsm_ctx),
	[SR_KIND_RLIMIT_IN] = BOTH(rlimit),
	[SR_KIND_RLIMIT_OUT] = BOTH(rlimit),
	[SR_KIND_RUSAGE_OUT] = BOTH(rusage),
	[SR_KIND_CLONE_TID_OUT] = FN(sr_decode_clone_tid),
	[SR_KIND_WSTATUS_OUT] = FN(sr_decode_wait_status),
	[SR_KIND_SCHED_PARAM_IN] = TABLE(sched_param_m),
	[SR_KIND_SCHED_PARAM_OUT] = TABLE(sched_param_m),
	[SR_KIND_SCHED_ATTR_IN] = TABLE(sched_attr_m),
	[SR_KIND_SCHED_ATTR_OUT] = TABLE(sched_attr_m),
	[SR_KIND_CPUSET_IN] = FN(sr_decode_bitmap),
	[SR_KIND_CPUSET_OUT] = FN(sr_decode_bitmap),
	[SR_KIND_CLONE_ARGS] = TABLE(clone_args_m),
	[SR_KIND_CAP_HEADER] = TABLE(cap_header_m),
	[SR_KIND_CAP_DATA_IN] = FN(sr_decode_caps),
	[SR_KIND_CAP_DATA_OUT] = FN(sr_decode_caps),
	[SR_KIND_IDENTITY] = TABLE(identity_m),
	[SR_KIND_NAMESPACES] = TABLE(namespaces_m),
	[SR_KIND_BPF_ATTR] = FN(sr_decode_bpf),
	[SR_KIND_PERF_ATTR] = TABLE(perf_attr_m),
	[SR_KIND_SIGSET_IN] = FN(decode_sigset),
	[SR_KIND_SIGSET_OUT] = FN(decode_sigset),
	[SR_KIND_SIGSET_REF] = FN(sr_decode_sigset_ref),
	[SR_KIND_SIGACTION_IN] = BOTH(sigaction),
	[SR_KIND_SIGACTION_OUT] = BOTH(sigaction),
	[SR_KIND_SIGINFO_IN] = FN(sr_decode_siginfo),
	[SR_KIND_SIGINFO_OUT] = FN(sr_decode_siginfo),
	[SR_KIND_SIGEVENT_IN] = BOTH(sigevent),
	[SR_KIND_STACK_IN] = BOTH(stack),
	[SR_KIND_STACK_OUT] = BOTH(stack),
	[SR_KIND_SEMS_IN] = ARRAY(UDEC, 2),
	[SR_KIND_SEMS_OUT] = ARRAY(UDEC, 2),
	[SR_KIND_FILTERS_OUT] = TABLES(sock_filter_m, 8),
	[SR_KIND_ULONG_OUT] = ONE(UDEC, 8),
	[SR_KIND_ADDR_OUT] = ONE(HEX, 8),
	[SR_KIND_FLOCK] = BOTH(flock),
	[SR_KIND_FLOCK64] = TABLE(flock64_m),
	[SR_KIND_OWNER_EX_IN] = TABLE(owner_ex_m),
	[SR_KIND_OWNER_EX_OUT] = TABLE(owner_ex_m),
	[SR_KIND_WINSIZE_IN] = TABLE(winsize_m),
	[SR_KIND_WINSIZE_OUT] = TABLE(winsize_m),
	[SR_KIND_TERMIOS_IN] = TABLE(termios_m),
	[SR_KIND_TERMIOS_OUT] = TABLE(termios_m),
	[SR_KIND_IFREQ] = FN(sr_decode_ifreq),
	[SR_KIND_IFCONF] = FN(sr_decode_ifconf),
	[SR_KIND_LOOP_INFO_IN] = TABLE(loop_info_m),
	[SR_KIND_LOOP_INFO_OUT] = TABLE(loop_info_m),
	[SR_KIND_LOOP_CONFIG] = TABLE(loop_config_m),
	[SR_KIND_FILE_RANGE] = TABLE(file_range_m),
	[SR_KIND_FSTRIM] = TABLE(fstrim_m),
	[SR_KIND_FSXATTR_IN] = TABLE(fsxattr_m),
	[SR_KIND_FSXATTR_OUT] = TABLE(fsxattr_m),
	[SR_KIND_FSFLAGS_IN] = NAMES(FLAGS, 4, fs_flags),
	[SR_KIND_FSFLAGS_OUT] = NAMES(FLAGS, 4, fs_flags),
	[SR_KIND_FIEMAP] = TABLE(fiemap_m),
	[SR_KIND_UFFD_API] = TABLE(uffdio_api_m),
	[SR_KIND_UFFD_RANGE] = TABLE(uffdio_range_m),
	[SR_KIND_UFFD_PAGES] = TABLE(uffdio_pages_m),
	[SR_KIND_UFFD_COPY] = TABLE(uffdio_copy_m),
	[SR_KIND_DEDUPE] = TABLE(dedupe_m),
	[SR_KIND_BLOCK_RANGE] = TABLE(block_range_m),
	[SR_KIND_TERMIO_IN] = TABLE(termio_m),
	[SR_KIND_TERMIO_OUT] = TABLE(termio_m),
	[SR_KIND_VT_STATE_OUT] = TABLE(vt_state_m),
	[SR_KIND_RTC_TIME_IN] = TABLE(rtc_time_m),
	[SR_KIND_RTC_TIME_OUT] = TABLE(rtc_time_m),
	[SR_KIND_NOTIF_OUT] = TABLE(notif_m),
	[SR_KIND_NOTIF_RESP] = TABLE(notif_resp_m),
	[SR_KIND_NOTIF_ADDFD] = TABLE(notif_addfd_m),
	[SR_KIND_ENTROPY] = TABLE(entropy_m),
	[SR_KIND_BYTE_IN] = ONE(UDEC, 1),
	[SR_KIND_BYTE_OUT] = ONE(UDEC, 1),
	[SR_KIND_SIGNAL_OUT] = ONE(SIGNAL, 4),
	[SR_KIND_SOCK_FPROG] = BOTH(sock_fprog),
	[SR_KIND_NOTIF_SIZES] = TABLE(notif_sizes_m),
	[SR_KIND_SECCOMP_ACTION] = NAMES(ENUM, 4, seccomp_action),
	[SR_KIND_KEY_DH] = TABLE(key_dh_m),
	[SR_KIND_SHMID_DS_IN] = TABLE(shmid_ds_m),
	[SR_KIND_SHMID_DS_OUT] = TABLE(shmid_ds_m),
	[SR_KIND_MSQID_DS_IN] = TABLE(msqid_ds_m),
	[SR_KIND_MSQID_DS_OUT] = TABLE(msqid_ds_m),
	[SR_KIND_SEMID_DS_IN] = TABLE(semid_ds_m),
	[SR_KIND_SEMID_DS_OUT] = TABLE(semid_ds_m),
	[SR_KIND_DQBLK_IN] = TABLE(dqblk_m),
	[SR_KIND_DQBLK_OUT] = TABLE(dqblk_m),
	[SR_KIND_NEXTDQBLK_OUT] = TABLE(nextdqblk_m),
	[SR_KIND_XQUOTA_IN] = TABLE(xquota_m),
	[SR_KIND_XQUOTA_OUT] = TABLE(xquota_m),
	[SR_KIND_DQINFO_IN] = TABLE(dqinfo_m),
	[SR_KIND_DQINFO_OUT] = TABLE(dqinfo_m),
	[SR_KIND_SEMINFO_OUT] = TABLE(seminfo_m),
	[SR_KIND_MSGINFO_OUT] = TABLE(msginfo_m),
	[SR_KIND_SHMINFO_OUT] = TABLE(shminfo_m),
	[SR_KIND_SHM_INFO_OUT] = TABLE(shm_info_m),
	[SR_KIND_UIDS_OUT] = ARRAY(ID, 4),
	[SR_KIND_PKEY_PARAMS] = TABLE(pkey_params_m),
	[SR_KIND_PKEY_INFO_OUT] = TABLE(pkey_info_m),
	[SR_KIND_USER_DESC] = TABLE(user_desc_m),
	[SR_KIND_USER_DESC_OUT] = TABLE(user_desc_m),
	[SR_KIND_MM_MAP] = FN(sr_decode_mm_map),
	[SR_KIND_USER_REGS_IN] = TABLE(user_regs_m),
	[SR_KIND_USER_REGS_OUT] = TABLE(user_regs_m),
	[SR_KIND_FP_REGS_IN] = TABLE(fp_regs_m),
	[SR_KIND_FP_REGS_OUT] = TABLE(fp_regs_m),
	[SR_KIND_REGSET_IN] = FN(sr_decode_regset),
	[SR_KIND_REGSET_OUT] = FN(sr_decode_regset),
	[SR_KIND_PEEK_SIGINFO] = TABLE(peek_siginfo_m),
	[SR_KIND_CALL_INFO_IN] = FN(sr_decode_call_info),
	[SR_KIND_CALL_INFO_OUT] = FN(sr_decode_call_info),
	[SR_KIND_RSEQ_CONF_OUT] = TABLE(rseq_conf_m),
	[SR_KIND_FILTER_META] = TABLE(filter_meta_m),
	[SR_KIND_DISPATCH_IN] = TABLE(dispatch_m),
	[SR_KIND_DISPATCH_OUT] = TABLE(dispatch_m),
	[SR_KIND_RING_UPDATE] = TABLE(ring_update_m),
	[SR_KIND_RING_UPDATES] = TABLES(ring_update_m, 16),
	[SR_KIND_RING_UPDATE2] = TABLE(ring_update2_m),
	[SR_KIND_RING_RESOURCES] = TABLE(ring_resources_m),
	[SR_KIND_RING_PROBE_OUT] = TABLE(ring_probe_m),
	[SR_KIND_RING_LIMITS] = TABLES(ring_limit_m, 16),
	[SR_KIND_RING_WORKERS] = ARRAY(UDEC, 4),
	[SR_KIND_RING_BUFFERS] = TABLE(ring_buffers_m),
	[SR_KIND_RING_STATUS] = TABLE(ring_status_m),
	[SR_KIND_RING_CANCEL] = TABLE(ring_cancel_m),
	[SR_KIND_RING_RANGE] = TABLE(ring_range_m),
	[SR_KIND_RING_NAPI] = TABLE(ring_napi_m),
	[SR_KIND_RING_CLOCK] = NAMES(ENUM, 4, clock_id),
	[SR_KIND_RING_CLONE] = TABLE(ring_clone_m),
	[SR_KIND_RING_REQUEST] = TABLE(ring_request_m),
	[SR_KIND_RING_QUEUE] = TABLE(ring_queue_m),
	[SR_KIND_RING_REGION] = TABLE(ring_region_m),
	[SR_KIND_RING_QUERY] = TABLE(ring_query_m),
	[SR_KIND_EPOLL_EVENT_IN] = TABLE(epoll_event_m),
	[SR_KIND_EPOLL_EVENTS_OUT] = TABLES(epoll_event_m, 12),
	[SR_KIND_POLLFDS] = TABLES(pollfd_m, 8),
	[SR_KIND_FDSET] = FN(sr_decode_bitmap),
	[SR_KIND_FUTEX_WAITV] = TABLES(futex_waitv_m, 24),
	[SR_KIND_FUTEX_PAIR] = TABLES(futex_waitv_m, 24),
	[SR_KIND_SEMBUF] = TABLES(sembuf_m, 6),
	[SR_KIND_MQ_ATTR_IN] = BOTH(mq_attr),
	[SR_KIND_MQ_ATTR_OUT] = BOTH(mq_attr),
	[SR_KIND_IO_EVENTS_OUT] = TABLES(io_event_m, 32),
	[SR_KIND_IO_EVENT_OUT] = TABLE(io_event_m),
	[SR_KIND_IOCBS_IN] = FN(sr_decode_iocbs),
	[SR_KIND_IOCB_IN] = TABLE(iocb_m),
	[SR_KIND_GETEVENTS_ARG] = FN(sr_decode_getevents_arg),
	[SR_KIND_IOURING_PARAMS] = TABLE(iouring_params_m),
	[SR_KIND_UTSNAME_OUT] = TABLE(utsname_m),
	[SR_KIND_SYSINFO_OUT] = BOTH(sysinfo),
};

static enum sr_i386_layout layout_of(const struct sr_args_ref *a)
{
	return sr_args_compat(a) ? sr_i386_layout(a->kind, a->truelen) : SR_I386_ALIKE;
}

static bool is_narrow(const struct sr_args_ref *a)
{
	return layout_of(a) == SR_I386_NARROW;
}

/* Elements of @elem bytes; what is left over at the end was cut. */
static bool put_array(struct sr_emit *e, const struct decoder *d)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	bool narrow = d->m32 && is_narrow(e->a);
	const size_t elem = narrow ? sr_i386_size(e->a->kind) : d->elem;
	const uint8_t *p;

	if (c.left < elem)
		return false;
	sr_emit_begin(e, '[');
	for (unsigned i = 0; c.left >= elem; i++) {
		if (!e->json && i == SR_TEXT_ELEMS)
			break;
		p = sr_cur_bytes(&c, elem);
		sr_emit_separate(e);
		(void)sr_emit_members(e, narrow ? d->m32 : d->m, d->n, p,
				      elem); /* the table lies within */
	}
	if (c.left || e->a->status != SR_OK)
		sr_emit_ellipsis(e);
	sr_emit_end(e, ']');
	return true;
}

/* Numbers in memory; one alone is a plain number in JSON. */
static bool put_numbers(struct sr_emit *e, const struct decoder *d)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	const unsigned size = is_narrow(e->a) ? sr_i386_size(e->a->kind) : d->size;
	bool brackets = d->list == L_ARRAY || !e->json;

	if (c.left < size)
		return false;
	if (brackets)
		sr_emit_begin(e, '[');
	for (unsigned i = 0; c.left >= size; i++) {
		if (i && d->list == L_ONE)
			break;
		if (!e->json && i == SR_TEXT_ELEMS) {
			sr_emit_ellipsis(e);
			break;
		}
		if (brackets)
			sr_emit_separate(e);
		sr_emit_num(e, d->form, size, d->xlat, read_num(&c, size, true));
	}
	if (brackets)
		sr_emit_end(e, ']');
	return true;
}

/* {1.500000000}, or [{...}, {...}] of several. */
static bool put_times(struct sr_emit *e, const struct decoder *d)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	bool nano = d->list == L_TIMESPEC || d->list == L_TIMESPECS;
	bool array = d->list == L_TIMESPECS || d->list == L_TIMEVALS;
	const size_t size = is_narrow(e->a) ? 8 : 16;

	if (c.left < size)
		return false;
	if (array)
		sr_emit_begin(e, '[');
	while (c.left >= size) {
		sr_emit_separate(e);
		if (!e->json)
			sr_emit_begin(e, '{');
		put_clock(e, &c, size, nano);
		if (!e->json)
			sr_emit_end(e, '}');
		if (!array)
			return true;
	}
	sr_emit_end(e, ']');
	return true;
}

static bool put_struct(struct sr_emit *e)
{
	const struct sr_args_ref *a = e->a;
	const struct decoder *d;

	if (a->kind >= SR_KIND_COUNT || !a->len)
		return false;
	d = &decoders[a->kind];
	if (layout_of(a) == SR_I386_UNKNOWN)
		return false;
	if (d->fn)
		return d->fn(e);
	switch (d->list) {
	case L_NONE:
		return d->elem ? put_array(e, d)
			       : sr_emit_table(e, d->m32 && is_narrow(a) ? d->m32 : d->m, d->n);
	case L_ONE:
	case L_ARRAY:
		return put_numbers(e, d);
	default:
		return put_times(e, d);
	}
}

bool sr_args_struct_text(const struct sr_args_ref *a, uint32_t max_str, struct sr_buf *out)
{
	struct sr_emit e = { .out = out, .a = a, .max = max_str };

	return put_struct(&e);
}

/* What is not all there is wrapped as payload is; messages say it of their payload alone. */
bool sr_args_struct_json(const struct sr_args_ref *a, struct sr_buf *out)
{
	struct sr_emit e = { .out = out, .a = a, .json = true };
	bool wrap = a->status != SR_OK && a->kind < SR_KIND_COUNT &&
		    decoders[a->kind].fn != sr_decode_msg &&
		    decoders[a->kind].fn != sr_decode_msgbuf;
	size_t start = out->len;

	if (wrap)
		sr_buf_put(out, "{\"data\":", 8);
	if (!put_struct(&e)) {
		out->len = start;
		return false;
	}
	if (wrap) {
		sr_buf_put(out, ",\"len\":", 7);
		sr_buf_u64(out, a->truelen);
		sr_buf_putc(out, '}');
	}
	return true;
}
