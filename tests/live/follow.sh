#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A file is read while it is written: events come soon, the end comes with the recorder's, however
# that ends. And files of a recording that is divided open alone, and become one again.
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
		fail "$name" "$(tail -n 15 "$TMP/err" "$TMP/follow.err" 2>/dev/null)"
	fi
}

# start_recorder COMMAND...: in the background; $pid is its, $child the command's.
start_recorder() {
	rm -f "$rec"
	"$sysreel" record -w "$rec" -- "$@" >/dev/null 2>"$TMP/err" &
	pid=$!
	wait_for 60 test -s "$rec"
	child=$(ps -o pid= --ppid $pid | tr -d ' ')
}

opens='evt.type=openat and fd.name=/etc/passwd and evt.failed=false'
loop='while :; do cat /etc/passwd >/dev/null; sleep 0.02; done'

has_lines() { # FILE N
	[ "$(wc -l <"$1")" -ge "$2" ]
}

gone() { # PID
	! kill -0 "$1"
}

# ---- while it is recorded ----
start_recorder sh -c "$loop"
"$sysreel" read -f "$rec" -p '%evt.num %fd.name' "$opens" >"$TMP/follow" 2>"$TMP/follow.err" &
follow=$!
"$sysreel" read -f "$rec" --by proc.name --count >"$TMP/groups" 2>>"$TMP/follow.err" &
groups=$!
"$sysreel" read -f "$rec" --json -n 7 "$opens" >"$TMP/json" 2>>"$TMP/follow.err"
check 'following with -n ends when it has enough' test $? = 0 -a "$(wc -l <"$TMP/json")" = 7
check 'the recorder goes on then' kill -0 $pid
check 'events are shown while they are recorded' wait_for 60 has_lines "$TMP/follow" 20
"$sysreel" record -w "$rec" -- true >/dev/null 2>"$TMP/other"
check 'a second recorder does not take the file' \
	grep -q 'another sysreel is writing' "$TMP/other"
kill -TERM $pid
wait $pid
check 'the follower ends when the recorder ends' wait_for 60 gone $follow
wait $follow
check 'with status 0' test $? = 0
wait $groups
"$sysreel" read "$rec" -p '%evt.num %fd.name' "$opens" >"$TMP/read" 2>/dev/null
check "it has shown what there is ($(wc -l <"$TMP/read") events)" cmp "$TMP/read" "$TMP/follow"
"$sysreel" read "$rec" --by proc.name --count >"$TMP/groups.read" 2>/dev/null
check 'what is added up over a file that grows is right' cmp "$TMP/groups.read" "$TMP/groups"

# ---- killed ----
start_recorder sh -c "$loop"
"$sysreel" read -f "$rec" -p '%evt.num' "$opens" >"$TMP/follow" 2>"$TMP/follow.err" &
follow=$!
wait_for 60 has_lines "$TMP/follow" 5
kill -9 $pid
wait $pid 2>/dev/null
check 'the follower of a recorder that was killed ends too' wait_for 60 gone $follow
check 'and says so' grep -q 'the recorder is gone' "$TMP/follow.err"
[ -z "$child" ] || kill -9 "$child" 2>/dev/null
"$sysreel" read "$rec" -p '%evt.num' "$opens" >"$TMP/read" 2>/dev/null
check 'it has shown what is in the file' cmp "$TMP/read" "$TMP/follow"

# ---- nobody writes ----
"$sysreel" read -f "$rec" -c topfiles_bytes >"$TMP/follow" 2>"$TMP/follow.err" &
follow=$!
check 'a follower whom nobody writes for says that it waits' \
	wait_for 60 grep -q 'no recorder' "$TMP/follow.err"
check 'and waits' kill -0 $follow
kill -TERM $follow
wait $follow
check 'a signal ends it in order: chisels show what they have' grep -q CALLS "$TMP/follow"

# ---- several files ----
"$sysreel" record -w "$TMP/p-%s" -G 1 -C 100kB -- sh -c \
	'for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero of=/dev/null bs=1 count=2000; sleep 0.5; done' \
	>/dev/null 2>"$TMP/err"
parts=("$TMP"/p-*)
bad=0
for p in "${parts[@]}"; do
	"$sysreel" verify -q "$p" >>"$TMP/err" || bad=1
	[ "$("$sysreel" info --json "$p" | grep -c '"boot_id"')" = 1 ] || bad=1
done
check "each of ${#parts[@]} files opens alone" test $bad = 0 -a ${#parts[@]} -ge 3
"$sysreel" merge "${parts[@]}" -w "$TMP/all.reel" 2>>"$TMP/err"
n=0
for p in "${parts[@]}"; do
	n=$((n + $("$sysreel" read "$p" --state -p '%evt.num' 2>/dev/null | wc -l)))
done
check "together they have all $n events" test \
	"$("$sysreel" read "$TMP/all.reel" --state -p '%evt.num' 2>/dev/null | wc -l)" = "$n"
"$sysreel" record -w "$TMP/d.reel" --max-disk 100kB -- \
	dd if=/dev/zero of=/dev/null bs=1 count=150000 >/dev/null 2>"$TMP/err"
check "--max-disk keeps $(du -bc "$TMP"/d.reel* | tail -n 1 | cut -f 1) bytes of 100000" test \
	"$(du -bc "$TMP"/d.reel* | tail -n 1 | cut -f 1)" -le 100000
check 'and removed some' grep -q 'of which' "$TMP/err"
finish
