#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Recording begins and ends well: statuses pass through, signals end it in order, kill -9 leaves
# a readable file, nothing else is recorded than what was asked for, and losses are told.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
sysreel=$SYSREEL
rec=$TMP/rec.reel

check() { # NAME CONDITION-COMMAND...
	local name=$1
	shift
	if "$@"; then
		pass "$name"
	else
		fail "$name" "$(tail -n 15 "$TMP/err" 2>/dev/null)"
	fi
}

# number KEY: a number of `info --json`; cJSON writes it as a number or as digits in quotes.
number() {
	"$sysreel" info --json "$rec" 2>/dev/null | tr -d '\n' |
		sed -nE "s/.*\"$1\" *: *\"?([0-9]+)\"?.*/\1/p"
}

count() { # FILTER...: events that match
	"$sysreel" read "$rec" -p '%evt.num' "$@" 2>/dev/null | wc -l
}

# ---- exit statuses ----
status_of() { # WANTED COMMAND...
	local want=$1
	shift
	"$sysreel" record -w "$rec" -- "$@" >/dev/null 2>"$TMP/err"
	rc=$?
	[ "$rc" = "$want" ] || {
		echo "status $rc in place of $want" >>"$TMP/err"
		return 1
	}
}
check 'the status of a command that works is passed on' status_of 0 true
check 'the status of a command that fails is passed on' status_of 37 sh -c 'exit 37'
check 'a command killed by a signal gives 128 + signal' status_of 143 sh -c 'kill -TERM $$'
"$sysreel" record -w "$rec" -- sh -c 'echo through; echo aside >&2' >"$TMP/out" 2>"$TMP/err"
check 'what the command prints passes through' grep -qx through "$TMP/out"
check 'and so does its standard error' grep -qx aside "$TMP/err"
check 'the command may read standard input' \
	test "$(echo in | "$sysreel" record -w "$rec" -- cat 2>/dev/null)" = in
"$sysreel" read "$rec" 'proc.name=nobody-is-called-so' >/dev/null 2>&1
check 'reading without a match ends with status 1' test $? = 1

# ---- a clean stop ----
sleeps() { # RECORDER: its command is asleep in the call
	local child
	child=$(ps -o pid= --ppid "$1" | tr -d ' ')
	grep -qx sleep "/proc/$child/comm" && grep -qE '^(35|101|115|230) ' "/proc/$child/syscall"
}
stop_with() { # SIGNAL
	rm -f "$rec"
	# in the background a shell has its children ignore SIGINT, and so would the command
	env --default-signal=INT "$sysreel" record -w "$rec" -- sleep 600 >"$TMP/out" 2>"$TMP/err" &
	pid=$!
	wait_for 60 test -s "$rec" || return 1
	wait_for 60 sleeps "$pid" || echo 'the command does not sleep' >>"$TMP/err"
	kill -"$1" "$pid"
	wait "$pid"
	rc=$?
	grep -q sleep <<<"$(ps -o args= --ppid "$pid" 2>/dev/null)" && return 1
	grep -qE '[0-9]+ events?' "$TMP/err" && "$sysreel" verify "$rec" >>"$TMP/err" 2>&1
}
check 'SIGINT ends the recording in order, with a summary' stop_with INT
check 'SIGTERM too' stop_with TERM
check 'a call in flight when recording stopped is there' \
	test "$(count evt.type=clock_nanosleep and not evt.latency exists)" -ge 1

# ---- killed ----
"$sysreel" record -w "$rec" -- sh -c 'while :; do cat /etc/passwd >/dev/null; sleep 0.02; done' \
	>/dev/null 2>"$TMP/err" &
pid=$!
opens() {
	count evt.type=openat and fd.name=/etc/passwd
}
wait_for 120 eval 'test "$(opens)" -ge 20'
child=$(ps -o pid= --ppid $pid | tr -d ' ')
kill -9 $pid
wait $pid 2>/dev/null
[ -z "$child" ] || kill -9 "$child" 2>/dev/null
n=$(opens)
check "after kill -9 the file can be read ($n opens)" test "$n" -ge 20
"$sysreel" verify "$rec" >"$TMP/err" 2>&1
check 'and verify says that it was not closed' test $? != 0

# ---- only what was asked for ----
(while :; do cat /etc/hostname >/dev/null; done) &
noise=$!
"$sysreel" record -w "$rec" -- sh -c 'for i in 1 2 3; do cat /etc/passwd; done' >/dev/null 2>"$TMP/err"
kill $noise
wait $noise 2>/dev/null
check 'the command is recorded' test "$(count evt.type=openat and fd.name=/etc/passwd)" = 3
check 'others are not' test "$(count fd.name=/etc/hostname)" = 0
check 'the recorder is not' test "$(count proc.name=sysreel and evt.type in '(bpf, epoll_wait)')" = 0

