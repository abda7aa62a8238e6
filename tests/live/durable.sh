#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is recorded stays readable, whatever happens: a full disk, kill -9 at any moment, a file that
# is cut or changed anywhere; and critical events survive a crash of the machine a second later.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
sysreel=$SYSREEL
RANDOM=7 # the same moments and places each time

check() { # NAME CONDITION-COMMAND...
	local name=$1
	shift
	if "$@"; then
		pass "$name"
	else
		fail "$name" "$(tail -n 15 "$TMP/err" 2>/dev/null)"
	fi
}

# numbers FILE: of the rows that can be read; false if reading fails.
numbers() {
	"$sysreel" read -q --state "$1" -p '%evt.num' 2>"$TMP/err"
	[ $? -le 1 ]
}

# from_one FILE: its rows are numbered from 1 on without a hole. Sets $rows.
from_one() {
	numbers "$1" >"$TMP/numbers" || return 1
	rows=$(wc -l <"$TMP/numbers")
	seq 1 "$rows" | cmp -s - "$TMP/numbers"
}

# stops_there FILE: verify finds that it has no end, or that its last frame is not all there (a write
# was interrupted, too), and nothing else.
stops_there() {
	local rc
	"$sysreel" verify "$1" >"$TMP/verified" 2>&1
	rc=$?
	if grep -q 'damaged at byte' "$TMP/verified"; then
		[ $rc = 2 ] && ! grep 'damaged at byte' "$TMP/verified" | grep -v ', the file ends there: '
	else
		[ $rc = 1 ]
	fi
}

# ---- a full disk ----
mkdir "$TMP/small"
if mount -t tmpfs -o size=300k none "$TMP/small" 2>"$TMP/err"; then
	"$sysreel" record -w "$TMP/small/rec.reel" -- \
		python3 -c "
import os
for i in range(200000):
    os.path.exists('/nowhere/%d' % (i * 7919 % 100003))" >/dev/null 2>"$TMP/err"
	rc=$?
	check 'a full disk ends recording with an error' test $rc = 2
	check 'and the error says what it is' grep -q 'disk is full' "$TMP/err"
	check 'what was written before can be read' from_one "$TMP/small/rec.reel"
	check "that is a lot ($rows rows)" test "$rows" -ge 5000
	"$sysreel" verify "$TMP/small/rec.reel" >"$TMP/err" 2>&1
	check 'it is undamaged, and verify says that it has no end' test $? = 1
	umount "$TMP/small"
else
	skip 'a full disk' "$(cat "$TMP/err")"
fi

# ---- kill -9 at any moment ----
has_rows() { from_one "$TMP/rec.reel" && [ "$rows" -gt 0 ]; }
bad=
least=1000000
for _ in 1 2 3 4 5 6; do
	rm -f "$TMP/rec.reel"
	"$sysreel" record -w "$TMP/rec.reel" -- \
		sh -c 'while :; do ls /usr/lib >/dev/null; done' >/dev/null 2>"$TMP/err" &
	pid=$!
	wait_for 120 has_rows
	sleep "0.$((RANDOM % 90 + 10))"
	child=$(ps -o pid= --ppid $pid | tr -d ' ')
	kill -9 $pid
	wait $pid 2>/dev/null
	[ -z "$child" ] || kill -9 "$child"
	from_one "$TMP/rec.reel" || bad+="rows: $(cat "$TMP/err") "
	[ "$rows" -ge "$least" ] || least=$rows
	stops_there "$TMP/rec.reel" || bad+="verify: $(cat "$TMP/verified") "
done
echo "$bad" >"$TMP/err"
check "kill -9 at six moments leaves files that are whole up to there (at least $least rows)" \
	test -z "$bad" -a "$least" -ge 1

# ---- cut and changed at random places ----
"$sysreel" record -w "$TMP/rec.reel" -- sh -c \
	'for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=1 count=20000; sleep 0.6; done' \
	>/dev/null 2>"$TMP/err"
