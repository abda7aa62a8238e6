#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Retroactive recording: what was before a trigger is in the file, whatever the trigger is, and so is
# what follows; files are extended, limited, and survive a killed recorder and a full disk.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
sysreel=$SYSREEL
dir=$TMP/files
sock=$TMP/retro.sock
rec='' # the recorder's pid

check() { # NAME CONDITION-COMMAND...
	local name=$1
	shift
	if "$@"; then
		pass "$name"
	else
		fail "$name" "$(tail -n 15 "$TMP/err" 2>/dev/null)"
	fi
}

# A shell that runs the lines it is given, recorded by a retroactive recorder.
cat >"$TMP/worker.sh" <<'W'
while read -r line; do
	[ "$line" = end ] && exit 0
	sh -c "$line"
done
W
begin() { # OPTIONS-AND-FILTER...
	rm -rf "$dir" "$TMP/fifo" "$TMP/err"
	mkfifo "$TMP/fifo"
	"$sysreel" record --retro 300s -w "$dir" --control "$sock" "$@" -- sh "$TMP/worker.sh" \
		<"$TMP/fifo" >/dev/null 2>"$TMP/err" &
	rec=$!
	exec 3>"$TMP/fifo"
	wait_for 60 test -S "$sock" && wait_for 60 "$sysreel" trigger --control "$sock" --status
}
run() { # LINE: in the recorded shell
	echo "$1" >&3
}
ran() { # LINE: and wait until that is done
	rm -f "$TMP/ran"
	run "$1"
	run ": >$TMP/ran"
	wait_for 60 test -e "$TMP/ran"
}
finish_rec() {
	run end
	exec 3>&-
	wait "$rec"
}
stop_rec() { # it is gone already
	exec 3>&-
	wait "$rec" 2>/dev/null
}
said() { # N WORDS: the recorder, so often
	[ "$(grep -c "$2" "$TMP/err")" -ge "$1" ]
}
told() { # WORDS [N]: wait until the recorder says so
	wait_for 60 said "${2:-1}" "$1"
}
status() { # PATTERN: what the recorder says of itself has it
	trigger --status | grep -qE "$1"
}
files() { # how many there are
	find "$dir" -name '*.reel' 2>/dev/null | wc -l
}
names() { # of the triggers of a file
	"$sysreel" info --json "$1" 2>/dev/null | python3 -c '
import json, sys
print(" ".join(t["name"] for t in json.load(sys.stdin)["triggers"]))'
}
has() { # FILE FILTER...
	local f=$1
	shift
	"$sysreel" read "$f" "$@" >/dev/null 2>>"$TMP/err"
}
holds() { # FILE: what was before, and what came after
	has "$1" evt.type=openat and fd.name=/etc/hostname &&
		has "$1" evt.type=openat and fd.name=/etc/shells &&
		"$sysreel" verify "$1" >>"$TMP/err" 2>&1
}
trigger() {
	"$sysreel" trigger --control "$sock" "$@" 2>>"$TMP/err"
}
descendants() { # PID
	local k
	for k in $(ps -o pid= --ppid "$1"); do
		echo "$k"
		descendants "$k"
	done
}
exit3='evt.type=procexit and evt.rawarg.status=3'

