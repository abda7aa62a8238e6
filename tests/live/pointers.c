/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is rarely asked for: sets of NUMA nodes, vectors of pages, ranges of other processes,
 * structures that lead to a signal mask or to requests. */
#include "tests/live/live.h"

#include <linux/aio_abi.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>

#define NR_cachestat  451
#define NR_statmount  457
#define NR_lsm_get    459
#define NR_lsm_set    460
#define NR_setxattrat 463
#define NR_getxattrat 464

static void nodes(char *page)
{
	unsigned long mask = 1, got = 0;
	int mode = 7;

	expect("set_mempolicy(MPOL_BIND, [0], 64) = %s",
	       ret(syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64)));
	if (syscall(SYS_get_mempolicy, &mode, &got, 64, NULL, 0) == 0)
		expect("get_mempolicy([MPOL_BIND], [0], 64, NULL, 0) = 0");
	if (syscall(SYS_get_mempolicy, &mode, NULL, 0, page, MPOL_F_NODE | MPOL_F_ADDR) == 0)
		expect("get_mempolicy([%d], NULL, 0, %p, MPOL_F_NODE|MPOL_F_ADDR) = 0", mode, page);
	expect("set_mempolicy(MPOL_DEFAULT, NULL, 0) = %s",
	       ret(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0)));
	mask = 0x1d;
	expect("mbind(%p, 4096, MPOL_PREFERRED, [0, 2-4], 64, 0) = %s", page,
	       ret(syscall(SYS_mbind, page, 4096, MPOL_PREFERRED, &mask, 64, 0)));
	mask = 1;
	expect("migrate_pages(0, 2, [0], [0]) = %s",
	       ret(syscall(SYS_migrate_pages, 0, 2, &mask, &mask)));
}

static void pages(char *p)
{
	unsigned char vec[3];
	void *which[2] = { p, p + 8192 };
	int status[2] = { 7, 7 };

	p[0] = p[8192] = 1;
	MUST(syscall(SYS_mincore, p, 8193, vec) == 0);
	expect("mincore(%p, 8193, [%d, %d, %d]) = 0", p, vec[0], vec[1], vec[2]);
	expect("mincore(%p, 4096, *) = %s", p + 1, ret(syscall(SYS_mincore, p + 1, 4096, vec)));
	if (syscall(SYS_move_pages, 0, 2, which, NULL, status, 0) == 0)
		expect("move_pages(0, 2, [%p, %p], NULL, [%d, %d], 0) = 0", which[0], which[1],
		       status[0], status[1]);
	status[0] = status[1] = 0;
	expect("move_pages(-1, 2, [%p, %p], [0, 0], *) = %s", which[0], which[1],
	       ret(syscall(SYS_move_pages, -1, 2, which, status, status, 0)));
}

static void other_processes(char *p)
{
	char text[8] = "";
	struct iovec mine = { text, 5 }, theirs[2] = { { p, 2 }, { p + 2, 3 } };
	static unsigned long segments[17][4];
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	memcpy(p, "hello", 5);
	MUST(syscall(SYS_process_vm_readv, getpid(), &mine, 1, theirs, 2, 0) == 5);
	expect("process_vm_readv(%d, \"hello\", 1, [{iov_base=%p, iov_len=2}, {iov_base=%p, "
	       "iov_len=3}], 2, 0x0) = 5",
	       getpid(), p, p + 2);
	MUST(syscall(SYS_process_vm_writev, getpid(), &mine, 1, theirs, 2, 0) == 5);
	expect("process_vm_writev(%d, \"hello\", 1, [{iov_base=%p, *}, {*}], 2, 0x0) = 5", getpid(),
	       p);
	theirs[0] = (struct iovec){ p, 4096 };
	expect("process_madvise(%d<*>, [{iov_base=%p, iov_len=4096}], 1, MADV_COLD, 0x0) = %s",
	       pidfd, p, ret(syscall(SYS_process_madvise, pidfd, theirs, 1, MADV_COLD, 0)));
	segments[0][0] = (unsigned long)p;
	segments[0][3] = 8192;
	/* too many segments, and flags that do not exist: harmless */
	expect("kexec_load(NULL, 17, [{buf=%p, bufsz=0, mem=NULL, memsz=8192}, *], *) = %s", p,
	       ret(syscall(SYS_kexec_load, 0, 17, segments, 0xfff0)));
	close(pidfd);
}

