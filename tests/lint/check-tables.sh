#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tables against the kernel's headers of this machine: numbers of system calls on both
# architectures, their order, and the values of flag and enum names. Headers may be older than
# the tables: what they do not know is not checked, and counted.
set -u
export LC_ALL=C
cd "${0%/*}/../.." || exit 1

CC=${CC:-gcc}
sys=formats/syscalls.def
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
bad=0

fail() { # WORDS
	echo "$*"
	bad=1
}

# ---- system calls ----

# Name and number of each system call that a header defines.
header_numbers() { # INCLUDE FLAG...
	local include=$1
	shift
	echo "#include <$include>" | "$CC" -E -dM "$@" -x c - 2>/dev/null |
		awk '$1 == "#define" { v[$2] = $3 }
		END {
			for (name in v) {
				if (name !~ /^__NR_/)
					continue
				x = v[name]
				while (x in v)
					x = v[x]
				if (x ~ /^[0-9]+$/ && name !~ /^__NR_(syscalls|arch_specific_syscall)$/)
					print substr(name, 6), x
			}
		}'
}

# Rows against a header. Calls that came into a gap of the numbers after the header was made
# are given as an exception.
compare_numbers() { # COLUMN WORDS HEADER-LIST LATER-NAMES
	awk -v col="$1" -v words="$2" -v later=" $4 " '
	NR == FNR {
		row[$1] = $col
		next
	}
	{
		n++
		known[$1] = 1
		if ($2 > max)
			max = $2
		if (!($1 in row))
			print words ": no row for " $1 ", number " $2
		else if (row[$1] != $2)
			print words ": " $1 " has number " row[$1] ", the header says " $2
	}
	END {
		if (n < 200)
			print words ": only " n + 0 " numbers found in the header"
		for (name in row)
			if (row[name] >= 0 && row[name] <= max && !(name in known) &&
			    !index(later, " " name " "))
				print words ": the header does not know " name ", number " row[name]
	}' "$tmp/rows" "$3"
}

sed -nE 's/^SR_SYSCALL\((\w+), (-?[0-9]+), (-?[0-9]+), .*\)$/\1 \2 \3/p' "$sys" >"$tmp/rows"
rows=$(wc -l <"$tmp/rows")
[ "$rows" -eq "$(grep -c '^SR_SYSCALL' "$sys")" ] || fail "$sys: a row is not written as the others"
cut -d' ' -f1 "$tmp/rows" | sort -c 2>"$tmp/order" || fail "$sys: not sorted: $(cat "$tmp/order")"
cut -d' ' -f1 "$tmp/rows" | sort | uniq -d | sed "s|^|$sys: given twice: |" >"$tmp/twice"
[ -s "$tmp/twice" ] && fail "$(cat "$tmp/twice")"

echo '#include <asm/unistd_64.h>' | "$CC" -E -x c - >/dev/null 2>&1 && {
	header_numbers asm/unistd_64.h >"$tmp/x86_64"
	compare_numbers 2 x86_64 "$tmp/x86_64" 'uretprobe uprobe'
} >"$tmp/out"
# What arm64 asks of the generic header.
header_numbers asm-generic/unistd.h -D__BITS_PER_LONG=64 -D__ARCH_WANT_RENAMEAT \
	-D__ARCH_WANT_NEW_STAT -D__ARCH_WANT_SET_GET_RLIMIT -D__ARCH_WANT_TIME32_SYSCALLS \
	-D__ARCH_WANT_SYS_CLONE3 -D__ARCH_WANT_MEMFD_SECRET | grep -v '^sync_file_range2 ' >"$tmp/aarch64"
compare_numbers 3 aarch64 "$tmp/aarch64" '' >>"$tmp/out"
# 32-bit programs; the kernel calls two of theirs by other names than the header.
echo '#include <asm/unistd_32.h>' | "$CC" -E -x c - >/dev/null 2>&1 && {
	header_numbers asm/unistd_32.h | sed 's/^select 82$/old_select 82/; s/^mmap 90$/old_mmap 90/' \
		>"$tmp/i386"
	sed -nE 's/^SR_I386\(([0-9]+), (\w+), .*\)$/\2 \1/p' formats/i386.def >"$tmp/rows"
	compare_numbers 2 i386 "$tmp/i386" ''
} >>"$tmp/out"
[ -s "$tmp/out" ] && fail "$(cat "$tmp/out")"

# ---- flag and enum names ----

