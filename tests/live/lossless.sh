#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --lossless: the flood that loses events without it loses none, the times for which it was held
# up are told, and nothing stays frozen, whichever of the recorder's processes is killed when.
set -u
. tests/lib.sh
new_tmp
. tests/flood/lib.sh
flood_cgroups lossless

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then pass "$name"; else fail "$name" "$(cat "$TMP/err")"; fi
}
begin() { flood_recorder --lossless --buffer 4; }
frozen() { grep -q 1 "$flooded/cgroup.freeze"; }
thawed() { grep -q 'frozen 0' "$flooded/cgroup.events"; }
freezer() { tr -d ' ' <"/proc/$recorder/task/$recorder/children"; } # the process that freezes

# ---- nothing is lost ----
begin
flood_while_it_sleeps 300000 10 frozen
if out=$(LOSSLESS=1 flood_adds_up); then
	pass 'a flood loses nothing at all'
else
	fail 'a flood loses nothing at all' "$out" "$(cat "$TMP/err")"
fi
n=$("$SYSREEL" read "$TMP/rec.reel" evt.type=frozen | wc -l)
if [ "$n" -gt 0 ] && grep -q ' frozen .* times\? for ' "$TMP/err"; then
	pass "the times for which it was held up are told ($n of them)"
else
	fail 'the times for which it was held up are told' "$n rows" "$(cat "$TMP/err")"
fi
check 'afterwards nothing is frozen' thawed

# ---- nothing stays frozen ----
while_frozen() { # NAME COMMAND...: with the recorder asleep, so that all stays frozen, do COMMAND
	local name=$1
	shift
	begin
	kill -STOP "$recorder"
	"$flood" "$gentle" "$flooded" 300000 1 >/dev/null &
	if ! wait_for 60 frozen; then
		fail "$name" 'nothing was frozen'
	elif ! "$@"; then
		fail "$name" "$*" "$(cat "$TMP/doctor" "$TMP/next")"
	elif wait_for 60 thawed; then
		pass "$name"
	else
		fail "$name" 'it is still frozen'
	fi
	echo 0 >"$flooded/cgroup.freeze"
	kill -CONT "$recorder" && kill -TERM "$recorder"
	wait "$recorder"
	wait
} 2>/dev/null

# Its child, that thaws if both are killed.
watcher() { tr -d ' ' <"/proc/$(freezer)/task/$(freezer)/children"; }
# Stopped first: none of them may find the time to see that another has gone.
kill_all() {
	kill -STOP "$@" && wait_for 60 stopped "$@" && kill -KILL "$recorder" "$@" && wait_for 60 gone "$@"
}
stopped() { ! (cd /proc && cat "${@/%//status}") | grep '^State:' | grep -qv T; }
gone() { ! kill -0 "$@" || grep -q '^State:.Z' "/proc/$1/status"; }
kill_both() { kill_all "$(freezer)"; }
# Nobody is left who could thaw.
kill_three() {
	kill_all "$(watcher)" "$(freezer)" && frozen
}
doctor_thaws() { kill_three && "$SYSREEL" doctor 2>"$TMP/doctor" >"$TMP/out"; told "$TMP/doctor"; }
record_thaws() { kill_three && "$SYSREEL" record -w "$TMP/next.reel" -- true 2>"$TMP/next"; told "$TMP/next"; }
told() { grep -q "thawed $flooded: a recording that was killed had left it frozen" "$1"; }
kill_group() { kill -KILL -- "-$(ps -o pgid= -p "$recorder" | tr -d ' ')"; }
kill_recorder() { kill -KILL "$recorder"; }
kill_freezer() { kill -KILL "$(freezer)" && kill -CONT "$recorder"; }
go_on() { kill -CONT "$recorder"; }
while_frozen 'killed while all is frozen, the recorder leaves nothing frozen' kill_recorder
while_frozen 'killed while all is frozen, the process that freezes leaves nothing frozen' kill_freezer
check 'and the recorder says so' grep -q 'the process that freezes has ended' "$TMP/err"
while_frozen 'a recorder that goes on thaws' go_on
while_frozen 'both killed at once leave nothing frozen' kill_both
while_frozen 'all three killed at once: doctor thaws' doctor_thaws
while_frozen 'all three killed at once: the next recording thaws' record_thaws
set -m # each job is a process group
while_frozen 'its process group killed, the recorder leaves nothing frozen' kill_group
set +m

# ---- the freezer of cgroup v1 ----
v1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)freezer(,|$)/ { print $2; exit }' /proc/mounts)
if [ -n "$v1" ] && mkdir "$v1/sysreel-test-$$"; then
	"$SYSREEL" record --lossless -w "$TMP/v1.reel" --buffer 2 --cgroup "$v1/sysreel-test-$$" \
		2>"$TMP/err" &
	recorder=$!
	wait_for 60 test -s "$TMP/v1.reel"
	kill -STOP "$recorder"
	(
		echo 0 >"$v1/sysreel-test-$$/tasks"
		exec dd if=/dev/zero of=/dev/null bs=1 count=200000
	) 2>/dev/null &
	wait_for 60 grep -q FROZEN "$v1/sysreel-test-$$/freezer.state"
	check 'cgroup v1 freezes' test $? = 0
	kill -CONT "$recorder"
	wait %2
	kill -TERM "$recorder" && wait "$recorder"
	check 'cgroup v1 loses nothing' grep -q ' 0 lost' "$TMP/err"
	rmdir "$v1/sysreel-test-$$"
else
	skip 'the freezer of cgroup v1' 'it is not mounted'
fi

# ---- what cannot be held up ----
"$SYSREEL" record --lossless -w "$TMP/no.reel" --pid $$ 2>"$TMP/err"
check 'a process tree cannot be frozen' grep -q 'it needs --container, --cgroup' "$TMP/err"
own=$v2$(sed -n 's/^0:://p' /proc/self/cgroup)
"$SYSREEL" record --lossless -w "$TMP/no.reel" --cgroup "${own%/}/" 2>"$TMP/err"
check 'it does not freeze itself' grep -q 'freeze itself' "$TMP/err"
finish