size=$(stat -c %s "$TMP/rec.reel")
from_one "$TMP/rec.reel"
all=$rows
bad=0 some=0 last=0
for at in $(for _ in {1..25}; do echo $(((RANDOM * 32768 + RANDOM) % (size - 40) + 40)); done | sort -n); do
	head -c "$at" "$TMP/rec.reel" >"$TMP/cut.reel"
	from_one "$TMP/cut.reel" || bad=$((bad + 1))
	[ "$rows" -ge "$last" ] || bad=$((bad + 1))
	last=$rows
	[ "$rows" = 0 ] || [ "$rows" = "$all" ] || some=$((some + 1))
	stops_there "$TMP/cut.reel" || bad=$((bad + 1))
done
check "a file of $all rows, cut at 25 places, yields all blocks before the cut" \
	test $bad = 0 -a $some -ge 5
bad=0
for _ in {1..25}; do
	at=$(((RANDOM * 32768 + RANDOM) % size))
	cp "$TMP/rec.reel" "$TMP/flip.reel"
	byte=$(od -An -tu1 -j $at -N1 "$TMP/rec.reel")
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $((byte ^ (1 << RANDOM % 8))))" |
		dd of="$TMP/flip.reel" bs=1 seek=$at conv=notrunc status=none
	numbers "$TMP/flip.reel" >"$TMP/numbers" || bad=$((bad + 1))
	# At most the block that was hit is missing, and no row is made up.
	seq 1 "$all" | comm -13 <(seq 1 "$all" | sort) <(sort "$TMP/numbers") | grep -q . &&
		bad=$((bad + 1))
	"$sysreel" verify "$TMP/flip.reel" >"$TMP/err" 2>&1
	rc=$?
	if [ $rc = 2 ]; then
		grep -qE 'damaged at byte [0-9]+' "$TMP/err" || bad=$((bad + 1))
	else # padding, and bytes that are kept for later, mean nothing
		[ "$(wc -l <"$TMP/numbers")" = "$all" ] || bad=$((bad + 1))
	fi
done
check 'a bit that changed anywhere is told with its place, or changes nothing' test $bad = 0

# ---- a crash of the machine ----
# The disk is a file; what has come there is what a crash leaves.
# On a machine that is busy with other things, 2.5 s may not be enough: there are more crashes then.
crash() { # POLICY CRASHES: exec a program, crash 2.5 s later; the programs that the file then tells of
	local told='' i
	mkdir -p "$TMP/disk" "$TMP/after"
	truncate -s 64M "$TMP/disk.img"
	mkfs.ext4 -q -F "$TMP/disk.img" && mount -o loop,commit=300 "$TMP/disk.img" "$TMP/disk" || return
	"$sysreel" record --fsync "$1" -w "$TMP/disk/rec.reel" -- \
		sh -c 'sleep 1; /bin/echo marked; sleep 600' >"$TMP/echo" 2>"$TMP/err" &
	pid=$!
	wait_for 120 grep -q marked "$TMP/echo"
	for ((i = 0; i < $2; i++)); do
		sleep 2.5
		cp --sparse=always "$TMP/disk.img" "$TMP/crash.img"
		mount -o loop "$TMP/crash.img" "$TMP/after" || break
		told=$("$sysreel" read -q "$TMP/after/rec.reel" -p '%proc.name' evt.type=execve 2>/dev/null)
		umount "$TMP/after"
		! grep -qx echo <<<"$told" || break
	done
	kill -TERM $pid
	wait $pid
	umount "$TMP/disk"
	echo "$told"
}
if command -v mkfs.ext4 >/dev/null && truncate -s 64M "$TMP/disk.img" && mkfs.ext4 -q -F "$TMP/disk.img" &&
	mkdir -p "$TMP/disk" && mount -o loop "$TMP/disk.img" "$TMP/disk" 2>"$TMP/err"; then
	umount "$TMP/disk"
	check 'a program that ran is on the disk soon after' \
		grep -qx echo <(crash critical 20)
	check 'as with a sync for each block' grep -qx echo <(crash block 20)
	if crash never 1 | grep -qx echo; then
		skip 'without a sync it is not' 'the system wrote it early'
	else
		pass 'without a sync it is not'
	fi
else
	skip 'a crash of the machine' "no loop device: $(cat "$TMP/err")"
fi
finish