# The kernel's own headers first: libc says otherwise where it hides something (O_LARGEFILE).
headers='linux/fcntl.h linux/mman.h linux/sched.h linux/socket.h linux/in.h linux/in6.h linux/tcp.h
asm/socket.h asm/signal.h asm/siginfo.h linux/wait.h linux/resource.h linux/ptrace.h asm/ptrace-abi.h
linux/prctl.h asm/prctl.h linux/bpf.h linux/perf_event.h linux/eventpoll.h asm/poll.h
linux/timerfd.h linux/signalfd.h linux/inotify.h linux/fanotify.h linux/futex.h linux/time.h
linux/reboot.h linux/keyctl.h linux/seccomp.h linux/memfd.h linux/fs.h linux/falloc.h
linux/fadvise.h linux/close_range.h linux/random.h linux/io_uring.h linux/landlock.h
linux/mount.h linux/module.h linux/personality.h linux/quota.h linux/dqblk_xfs.h linux/ipc.h
linux/shm.h linux/sem.h linux/msg.h linux/membarrier.h linux/rseq.h linux/userfaultfd.h
linux/capability.h linux/xattr.h linux/openat2.h linux/stat.h linux/kexec.h linux/mempolicy.h
linux/ioprio.h linux/kcmp.h linux/pidfd.h linux/lsm.h linux/sockios.h asm/ioctls.h asm/termbits.h
linux/if_tun.h linux/fiemap.h linux/nsfs.h linux/loop.h linux/rtc.h linux/kvm.h linux/blkpg.h
linux/watch_queue.h linux/kd.h linux/vt.h asm/mman.h linux/eventfd.h linux/udp.h linux/netlink.h
linux/if_packet.h linux/tls.h linux/icmp.h linux/icmpv6.h linux/vm_sockets.h
fcntl.h unistd.h sys/socket.h sys/mount.h sys/eventfd.h sys/epoll.h sys/swap.h sched.h
netinet/in.h netinet/tcp.h sys/shm.h asm/termios.h linux/termios.h sys/stat.h'

# Constants that a header makes known: object-like macros and enumerators.
constants() { # HEADER
	echo "#include <$1>" | "$CC" -D_GNU_SOURCE -E -dD -x c - 2>/dev/null >"$tmp/text" || return
	sed -nE 's/^#define (\w+) .+/\1/p' "$tmp/text"
	grep -v '^#' "$tmp/text" | tr '\n\t' '  ' | grep -oE '\benum\b[^{};]*\{[^}]*\}' |
		sed -E 's/^[^{]*\{//' | tr ',' '\n' | sed -nE 's/^ *([A-Za-z_]\w*).*/\1/p'
}

# What some of the kernel's headers use without including it, and the header.
prelude() { # HEADER
	local h
	for h in stddef.h linux/types.h linux/ioctl.h linux/filter.h linux/fiemap.h asm/termbits.h \
		$([[ $1 == linux/* ]] && echo linux/fcntl.h) "$1"; do
		echo "#include <$h>"
	done
}

# How a row's value is written with the constant of the header.
assertions() { # < lines "table name value"
	awk '{
		c = $2
		if ($1 == "capability")
			c = "(1ull << " c ")"
		if ($1 == "quotactl_cmd" && c ~ /^Q_/)
			c = "((__u32)((" c ") << 8))"
		printf "_Static_assert((unsigned long long)(%s) == (unsigned long long)(%s) || ", c, $3
		printf "((%s) < 0 && (unsigned int)(%s) == (%s)), ", c, c, $3
		printf "\"formats/xlat/%s.def: %s is not %s\");\n", $1, $2, $3
	}'
}

comment='/\*.*\*/'
number='(-?[0-9]+|0x[0-9a-f]+)'
for f in formats/xlat/*.def; do
	name=$(basename "$f" .def)
	[ "$(grep -c "^SR_XLAT($name, [01], [0-9a-fx]*)\$" "$f")" = 1 ] ||
		fail "$f: there must be one SR_XLAT line with the name of the file"
	grep -q "^#include \"$f\"\$" formats/xlats.def || fail "$f: not in formats/xlats.def"
	grep -vE "^($comment|SR_XLAT\(.*\)|SR_XLAT_END|SR_XLAT_ROW\(\w+, *$number\)( +$comment)?)\$" "$f" |
		sed "s|^|$f: not a row: |" >"$tmp/odd"
	[ -s "$tmp/odd" ] && fail "$(cat "$tmp/odd")"
	sed -nE "/of 32-bit programs/d; s/^SR_XLAT_ROW\((\w+), *([^ )]+)\).*/$name \1 \2/p" "$f" >&3
done 3>"$tmp/all"

cp "$tmp/all" "$tmp/todo"
total=$(wc -l <"$tmp/all")
for h in $headers; do
	constants "$h" | sort -u >"$tmp/known"
	awk 'NR == FNR { k[$1]; next } $2 in k' "$tmp/known" "$tmp/todo" >"$tmp/now"
	[ -s "$tmp/now" ] || continue
	{
		prelude "$h"
		assertions <"$tmp/now"
	} >"$tmp/check.c"
	"$CC" -D_GNU_SOURCE -w -fsyntax-only "$tmp/check.c" 2>"$tmp/errors" || {
		sed -nE "s|^.*error: |$h: |p" "$tmp/errors"
		bad=1
	}
	awk 'NR == FNR { k[$1]; next } !($2 in k)' "$tmp/known" "$tmp/todo" >"$tmp/rest"
	mv "$tmp/rest" "$tmp/todo"
done
left=$(wc -l <"$tmp/todo")
[ "${V:-}" ] && sed 's/^/not in these headers: /' "$tmp/todo"
[ $((total - left)) -ge 1000 ] || fail "only $((total - left)) of $total constants found in headers"

echo "$rows system calls ($(wc -l <"$tmp/aarch64") in the generic header)," \
	"$((total - left)) of $total constants checked, $left not in the headers"
exit $bad
