/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: mapping, protection, files in memory. */
#include "tests/live/live.h"

#include <sys/mman.h>

int main(void)
{
	char *name = here("mapped"), *p, *q;
	int fd = open(name, O_RDWR | O_CREAT, 0600), m;

	MUST(fd >= 0 && ftruncate(fd, 8192) == 0);
	p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(p != MAP_FAILED);
	expect("mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0x0) = %p",
	       p);
	expect("mprotect(%p, 4096, PROT_READ|PROT_EXEC) = %s", p,
	       ret(syscall(SYS_mprotect, p, 4096, PROT_READ | PROT_EXEC)));
	expect("madvise(%p, 65536, MADV_DONTNEED) = %s", p,
	       ret(syscall(SYS_madvise, p, 65536, MADV_DONTNEED)));
	expect("mremap(%p, 65536, 131072, MREMAP_MAYMOVE*) = %s", p,
	       ret(syscall(SYS_mremap, p, 65536, 131072, MREMAP_MAYMOVE, 0)));
	q = (char *)syscall(SYS_mremap, p + 4096, 61440, 131072, MREMAP_MAYMOVE, 0);
	MUST(q != MAP_FAILED);
	expect("mremap(%p, 61440, 131072, MREMAP_MAYMOVE*) = %p", p + 4096, q);
	expect("munmap(%p, 131072) = %s", q, ret(syscall(SYS_munmap, q, 131072)));

	p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 4096);
	expect("mmap(NULL, 8192, PROT_READ, MAP_SHARED, %d<%s>, %s) = %p", fd, name, "*", p);
	expect("msync(%p, 4096, MS_SYNC) = %s", p, ret(syscall(SYS_msync, p, 4096, MS_SYNC)));
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 77, 0x0);
	expect("mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 77, 0x0) = -1 EBADF");

	m = (int)syscall(SYS_memfd_create, "in-memory", MFD_CLOEXEC);
	MUST(m >= 0);
	expect("memfd_create(\"in-memory\", MFD_CLOEXEC) = %d<*memfd:in-memory*>", m);
	expect("write(%d<*memfd:in-memory*>, \"\\x7fELF\", 4) = %s", m,
	       ret(syscall(SYS_write, m, "\177ELF", 4)));
	p = (char *)syscall(SYS_brk, 0);
	expect("brk(NULL) = %p", p);
	return live_end();
}
