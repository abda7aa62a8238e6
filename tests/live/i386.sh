#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A program of 32 bits: its calls have their own numbers, and what their arguments point to is shown
# where it is laid out as that of 64 bits is. It becomes another such program, and one of 64 bits.
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

cd "$TMP" || exit 1
echo text >file
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
shown 'one that is not the same stays an address' 'compat stat\("file", 0x[0-9a-f]+( \(unknown\))?\) = 0'
shown 'a program that is not there' 'compat execve\("/nowhere", .*\) = -1 ENOENT'
shown 'one becomes another' "compat execve\(\"$prog\", \[\"again\", \"second\"\], .*\) = 0"
shown 'one becomes a program of 64 bits' '<NA> execve\("/bin/true", \["true", "64"\], .*\) = 0'
if grep -qE 'exec\(filename="/bin/true", .* before=\{uid=' got; then
	pass 'who it was before'
else
	fail 'who it was before' "$(grep 'exec(filename' got)"
fi
finish
