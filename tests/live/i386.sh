#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A program of 32 bits: its calls have their own numbers, and what their arguments point to is laid
# out otherwise. It becomes another such program, and one of 64 bits.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}" "${CC:=gcc}"
SYSREEL=$(realpath "$SYSREEL")
prog=$TMP/thirty-two

"$CC" -m32 -nostdlib -static -ffreestanding -fno-pie -no-pie -fno-stack-protector -O1 \
	-o "$prog" tests/live/i386/program.c 2>"$TMP/cc.err" || {
	skip i386 "$CC cannot build a 32-bit program: $(tail -n 1 "$TMP/cc.err")"
	finish
}
"$prog" end >/dev/null 2>&1 || {
	skip i386 'this kernel runs no 32-bit programs'
	finish
}

awkfile=$PWD/tests/live/match.awk
cd "$TMP" || exit 1
umask 022
echo text >file
mkdir d
: >d/one
"$SYSREEL" record -w rec.reel -- "$prog" first >out 2>err </dev/null || fail i386 "$(cat err)"
"$SYSREEL" read rec.reel -p '%evt.flags %evt.call' >got 2>&1

# shown NAME PATTERN: a line of the recording, whole.
shown() {
	if grep -qxE -- "$2" got; then
		pass "$1"
	else
		fail "$1" "no line like: $2" "$(head -c 6000 got)"
	fi
}

shown 'a 64-bit program becomes one of 32' \
	"<NA> execve\(\"$prog\", \[\"$prog\", \"first\"\], \[[0-9]+ vars?\]\) = 0"
shown 'a path, and the file of the result' "compat open\(\"file\", O_RDWR\) = [0-9]+<$TMP/file>"
shown 'what is read' "compat read\([0-9]+<$TMP/file>, \"text\\\\n\", 100\) = 5"
shown 'what is written' "compat write\([0-9]+<$TMP/file>, \"thirty-two\", 10\) = 10"
shown 'an offset in two halves' "compat pread64\([0-9]+<$TMP/file>, \"ext\", 3, 1\) = 3"
shown 'a path at a descriptor' 'compat faccessat\(AT_FDCWD, "nowhere", F_OK\) = -1 ENOENT'
shown 'two paths' 'compat link\("file", "other"\) = 0'
shown 'descriptors' 'compat pipe\(\[[0-9]+, [0-9]+\]\) = 0'
shown 'a structure that is the same' \
	'compat statx\(AT_FDCWD, "other", 0, STATX_[A-Z_|]+, \{.*stx_size=15.*\}\) = 0'
shown 'an address' "compat connect\([0-9]+<.*>, \{AF_INET, 127\.0\.0\.1:9\}, 16\) = -1 E[A-Z]+"

# As programs of tests/live do: in this order, '*' stands for anything.
cat >expected <<EXPECTED
stat("file", {st_mode=S_IFREG|0644, st_size=15, ...}) = 0
truncate64("other", 17) = 0
stat64("other", {st_mode=S_IFREG|0644, st_size=17, ...}) = 0
statfs64("file", 84, {f_type=0x*, f_bsize=*, *}) = 0
rt_sigaction(SIGUSR1, {sa_handler=SIG_IGN, sa_flags=SA_RESTART, sa_mask=[TERM], ...}, NULL, 8) = 0
setrlimit(99, {rlim_cur=77, rlim_max=RLIM_INFINITY}) = -1 EINVAL
ugetrlimit(RLIMIT_NOFILE, {rlim_cur=*, rlim_max=*}) = 0
prlimit64(0, 99, {rlim_cur=78, rlim_max=79}, NULL) = -1 EINVAL
sysinfo({uptime=*, totalram=*, freeram=*, procs=*, mem_unit=*, ...}) = 0
fcntl64(*</file>, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=10, l_len=5, l_pid=0}) = 0
fcntl64(*</file>, F_SETLK64, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=10, l_len=5, l_pid=0}) = 0
ioctl(*</file>, FIONREAD, [17]) = 0
getdents(*</d>, [*"one"*], 512) = *
nanosleep({0.000001000}, NULL) = 0
clock_nanosleep_time64(CLOCK_MONOTONIC, 0, {0.000002000}, NULL) = 0
gettimeofday({1*.*}, NULL) = 0
utimes("file", [{1.500000}, {2.250000}]) = 0
futex(0x*, FUTEX_WAIT, 2, {0.000001000}) = -1 EAGAIN
setsockopt(-1, SOL_SOCKET, SO_RCVTIMEO_OLD, {1.500000}, 8) = -1 EBADF
writev(*</file>, "thirty-two", 2) = 10
sendmsg(*, {msg_iov="thirty-two", msg_control=[{*SCM_RIGHTS, cmsg_data=[*]}], msg_controllen=16}, 0) = 10
recvmsg(*, {msg_iov="thirty-two", msg_control=[{*SCM_RIGHTS, cmsg_data=[*]}], msg_controllen=16}, 0) = 10
sendmmsg(*, [{msg_iov="ty-two", msg_len=6}, {msg_iov="ty-two", msg_len=6}], 2, 0) = 2
execve("/nowhere", ["not", "there"], NULL) = -1 ENOENT
EXPECTED
sed -i "s|</|<$TMP/|" expected
sed 's/^compat[a-z_,]* //' got >calls
if why=$(awk -f "$awkfile" expected calls); then
	pass "structures that are narrower ($(wc -l <expected) calls)"
else
	fail 'structures that are narrower' "$why"
fi
narrow='"st_mode":{"value":33188,"text":"S_IFREG|0644"},"st_nlink":2,.*"st_size":17,'
narrow+='.*"st_mtime":{"sec":[0-9]*,"nsec":[0-9]*},'
if "$SYSREEL" read rec.reel --json 'evt.type=stat64' 2>&1 | grep -q "$narrow"; then
	pass 'the same in JSON'
else
	fail 'the same in JSON' "$("$SYSREEL" read rec.reel --json 'evt.type=stat64' 2>&1)"
fi
shown 'one becomes another' "compat execve\(\"$prog\", \[\"again\", \"second\"\], .*\) = 0"
shown 'one becomes a program of 64 bits' '<NA> execve\("/bin/true", \["true", "64"\], .*\) = 0'
if grep -qE 'exec\(filename="/bin/true", .* before=\{uid=' got; then
	pass 'who it was before'
else
	fail 'who it was before' "$(grep 'exec(filename' got)"
fi
finish
