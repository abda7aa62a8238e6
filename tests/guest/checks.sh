#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What runs inside a guest: the whole host recorded and read back, a command recorded, a module, and
# the programs of the live tests.
set -u
. tests/lib.sh
new_tmp
rec=$TMP/rec.reel

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then
		pass "$name"
	else
		fail "$name" "$(tail -n 5 "$TMP/err" 2>/dev/null)"
	fi
}

count() { # FILTER...: events that match
	"$SYSREEL" read "$rec" -p '%evt.num' "$@" 2>>"$TMP/err" | wc -l
}

. tests/guest/containers.sh

check 'the kernel has BTF' test -s /sys/kernel/btf/vmlinux
if grep -q sysreel.cgroup=v1 /proc/cmdline; then
	check 'cgroups are v1 only' test -z "$(grep ' cgroup2 ' /proc/mounts)" -a -d /sys/fs/cgroup/pids
	containers
	finish
fi
check 'cgroups are v2 only' test "$(stat -f -c %t /sys/fs/cgroup)" = 63677270
"$SYSREEL" doctor >"$TMP/err" 2>&1
check 'doctor finds all that is needed' test $? = 0

(while :; do
	cat /etc/passwd >/dev/null
	echo >>"$TMP/rounds"
	sleep 0.1
done) &
work=$!
rounds() { [ "$(wc -l <"$TMP/rounds")" -ge "$1" ]; }
: >"$TMP/err"
: >"$TMP/rounds"
"$SYSREEL" record --all -w "$rec" >"$TMP/out" 2>"$TMP/err" &
recorder=$!
wait_for 500 test -s "$rec"
wait_for 500 rounds $(($(wc -l <"$TMP/rounds") + 8))
kill -TERM $recorder
wait $recorder
rc=$?
if [ $rc != 0 ]; then
	"$SYSREEL" record -v --all -w "$rec" --duration 1 >/dev/null 2>>"$TMP/err"
	fail 'the whole host is recorded' "status $rc" \
		"$(grep -vE "relocated|added [0-9]+ insns" "$TMP/err" | tail -n 25)"
	finish
fi
pass 'the whole host is recorded'
"$SYSREEL" verify "$rec" >>"$TMP/err" 2>&1
check 'verify finds it undamaged and complete' test $? = 0
check 'processes that came later are named' \
	test "$(count evt.type=openat and fd.name=/etc/passwd and proc.name=cat)" -ge 5
check 'processes from before are named' test "$(count proc.pid=$work and proc.name=bash)" -ge 1
check 'the recorder is not recorded' test "$(count proc.name=sysreel and evt.type=bpf)" = 0
check 'info tells the kernel' grep -q "$(uname -r)" <("$SYSREEL" info --json "$rec" 2>>"$TMP/err")
check 'a default line per event' test "$("$SYSREEL" read "$rec" -n 20 2>>"$TMP/err" | wc -l)" = 20
opens=$(count evt.type=openat)
check "a JSON object per event ($opens opens)" test "$opens" -gt 0 -a "$(
	"$SYSREEL" read "$rec" --json evt.type=openat 2>>"$TMP/err" | grep -c '^{.*}$'
)" = "$opens"
check 'a chisel runs' grep -q openat <("$SYSREEL" read "$rec" -c topscalls 2>>"$TMP/err")
kill $work
wait $work 2>/dev/null

: >"$TMP/err"
"$SYSREEL" record -w "$rec" -- sh -c 'cat /etc/group; exit 5' >/dev/null 2>"$TMP/err"
check 'the status of a recorded command passes through' test $? = 5
check 'a command is recorded' test "$(count evt.type in '(open, openat)' and fd.name=/etc/group)" = 1
check 'and nothing else' test "$(count fd.name=/etc/passwd and proc.pid=1)" = 0

other=${SYSREEL%/*}/clang-19/sysreel
if [ -x "$other" ]; then
	"$other" record -w "$rec" -- cat /etc/group >/dev/null 2>"$TMP/err"
	check 'what clang-19 made loads' test "$(count fd.name=/etc/group and proc.name=cat)" -ge 1
fi

: >"$TMP/err"
"$SYSREEL" record -w "$rec" -- sh -c 'insmod /src/dummy.ko && rmmod dummy' >/dev/null 2>"$TMP/err"
check 'a module is loaded and freed while recording' test $? = 0
check 'what is loaded has its name' test "$(count evt.type=module_load and evt.arg.name=dummy and \
	proc.name=insmod)" = 1
check 'and what goes' test "$(count evt.type=module_free and evt.arg.name=dummy and \
	proc.name=rmmod)" = 1
check 'the calls are there too' test "$(count evt.type in '(init_module, finit_module)' or \
	evt.type=delete_module and evt.arg.name=dummy)" = 2

# Those that read what differs between kernels; the others would tell nothing new, and loading the
# driver takes an emulated CPU some seconds each time.
tests/live/run.sh beside every events files identity namespaces procs sockets uring \
	>"$TMP/live.out" 2>&1
sed '$d' "$TMP/live.out"
add_counts "$(tail -n 1 "$TMP/live.out")" || fail 'live programs' "$(tail -n 5 "$TMP/live.out")"

containers

# A kernel without BTF, as far as anybody can see: last, for it stays so.
cp /sys/kernel/btf/vmlinux "$TMP/kernel.btf"
mount -t tmpfs none /sys/kernel/btf
"$SYSREEL" record -w "$TMP/no.reel" -- true >/dev/null 2>"$TMP/err"
check 'without BTF, recording ends with status 2' test $? = 2
check 'and says what is missing' grep -q 'type information of the kernel (BTF) is missing' "$TMP/err"
check 'and what to do' grep -q -- '--btf FILE' "$TMP/err"
"$SYSREEL" doctor >"$TMP/out" 2>&1
check 'doctor finds it too' test $? = 1
"$SYSREEL" record --btf "$TMP/kernel.btf" -w "$rec" -- cat /etc/group >/dev/null 2>"$TMP/err"
check 'with a BTF file it is recorded, on raw tracepoints' \
	test "$(count evt.type in '(open, openat)' and fd.name=/etc/group and proc.name=cat)" = 1
finish
