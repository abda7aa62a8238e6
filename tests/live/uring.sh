#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Requests of io_uring that end in other ways than by a completion each: every one of them has one
# row, which says no more than is known. uring.c makes them; their names are their user_data.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}" "${TIMES:=3}"
SYSREEL=$(realpath "$SYSREEL")
prog=$(realpath "$B")/tests/live/uring
rec=$TMP/rec.reel

rows() { # NAME [FILTER]
	"$SYSREEL" read -q "$rec" -p '%evt.flags %evt.call' \
		"evt.type startswith io_uring_ and evt.arg.user_data=$1${2:+ and ($2)}" 2>&1
}

# one WHAT NAME FILTER: a single row has the name, and the filter selects it.
one() {
	if [ "$(rows "$2" | wc -l)" = 1 ] && [ "$(rows "$2" "$3" | wc -l)" = 1 ]; then
		pass "$1"
	else
		fail "$1" "$3" "$(rows "$2")"
	fi
}

# many WHAT COUNT NAME [FILTER]
many() {
	local n
	n=$(rows "$3" "${4:-}" | wc -l)
	if [ "$n" = "$2" ]; then
		pass "$1"
	else
		fail "$1" "$n rows, not $2" "$(rows "$3")"
	fi
}

mkdir "$TMP/w"
cd "$TMP/w" || exit
"$SYSREEL" record -q -w "$rec" -- "$prog" setup >/dev/null 2>"$TMP/err"
rc=$?
if ! "$SYSREEL" read -q "$rec" evt.type=io_uring_setup and evt.failed=false | grep -q .; then
	skip 'requests that end otherwise' 'io_uring is not to be had here'
	finish
fi
[ $rc = 0 ] || fail 'the program' "$(cat "$TMP/err")"

untold='evt.flags=untold and not evt.rawres exists and not evt.latency exists and evt.inflight=false'
for i in 1 2 3 4; do
	one "a success that is not told: $i of 4" 0x50$i "evt.type=io_uring_nop and $untold"
done
one 'one with memory: what it wrote' 0x505 \
	"evt.type=io_uring_write and evt.arg.buf='not told' and evt.arg.count=8 and $untold"
one 'a failure is told' 0x506 'evt.type=io_uring_openat and evt.res=ENOENT and evt.latency exists'
one 'the head of a chain fails' 0x507 'evt.type=io_uring_openat and evt.res=ENOENT'
one 'the rest of the chain' 0x508 "evt.type=io_uring_nop and $untold"
one 'and one behind it' 0x509 'evt.type=io_uring_nop and evt.rawres=0'
one 'one in whose place there is another' 0x50a "evt.type=io_uring_nop and $untold"
n=$("$SYSREEL" read -q "$rec" 'evt.type startswith io_uring_ and evt.flags=no_start and evt.res=EINVAL' | wc -l)
if [ "$n" = 1 ]; then
	pass 'that one was refused: nothing but its end is known'
else
	fail 'one that is refused' "$n rows, not 1"
fi
one 'a time linked to a request ends it' 0x511 'evt.res in (ECANCELED, EINTR)'
one 'the time itself' 0x512 'evt.type=io_uring_link_timeout and evt.res=ETIME'
one 'a request that is cancelled' 0x513 'evt.type=io_uring_read and evt.res in (ECANCELED, EINTR)'
one 'the one that does it' 0x514 'evt.type=io_uring_async_cancel and evt.rawres=0'
many 'of one that goes on, each result' 2 0x515 'evt.type=io_uring_poll_add and evt.rawres=1'
many 'and its end, with the ring' 1 0x515 'evt.res=ECANCELED or evt.inflight=true'
one 'one that ends with the ring' 0x516 'evt.res=ECANCELED or evt.inflight=true'
for i in 1 2 3 4 5 6 7 8; do
	one "no room for completions: $i of 8" 0x52$i 'evt.type=io_uring_nop and evt.rawres=0'
done
many 'the same of one name for all' 8 0x530 'evt.type=io_uring_nop'
one 'of a buffer that is lent, the request alone' 0x541 'evt.type=io_uring_send_zc and evt.rawres=64'

# record_until COMMAND...: record the program, do that, stop.
record_until() {
	local recorder
	rm -f "$rec"
	"$SYSREEL" record -q --pid "$pid" -w "$rec" 2>"$TMP/err" &
	recorder=$!
	wait_for 60 test -s "$rec"
	"$@"
	kill -TERM $recorder
	wait $recorder || fail 'recording' "$(cat "$TMP/err")"
}

go() {
	touch go
	wait_for 60 test -e 'done'
}

run_prog() { # WORD
	rm -f ready
	"$prog" "$1" &
	pid=$!
	wait_for 60 test -e ready
}

run_prog under_way
record_until go
kill "$pid"
wait "$pid" 2>/dev/null
inflight='evt.inflight=true and not evt.rawres exists and not evt.latency exists'
one 'under way at the end: a read' 0x551 \
	"evt.type=io_uring_read and fd.type=pipe and evt.arg.count=1 and $inflight"
one 'a time' 0x552 "evt.type=io_uring_timeout and $inflight"
many 'one that goes on: what it has told' 1 0x553 'evt.rawres=1'
many 'and that it goes on' 1 0x553 "$inflight"
one 'one whose success is not told' 0x554 "evt.type=io_uring_read and $untold"
one 'one that has succeeded so' 0x555 "evt.type=io_uring_nop and $untold"
one 'one that has ended' 0x556 'evt.type=io_uring_nop and evt.rawres=0 and not evt.flags exists'

# Stopped while requests come and go: each of them is told once. Of one from before nothing but its
# end is known.
run_prog rapid
twenty() { [ "$("$SYSREEL" read -q "$rec" -n 20 evt.type=io_uring_read 2>/dev/null | wc -l)" = 20 ]; }
bad=
for ((i = 0; i < TIMES; i++)); do
	record_until wait_for 60 twenty
	"$SYSREEL" read -q "$rec" -p '%evt.rawarg.user_data %evt.inflight' evt.type=io_uring_read >rapid.txt
	bad+=$(awk '{ if (last && $1 != last + 1) print "after", last, "comes", $0; last = $1 }
		END { if (NR < 20) print "only", NR, "requests" }' rapid.txt)
	grep -c true rapid.txt >>inflight.txt
done
kill "$pid"
wait "$pid" 2>/dev/null
if [ -z "$bad" ]; then
	pass "no request is missing or twice there ($(awk '{ n += $1 }
		END { print n + 0 }' inflight.txt) of $TIMES under way)"
else
	fail 'the last requests of a recording' "$bad"
fi
finish