/* The last argument of pselect6 leads to a mask. */
static void masks(void)
{
	unsigned long set = 1ul << (SIGINT - 1) | 1ul << (SIGUSR2 - 1);
	struct {
		unsigned long *p;
		size_t size;
	} sig = { &set, 8 };
	struct timespec t = { .tv_nsec = 1000 };

	expect("pselect6(0, NULL, NULL, NULL, {*}, {sigmask=[INT USR2], sigsetsize=8}) = %s",
	       ret(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, &sig)));
	sig.p = NULL;
	t.tv_nsec = 1000;
	expect("pselect6(0, NULL, NULL, NULL, {*}, {sigmask=NULL, sigsetsize=8}) = %s",
	       ret(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, &sig)));
	expect("pselect6(0, NULL, NULL, NULL, {*}, NULL) = %s",
	       ret(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, NULL)));
	sig.p = (unsigned long *)1;
	expect("pselect6(0, NULL, NULL, NULL, {*}, {sigmask=0x1, sigsetsize=8} (page fault)) = %s",
	       ret(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, &sig)));
}

static void requests(void)
{
	int fd = open("aio", O_RDWR | O_CREAT, 0600);
	struct iocb w = { .aio_data = 7,
			  .aio_lio_opcode = IOCB_CMD_PWRITE,
			  .aio_fildes = (unsigned)fd,
			  .aio_buf = (unsigned long)"text",
			  .aio_nbytes = 4,
			  .aio_offset = 2 };
	struct iocb r = w, *list[2] = { &w, &r };
	unsigned long set = 1ul << (SIGHUP - 1);
	struct {
		unsigned long *p;
		size_t size;
	} sig = { &set, 8 };
	struct io_event ev[2];
	aio_context_t ctx = 0;

	MUST(fd >= 0);
	r.aio_lio_opcode = IOCB_CMD_FSYNC;
	if (syscall(SYS_io_setup, 4, &ctx)) /* a kernel without it */
		return;
	expect("io_submit(%#lx, 2, [{aio_data=0x7, aio_lio_opcode=IOCB_CMD_PWRITE, aio_fildes=%d, "
	       "aio_buf=0x*, aio_nbytes=4, aio_offset=2, ...}, {*IOCB_CMD_FSYNC*}]) = %s",
	       (unsigned long)ctx, fd, ret(syscall(SYS_io_submit, ctx, 2, list)));
	MUST(syscall(SYS_io_pgetevents, ctx, 1, 1, ev, NULL, &sig) == 1);
	expect("io_pgetevents(*, 1, 1, [{data=0x7*}], NULL, {sigmask=[HUP], sigsetsize=8}) = 1");
	expect("io_cancel(*, {*aio_lio_opcode=IOCB_CMD_PWRITE*}, *) = %s",
	       ret(syscall(SYS_io_cancel, ctx, &w, ev)));
	list[1] = NULL;
	expect("io_submit(*, 2, [{*IOCB_CMD_PWRITE*}, ...] (page fault)) = *");
	(void)syscall(SYS_io_submit, ctx, 2, list);
	MUST(syscall(SYS_io_destroy, ctx) == 0);
	close(fd);
}

