#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What happens beside system calls, as far as the fields tell of it: images of programs; victims of
# the OOM killer; cgroups that come, go and are renamed.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
SYSREEL=$(realpath "$SYSREEL")
beside=$(realpath "$B")/tests/live/beside
rec=$TMP/rec.reel

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then
		pass "$name"
	else
		fail "$name" "$("$SYSREEL" read "$rec" -p '%thread.tid %evt.call' \
			'evt.category in (process, system, signal)' 2>&1 | tail -n 12)"
	fi
}

count() { # FILTER...: events that match
	"$SYSREEL" read "$rec" -p '%evt.num' "$@" 2>/dev/null | wc -l
}

# ---- images ----

(mkdir "$TMP/w" && cd "$TMP/w" && "$SYSREEL" record --env -w "$rec" -- "$beside") >/dev/null 2>&1
check 'a program in memory only is told' \
	test "$(count evt.type=exec and proc.is_exe_from_memfd=true and 'proc.args=memfd')" = 1
check 'a program that is deleted is told' \
	test "$(count evt.type=exec and proc.is_exe_deleted=true and 'proc.args=deleted')" = 1
check 'and others are neither' \
	test "$(count evt.type=exec and proc.is_exe_deleted=false and proc.is_exe_from_memfd=false and \
		'proc.args in (setuid, "script '"$TMP"'/w/script kind")')" = 2
check 'of a script, what really runs' test "$(count evt.type=exec and \
	evt.arg.filename="$TMP/w/script" and evt.arg.interpreter="$beside" and proc.exepath="$beside")" = 1
check 'the environment that it got' test "$(count evt.type=exec and \
	evt.arg.filename="$TMP/w/script" and 'proc.env[LIVE]=1' and 'proc.env[LIVE_TOO]=2')" = 1
check 'capabilities that came with the file' test "$(count evt.type=exec and \
	evt.arg.secure=1 and thread.cap_effective contains CAP_SETUID)" = 1
"$SYSREEL" read "$rec" --json 'evt.type=exec and evt.arg.secure=1' >"$TMP/json" 2>&1
before='"before":\{"uid":1000,.*"euid":1000,.*"cap_effective":.*"ns_mnt":[0-9]+'
after='"after":\{"uid":1000,.*"euid":0,.*"ns_pid":[0-9]+'
check 'JSON has all of before and after' grep -qE "$before,.*$after" "$TMP/json"

kinds='evt.type in (exec, namespaces, ptrace_attach, bpf_prog, oomkill, procusage)'
all=$(count "$kinds")
(cd "$TMP/w" && "$SYSREEL" record -w "$rec" "$kinds" -- "$beside") >/dev/null 2>&1
check "recording nothing else gives the same $all" test "$all $all" = \
	"$(count "$kinds") $(count evt.num exists)"
cp "$beside" "$TMP/prog"
touch -d '2001-02-03 04:05:06' "$TMP/prog"
"$SYSREEL" record -w "$rec" -- "$TMP/prog" once >/dev/null 2>&1
read -r ino mtime ctime < <("$SYSREEL" read "$rec" evt.type=exec \
	-p '%proc.exe_ino %proc.exe_ino.mtime %proc.exe_ino.ctime' 2>&1)
check 'inode and times of the program' test "$ino $mtime ${ctime%?????????}" = \
	"$(stat -c %i "$TMP/prog") 981173106000000000 $(stat -c %Z "$TMP/prog")"

# ---- cgroups and memory ----

v1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
cg=${v1:-$v2}/sysreel-test-beside-$$
limit=memory.max
[ -z "$v1" ] || limit=memory.limit_in_bytes
[ -n "$v1" ] || echo +memory >"$v2/cgroup.subtree_control" 2>/dev/null
if ! mkdir "$cg" || ! echo $((16 << 20)) >"$cg/$limit"; then
	skip 'memory and cgroups' 'no cgroup whose memory can be limited'
	rmdir "$cg"
	finish
fi
trap 'rmdir "$cg"/* "$cg" 2>/dev/null; rm -rf "$TMP"' EXIT
rm "$rec"
"$SYSREEL" record -w "$rec" --cgroup "$cg" 2>"$TMP/err" &
recorder=$!
wait_for 60 test -s "$rec"
bash -c 'echo $$ >"$1/cgroup.procs"; exec "$2" hog' bash "$cg" "$beside" &
hog=$!
wait $hog 2>/dev/null
status=$?
mkdir "$cg/one"
sleep 60 &
sleeper=$!
echo $sleeper >"$cg/one/cgroup.procs"
now=one
mv "$cg/one" "$cg/two" 2>/dev/null && now=two
kill $sleeper
wait $sleeper 2>/dev/null
wait_for 60 rmdir "$cg/$now"
kill $recorder && wait $recorder
path=${cg#"${v1:-$v2}"}

check 'the hog is a victim' test $status = 137
check 'the OOM killer says who it was' test "$(count evt.type=oomkill and evt.arg.pid=$hog and \
	proc.pid=$hog and evt.arg.comm=beside and evt.arg.uid=0 and evt.arg.total_vm_kb '>' 16000)" = 1
check 'and by the kernel' test "$(count evt.type=signalgenerate and evt.arg.sig=SIGKILL and \
	evt.arg.code=SI_KERNEL and evt.arg.sender=0 and evt.arg.pid=$hog)" -ge 1
check 'it ends by the signal' test "$(count evt.type=procexit and proc.pid=$hog and \
	evt.arg.signal=SIGKILL)" = 1
check 'a cgroup comes' test "$(count evt.type=cgroup_mkdir and evt.arg.path="$path/one")" = 1
check 'gets a process' test "$(count evt.type=cgroup_attach and evt.arg.path="$path/one" and \
	evt.arg.pid=$sleeper)" = 1
if [ -n "$v1" ]; then
	check 'is renamed' test "$(count evt.type=cgroup_rename and evt.arg.path="$path/two")" = 1
	check 'whose processes have its new name from then on' test "$(count evt.type=procexit and \
		proc.pid=$sleeper and thread.cgroups contains "$path/two")" = 1
	check 'and goes' test "$(count evt.type=cgroup_rmdir and evt.arg.path="$path/two")" = 1
else
	skip 'renamed cgroups' 'cgroup v2 has no such thing'
	check 'and goes' test "$(count evt.type=cgroup_rmdir and evt.arg.path="$path/one")" = 1
fi
finish