# ---- before and after ----
# The file ends with the recorder where what comes after the trigger is to be in it: no time runs out.
begin --trigger "three:$exit3" --after 60s
check 'without a trigger nothing is written' test "$(files)" = 0
ran 'cat /etc/hostname'
sleep 2.5
run 'exit 3'
told 'trigger three'
ran 'cat /etc/shells'
finish_rec
f=$(echo "$dir"/*-three.reel)
check 'the file holds what was before the trigger, and what came after' holds "$f"
check 'it tells the trigger and the event' test "$("$sysreel" info "$f" 2>/dev/null |
	grep -c 'three: .*sh ([0-9]*): procexit(status=3')" = 1
check 'only events of the command are in it' test "$("$sysreel" read "$f" -p '%proc.aname' \
	'not proc.aname=sh and not proc.name=sh and not evt.type=lost' 2>/dev/null | wc -l)" = 0
check 'a recorder that ends removes its socket' test ! -e "$sock"

# ---- what exists but is quiet ----
begin --retro 1s --trigger "three:$exit3" --after 1s
ran 'sleep 600 & echo $! >'"$TMP/sleeper"
sleep 3.5
wait_for 60 status '^held +(0ns|[0-9.]+[mu]s|[0-2][.0-9]*s) in'
run 'exit 3'
told 'is complete'
check 'a process that did nothing for long is in the file' has "$dir"/*.reel \
	'evt.type=process and proc.name=sleep'
check 'what is older than was asked for is not' test "$("$sysreel" read "$dir"/*.reel \
	evt.type=execve and proc.name=sleep 2>/dev/null | wc -l)" = 0
kill "$(cat "$TMP/sleeper")"
run 'exit 3'
told 'is complete' 2
finish_rec
check 'the next trigger has a file of its own' test "$(files)" = 2

# ---- a filter, and what is needed for the triggers ----
begin --trigger "three:$exit3" --after 500ms evt.type=openat and fd.name startswith /etc
run 'cat /etc/hostname'
run 'exit 3'
told 'is complete'
finish_rec
check 'with a filter its events and those of triggers are recorded, and no others' test "$(
	"$sysreel" read "$dir"/*.reel -p '%evt.type' 2>/dev/null | sort -u | tr '\n' ' '
)" = 'openat procexit '

# ---- triggers that overlap ----
begin --trigger "three:$exit3" --trigger 'four:evt.type=procexit and evt.rawarg.status=4' --after 60s
run 'cat /etc/hostname; exit 3'
told 'trigger three'
run 'exit 4'
told 'goes on: trigger four'
ran 'cat /etc/shells'
finish_rec
check 'triggers that overlap extend one file' test "$(files)" = 1
check 'which tells both' test "$(names "$dir"/*.reel)" = 'three four'
check 'and goes on after the last one' holds "$dir"/*.reel

# ---- the limit ----
begin --trigger "three:$exit3" --after 200ms --max-triggers 1/h
run 'exit 3'
told 'is complete'
for _ in 1 2 3; do
	run 'exit 3'
	sleep 0.7
done
wait_for 60 status '3 refused'
check 'the limit is told, once' test "$(grep -c 'write nothing: 1 file within an hour' "$TMP/err")" = 1
check 'and kept' test "$(files)" = 1
trigger now >"$TMP/out"
check 'the control socket tells of it with status 1' test $? = 1
check 'what was refused is counted' status '4 refused \(at most 1 an hour\)'
finish_rec

# ---- people ----
begin --after 60s
ran 'cat /etc/hostname'
kill -USR1 "$rec"
told 'trigger sigusr1'
ran 'cat /etc/shells'
finish_rec
check 'SIGUSR1 is a trigger' holds "$dir"/*-sigusr1.reel
begin --after 60s
ran 'cat /etc/hostname'
f=$(trigger checkout is slow)
check 'sysreel trigger answers with the name of the file' test -s "$f"
ran 'cat /etc/shells'
check 'a container that is not recorded by itself is refused' test "$(trigger --container x 2>&1)" = ''
check 'the socket is its owner'"'s" test "$(stat -c %a "$sock")" = 600
chmod 666 "$sock"
if command -v setpriv >/dev/null; then
	chmod 755 "$TMP"
	cp "$sysreel" "$TMP/sysreel" # the build's folder may be closed to others
	setpriv --reuid 65534 --regid 65534 --clear-groups "$TMP/sysreel" trigger --control "$sock" \
		>"$TMP/out" 2>>"$TMP/err"
	check 'nobody else is answered, whatever the mode of the socket is' test $? = 1
	check 'and is told so' grep -q 'permission denied' "$TMP/err"
else
	skip 'nobody else is answered' 'there is no setpriv'
fi
"$sysreel" record --retro 5s -w "$TMP/other" --control "$sock" -- true >/dev/null 2>"$TMP/err2"
check 'a second recorder is refused the socket' test $? = 2
finish_rec
check 'the file that was named holds what was before and after' holds "$f"
check 'the reason is told' grep -q 'command: checkout is slow, asked for by process' \
	<("$sysreel" info "$f" 2>/dev/null)

# ---- what stays ----
mkdir -p "$TMP/many"
for i in 1 2 3 4 5; do
	head -c 50000 /dev/zero >"$TMP/many/2020010${i}T000000-oom.reel"
	touch -d '1 hour ago' "$TMP/many/2020010${i}T000000-oom.reel"
done
touch -d '1 hour ago' "$TMP/many/mine.reel"
left() { # OPTIONS: the files that are left after another one
	"$sysreel" record --retro 5s -w "$TMP/many" --control none --trigger "three:$exit3" --after 200ms "$@" \
		-- sh -c 'sh -c "exit 3"; sleep 2.5' >/dev/null 2>"$TMP/err"
	(cd "$TMP/many" && for f in *; do printf '%s ' "${f%%T*}"; done)
}
check '-W keeps so many files, and touches no others' \
	grep -qE '^20200103 20200104 20200105 20[0-9]{6} mine.reel $' <(left -W 4)
check '--max-disk keeps so many bytes' \
	grep -qE '^20200105 (20[0-9]{6} ){2}mine.reel $' <(left --max-disk 100kB)

# ---- signals and containers ----
begin --trigger fatal-signal --after 500ms
run 'cat /etc/hostname; kill -TERM $$'
sleep 1
check 'an orderly signal is no fatal one' test "$(files)" = 0
run 'kill -SEGV $$'
told 'is complete'
finish_rec
check 'a fatal signal is a trigger' has "$dir"/*-fatal-signal.reel fd.name=/etc/hostname

# A group with little memory: v1's hierarchy, or v2's if it may be asked for there.
mem=/sys/fs/cgroup/memory/sysreel-retro-$$
limit=$mem/memory.limit_in_bytes
[ -d /sys/fs/cgroup/memory ] || mem=/sys/fs/cgroup/sysreel-retro-mem-$$ limit=$mem/memory.max
if "$sysreel" record --retro 5s --trigger oom 2>&1 | grep -q 'no such event'; then
	skip 'memory that runs out is a trigger' 'this version does not record it'
elif mkdir "$mem" 2>"$TMP/err" && echo 20000000 2>>"$TMP/err" >"$limit"; then
	begin --trigger oom --after 500ms
	run 'cat /etc/hostname'
	run "echo \$\$ >$mem/cgroup.procs; exec python3 -c 'x = b\"y\" * 200000000'"
	told 'is complete'
	finish_rec
	check 'memory that runs out is a trigger' has "$dir"/*-oom.reel fd.name=/etc/hostname
	check 'and the event is there' has "$dir"/*-oom.reel evt.type=oomkill and proc.name=python3
	wait_for 60 rmdir "$mem"
else
	skip 'memory that runs out is a trigger' "$(cat "$TMP/err")"
	rmdir "$mem" 2>/dev/null
fi

cg=
for d in /sys/fs/cgroup/unified /sys/fs/cgroup; do
	[ -f $d/cgroup.procs ] && [ "$(stat -f -c %t $d)" = 63677270 ] && cg=$d/sysreel-retro-$$ && break
done
id() { # DIGIT: of a container
	printf "%064d" 0 | tr 0 "$1"
}
contained() { # DIGIT LINE: in a cgroup as Docker's, with a pid namespace
	mkdir -p "$cg/docker-$(id "$1").scope"
	sh -c 'echo $$ >"$1/cgroup.procs"; exec unshare -pf sh -c "$2"' - "$cg/docker-$(id "$1").scope" "$2"
}
if [ -n "$cg" ] && mkdir -p "$cg"; then
	rm -rf "$dir"
	"$sysreel" record --retro 300s --retro-per container -w "$dir" --control "$sock" --cgroup "$cg" \
		--docker-socket /nowhere --trigger container-exit --after 500ms >/dev/null 2>"$TMP/err" &
	rec=$!
	wait_for 60 "$sysreel" trigger --control "$sock" --status
	contained 1 'cat /etc/hostname >/dev/null; sleep 0.1; exit 0'
	contained 2 'cat /etc/shells >/dev/null; sleep 0.1; exit 4'
	told 'is complete'
	check 'a container that fails is a trigger, one that ends well is not' test "$(files)" = 1
	f=$(echo "$dir"/*-container-exit-*.reel)
	check 'its file is named after it' test "${f##*-}" = "$(id 2 | cut -c 1-12).reel"
	check 'with --retro-per container it holds that one' has "$f" fd.name=/etc/shells
	check 'and no other' test "$("$sysreel" read "$f" -p %container.id fd.name=/etc/hostname \
		2>/dev/null | wc -l)" = 0
	f=$(trigger --container "$(id 1 | cut -c 1-12)")
	check 'sysreel trigger can be about one container' has "$f" fd.name=/etc/hostname
	check 'alone' test "$("$sysreel" read "$f" fd.name=/etc/shells 2>/dev/null | wc -l)" = 0
	check 'without one all are written' test "$(trigger | grep -cE -- '-(1{12}|2{12}).reel')" = 2
	kill "$rec"
	wait "$rec"
	check 'a recorder that is ended closes its files' test "$(for f in "$dir"/*; do
		"$sysreel" verify "$f"
	done 2>&1 | grep -c 'undamaged and complete')" = "$(files)"
	for d in "$cg"/*/ "$cg"; do
		wait_for 60 rmdir "$d"
	done
else
	skip 'a container that fails is a trigger' 'no cgroup v2 hierarchy that can be written to'
fi

# ---- bad times ----
begin --trigger "three:$exit3" --after 600s
run 'cat /etc/hostname; exit 3'
told 'trigger three'
run 'while :; do cat /etc/shells; sleep 0.05; done'
opens() {
	"$sysreel" read "$dir"/*.reel -p %evt.num evt.type=openat and fd.name=/etc/shells 2>/dev/null | wc -l
}
many_opens() { [ "$(opens)" -ge 10 ]; }
wait_for 60 many_opens
kids=$(descendants "$rec")
kill -9 "$rec"
stop_rec
for k in $kids; do
	kill -9 "$k" 2>/dev/null
done
f=$(echo "$dir"/*.reel)
check 'after kill -9 while it was written a file can be read' has "$f" fd.name=/etc/hostname
check "with what was written by then ($(opens) opens)" many_opens
"$sysreel" verify "$f" >"$TMP/err" 2>&1
check 'and verify says that it was not closed' grep -q 'no end mark' "$TMP/err"
check 'a socket that was left behind is replaced' begin --after 500ms
finish_rec

mkdir "$TMP/small"
if mount -t tmpfs -o size=1m none "$TMP/small" 2>"$TMP/err"; then
	dir=$TMP/small/files
	begin --trigger "three:$exit3" --after 600s
	run 'cat /etc/hostname; exit 3'
	told 'trigger three'
	wait_for 60 has "$dir"/*.reel fd.name=/etc/hostname
	cat /dev/zero >"$TMP/small/fill" 2>/dev/null
	run 'cat /etc/shells'
	check 'a full disk is told' told 'the disk is full'
	check 'what was written can be read' has "$dir"/*.reel fd.name=/etc/hostname
	check 'and the recorder goes on' test "$(trigger --status | grep -c '1 failed')" = 1
	rm "$dir"/* "$TMP/small/fill"
	run 'exit 3'
	told 'trigger three' 2
	wait_for 60 has "$dir"/*.reel evt.type=procexit
	check 'with the next file' has "$dir"/*.reel evt.type=procexit
	finish_rec
	umount "$TMP/small"
	dir=$TMP/files
else
	skip 'a full disk' "$(cat "$TMP/err")"
fi

# ---- the service manager ----
cat >"$TMP/manager.py" <<'P'
import os, socket, subprocess, sys
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
s.settimeout(60)
p = subprocess.Popen(sys.argv[2:], env=dict(os.environ, NOTIFY_SOCKET=path), stdin=subprocess.PIPE,
                     stderr=subprocess.DEVNULL)
said = set()
def hear(words):
    while not words <= {line.split("=")[0] for line in said}:
        said.update(s.recv(4096).decode().split("\n"))
hear({"READY", "WATCHDOG", "STATUS"})
p.stdin.close()  # its command ends
hear({"STOPPING"})
p.wait()
sys.exit(not {"READY=1", "WATCHDOG=1", "STOPPING=1"} <= said)
P
check 'the service manager is told when it is ready, and how it does' timeout 200 python3 "$TMP/manager.py" \
	"$TMP/notify" "$sysreel" record --retro 5s -w "$dir" --control none -- cat

# ---- mistakes ----
refused() { # WORDS OPTIONS...
	local words=$1
	shift
	"$sysreel" record "$@" -- true >/dev/null 2>"$TMP/err"
	[ $? = 2 ] && grep -q -- "$words" "$TMP/err"
}
check 'a trigger that is none is told with its column' refused 'column 3' --retro 5s -w "$dir" \
	--trigger 'x:proc.nmae=y'
check 'an amount that is none is told' refused '60s,64MB' --retro 60 -w "$dir"
check 'a folder is needed' refused 'where to?' --retro 60s
finish