static void files(void)
{
	int fd = open("cached", O_RDWR | O_CREAT, 0600);
	unsigned long range[2] = { 0, 8192 }, cs[5] = { 0 };
	struct {
		unsigned long value;
		unsigned int size, flags;
	} args = { (unsigned long)"blue", 4, XATTR_CREATE };
	char text[40];
	long n;

	MUST(fd >= 0 && write(fd, "x", 1) == 1);
	if (syscall(NR_cachestat, fd, range, cs, 0) == 0)
		expect("cachestat(%d<*>, {off=0, len=8192}, {nr_cache=%lu, nr_dirty=%lu, "
		       "nr_writeback=%lu, nr_evicted=%lu, nr_recently_evicted=%lu}, 0x0) = 0",
		       fd, cs[0], cs[1], cs[2], cs[3], cs[4]);
	n = syscall(NR_setxattrat, AT_FDCWD, "cached", 0, "user.colour", &args, 16);
	expect("setxattrat(AT_FDCWD, \"cached\", 0, \"user.colour\", {value=\"blue\", size=4, "
	       "flags=XATTR_CREATE}, 16) = %s",
	       ret(n));
	args.value = (unsigned long)text;
	args.size = sizeof(text);
	args.flags = 0;
	if (n == 0 && syscall(NR_getxattrat, AT_FDCWD, "cached", 0, "user.colour", &args, 16) == 4)
		expect("getxattrat(AT_FDCWD, \"cached\", 0, \"user.colour\", {value=\"blue\", "
		       "size=40, flags=0}, 16) = 4");
	expect("getxattrat(AT_FDCWD, \"cached\", 0, \"user.none\", {value=%p, size=40, flags=0}, "
	       "16) = %s",
	       (void *)text,
	       ret(syscall(NR_getxattrat, AT_FDCWD, "cached", 0, "user.none", &args, 16)));
	close(fd);
}

static void mounts(void)
{
	struct {
		unsigned int size, spare;
		unsigned long mnt_id, param;
	} req = { 24, 0, 0, 0x1 | 0x10 | 0x20 };
	union {
		unsigned long words[512];
		char bytes[4096];
	} buf;
	struct statx st;

	if (syscall(SYS_statx, AT_FDCWD, "/proc", 0, 0x4000 /* STATX_MNT_ID_UNIQUE */, &st) ||
	    !(st.stx_mask & 0x4000))
		return;
	memcpy(&req.mnt_id, (char *)&st + 144, 8);
	if (syscall(NR_statmount, &req, &buf, sizeof(buf), 0) == 0)
		expect("statmount({mnt_id=%lu, param=STATMOUNT_SB_BASIC|STATMOUNT_MNT_POINT|"
		       "STATMOUNT_FS_TYPE, ...}, {mask=STATMOUNT_SB_BASIC|STATMOUNT_MNT_POINT|"
		       "STATMOUNT_FS_TYPE, sb_dev_major=0, sb_dev_minor=*, sb_magic=0x9fa0, *"
		       "mnt_point=\"/proc\", fs_type=\"proc\"}, 4096, 0x0) = 0",
		       req.mnt_id);
	req.mnt_id = 1;
	expect("statmount({mnt_id=1, *}, 0x*, 4096, 0x0) = %s",
	       ret(syscall(NR_statmount, &req, &buf, sizeof(buf), 0)));
}

static void security(void)
{
	struct {
		unsigned long id, flags, len, ctx_len;
		char ctx[96];
	} c = { 104, 0, 37, 5, "hello" };
	unsigned int size = sizeof(c);

	expect("lsm_set_self_attr(LSM_ATTR_CURRENT, {id=LSM_ID_APPARMOR, flags=0x0, "
	       "ctx=\"hello\"}, 128, 0x1) = %s",
	       ret(syscall(NR_lsm_set, 100, &c, sizeof(c), 1)));
	if (syscall(NR_lsm_get, 100, &c, &size, 0) > 0)
		expect("lsm_get_self_attr(LSM_ATTR_CURRENT, {id=*, flags=0x0, ctx=\"*\"}, [%u], 0) "
		       "= *",
		       size);
}

static void times(void)
{
#ifdef SYS_time
	time_t t = 0;
	long now = syscall(SYS_time, &t);

	expect("time([%ld]) = %ld", now, now);
	expect("time(NULL) = *");
	syscall(SYS_time, NULL);
#endif
	void *head = NULL;
	size_t size = 0;

	MUST(syscall(SYS_get_robust_list, 0, &head, &size) == 0);
	expect("get_robust_list(0, [%p], [%zu]) = 0", head, size);
}

/* With an argument: only calls that strace of 2022 knows, for tests/compare. */
int main(int argc, char **argv)
{
	char *p = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(p != MAP_FAILED);
	(void)argv;
	nodes(p + 12288);
	pages(p);
	other_processes(p);
	masks();
	requests();
	if (argc == 1) {
		files();
		mounts();
		security();
	}
	times();
	return live_end();
}