sh -c 'while :; do cat /etc/shells >/dev/null; sleep 0.05; done' &
target=$!
"$sysreel" record -w "$rec" --pid $target -n 3000 >/dev/null 2>"$TMP/err"
check 'a process is recorded with its children' test "$(count evt.type=openat and fd.name=/etc/shells)" -ge 5
kill $target
wait $target 2>/dev/null

cg=
for d in /sys/fs/cgroup/unified /sys/fs/cgroup; do
	[ -f $d/cgroup.procs ] && [ "$(stat -f -c %t $d)" = 63677270 ] && cg=$d/sysreel-test-$$ && break
done
if [ -n "$cg" ] && mkdir -p "$cg/below"; then
	sh -c 'echo $$ >"$1"; while :; do cat /etc/shells >/dev/null; sleep 0.05; done' - \
		"$cg/below/cgroup.procs" &
	target=$!
	"$sysreel" record -w "$rec" --cgroup "$cg" -n 3000 >/dev/null 2>"$TMP/err"
	check 'a cgroup is recorded with those below it' test "$(count evt.type=openat)" -ge 5
	kill $target
	wait $target 2>/dev/null
	wait_for 60 rmdir "$cg/below" && rmdir "$cg"
else
	skip 'a cgroup is recorded with those below it' 'no cgroup v2 hierarchy that can be written to'
fi

# ---- limits ----
"$sysreel" record -w "$rec" -n 100 -- sh -c 'while :; do cat /etc/passwd; done' >/dev/null 2>"$TMP/err"
check '-n stops after so many events' test "$(number events)" = 100
check 'a snaplen of 4 keeps 4 bytes of a buffer' test "$(
	"$sysreel" record -s 4 -w "$rec" -- sh -c 'echo abcdefgh' >/dev/null 2>&1
	"$sysreel" read "$rec" -p '%evt.call' evt.type=write 2>/dev/null | tail -n 1
)" = 'write(1</dev/null>, "abcd"..., 9) = 9'
for s in 0 1000 4096 65000; do
	"$sysreel" record -s $s -w "$rec" -- sh -c 'head -c 8000 /dev/zero >/dev/null' \
		>/dev/null 2>"$TMP/err"
	check "a snaplen of $s can be recorded" test $? = 0
done

"$sysreel" record -s 65000 -w "$rec" -- python3 -c "
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x' * 60000, ('127.0.0.1', 9))" \
	>/dev/null 2>"$TMP/err"
check 'what has no room behind a large payload is said to be left out' grep -q 'left out' \
	<("$sysreel" read "$rec" evt.type=sendto 2>>"$TMP/err")

# ---- overlays ----
mkdir "$TMP/lower" "$TMP/layers" "$TMP/merged"
if mount -t tmpfs none "$TMP/layers" 2>"$TMP/err" && mkdir "$TMP/layers/upper" "$TMP/layers/work" &&
	cp /bin/true "$TMP/lower/low" && mount -t overlay none "$TMP/merged" \
	-o "lowerdir=$TMP/lower,upperdir=$TMP/layers/upper,workdir=$TMP/layers/work" 2>"$TMP/err"; then
	cp /bin/true "$TMP/merged/high"
	"$sysreel" record -w "$rec" -- sh -c "$TMP/merged/low; $TMP/merged/high" 2>"$TMP/err"
	check 'a program in the upper layer of an overlay is told from one of the image' test "$(
		"$sysreel" read "$rec" -p '%proc.name=%proc.is_exe_upper_layer' \
			'evt.type=execve and proc.name in (low, high)' 2>/dev/null | tr '\n' ' '
	)" = 'low=false high=true '
	check 'a program in a lower layer is told from one elsewhere' test "$(
		"$sysreel" read "$rec" -p '%proc.name=%proc.is_exe_lower_layer' \
			'evt.type=execve and proc.name in (low, high, sh)' 2>/dev/null | tr '\n' ' '
	)" = 'sh=false low=true high=false '
	umount "$TMP/merged"
else
	skip 'layers of an overlay' "$(cat "$TMP/err")"
fi
umount "$TMP/layers" 2>/dev/null

# ---- through a pipe ----
n=$("$sysreel" record -w - -- sh -c 'cat /etc/passwd >/dev/null' 2>"$TMP/err" |
	"$sysreel" read - -p '%evt.type' fd.name=/etc/passwd 2>>"$TMP/err" | grep -c openat)
check 'a recording can be read through a pipe' test "$n" = 1

# ---- accounted: recorded + lost = made ----
loops=150000
"$sysreel" record -w "$rec" -- dd if=/dev/zero of=/dev/null bs=1 count=$loops >/dev/null 2>"$TMP/err"
events=$(count "proc.name=dd and evt.type=read and fd.name=/dev/zero")
lost=$(number lost)
check "a flood is accounted for: $events of $loops reads, $lost records lost" \
	test $((events + lost)) -ge $loops -a "$events" -le $loops
finish
