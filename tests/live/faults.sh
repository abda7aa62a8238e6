#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A chisel that crashes, loops or fails is told by its name, and the recording is whole.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
sysreel=$SYSREEL
rec=$TMP/rec.reel
faulty=$TMP/faulty.so
ulimit -c 0

if ! cc -O1 -shared -fPIC -Ichisels/include -o "$faulty" tests/unit/plugins/faulty.c 2>"$TMP/cc"; then
	fail 'building the faulty chisel' "$(cat "$TMP/cc")"
	finish
fi

# tells NAME WORDS STATUS ARGUMENT...: read says the words, and ends with the status.
tells() {
	local name=$1 words=$2 status=$3 rc
	shift 3
	{
		SYSREEL_CHISEL_SECONDS=1 timeout -k 5 120 "$sysreel" read tests/files/good/demo.reel "$@" \
			>"$TMP/out" 2>"$TMP/err"
	} 2>/dev/null
	rc=$?
	if [ $rc = "$status" ] && grep -qF "chisel faulty: $words" "$TMP/err"; then
		pass "$name"
	else
		fail "$name" "status $rc" "$(cat "$TMP/err")"
	fi
}

for t in 1 3; do
	set -- --threads $t -c "$faulty"
	tells "memory that is not its own, $t threads" 'its on_batch crashed' 139 "$@" how=segv
	tells "a division by zero, $t threads" 'its on_batch crashed' 136 "$@" how=fpe
	tells "a recursion without end, $t threads" 'its on_batch crashed' 139 "$@" how=overflow
	tells "an error, $t threads" 'cannot do it' 2 "$@" how=error
done
tells 'abort()' 'its on_batch gave up' 134 -c "$faulty" how=abort
tells 'exit()' 'its on_batch called exit()' 2 --threads 1 -c "$faulty" how=exit
tells 'a loop without end' 'its on_batch does not come to an end' 2 --threads 1 -c "$faulty" how=loop
tells 'a crash in init' 'its init crashed' 139 -c "$faulty" how=segv when=init
tells 'a crash in finish' 'its finish crashed' 139 -c "$faulty" how=segv when=finish

# ---- beside a recording ----

# start WORDS...: a recorder with the faulty chisel, in the background; $pid is its.
start() {
	rm -f "$rec"
	SYSREEL_CHISEL_SECONDS=1 "$sysreel" record -w "$rec" -c "$faulty" "$@" -- \
		sh -c 'while :; do cat /etc/passwd >/dev/null; sleep 0.05; done' >"$TMP/out" 2>"$TMP/err" &
	pid=$!
}

count() {
	timeout 60 "$sysreel" read -q "$rec" --count --csv 2>/dev/null | tail -n 1
}

# goes_on NAME WORDS: it is told while recording goes on, and what comes after it is recorded.
goes_on() {
	local name=$1 words=$2 before now why=
	wait_for 120 grep -qF "$words" "$TMP/err" || why+='it is not told; '
	kill -0 $pid || why+='the recorder is gone; '
	before=$(count)
	more() { [ "$(count)" -gt "$((before + 100))" ]; }
	wait_for 120 more || why+='nothing is recorded any more; '
	kill -TERM $pid
	wait $pid
	now=$(count)
	[ "$now" -gt "$before" ] || why+="$before events, then $now; "
	"$sysreel" verify -q "$rec" || why+='the file is not whole; '
	if [ -z "$why" ]; then
		pass "$name"
	else
		fail "$name" "$why" "$(cat "$TMP/err")"
	fi
}

start how=segv
goes_on 'a crash beside a recording' 'the recording is not harmed'
if grep -q 'chisel faulty: its on_batch crashed' "$TMP/err"; then
	pass 'the chisel that crashed is named'
else
	fail 'the chisel that crashed is named' "$(cat "$TMP/err")"
fi
start how=error
goes_on 'an error beside a recording' 'chisel faulty: cannot do it'

# An endless loop: the recording ends when it shall, and so does the chisel.
start how=loop
wait_for 120 test -s "$rec"
enough() { [ "$(count)" -gt 50 ]; }
wait_for 120 enough
kill -TERM $pid
wait $pid
if "$sysreel" verify -q "$rec" && grep -q 'does not come to an end' "$TMP/err"; then
	pass 'a loop without end beside a recording'
else
	fail 'a loop without end beside a recording' "$(cat "$TMP/err")"
fi

# One that does what it should sees all that is in the file.
start how=not
wait_for 120 enough
kill -TERM $pid
wait $pid
if [ "$(sed -n 's/ events came$//p' "$TMP/out")" = "$(count)" ]; then
	pass 'a chisel beside a recording sees all of it'
else
	fail 'a chisel beside a recording sees all of it' "$(count)" "$(cat "$TMP/out" "$TMP/err")"
fi
finish
