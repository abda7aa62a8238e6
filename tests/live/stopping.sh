#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Recording begins and is stopped while calls are made as fast as possible: the first and the last
# ones are told once, by their result or as being in flight, and with their own arguments.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}" "${TIMES:=8}"

# It says how many calls it has made, and makes none for that.
python3 - "$TMP/made" <<-'END' &
	import mmap, os, struct, sys
	fd = os.open('/dev/zero', os.O_RDONLY)
	with open(sys.argv[1], 'w+b') as f:
	    f.truncate(8)
	    made = mmap.mmap(f.fileno(), 8)
	i = 0
	while True:
	    i += 1
	    os.lseek(fd, i, os.SEEK_SET)
	    os.getpriority(os.PRIO_PROCESS, 0)
	    struct.pack_into('=Q', made, 0, i)
END
pid=$!
made() { od -An -td8 "$TMP/made" | tr -d ' '; }
has_made() { [ -s "$TMP/made" ] && [ "$(made)" -ge "$1" ]; }
wait_for 60 has_made 1

# once: what is wrong with the calls of one recording, if anything; counts those in flight.
once() {
	local recorder
	rm -f "$TMP/rec.reel"
	"$SYSREEL" record -q --pid "$pid" -w "$TMP/rec.reel" evt.type=lseek 2>"$TMP/err" &
	recorder=$!
	wait_for 60 test -s "$TMP/rec.reel"
	wait_for 60 has_made $(($(made) + 10000))
	kill -INT $recorder
	wait $recorder || { cat "$TMP/err"; return; }
	"$SYSREEL" read -q "$TMP/rec.reel" -p '%evt.inflight %evt.arg.offset' evt.type=lseek >"$TMP/rows"
	awk '{ if (NR > 1 && $2 != last + 1) print "after", last, "comes", $0; last = $2 }
		END { if (NR < 100) print "only", NR, "calls" }' "$TMP/rows"
	grep -c true "$TMP/rows" >>"$TMP/inflight"
}

bad=
for ((i = 0; i < TIMES; i++)); do
	bad+=$(once)
done
kill "$pid"
wait "$pid" 2>/dev/null
if [ -z "$bad" ]; then
	pass "no call is missing, twice there, or has another one's arguments ($(awk '{ n += $1 }
		END { print n + 0 }' "$TMP/inflight") of $TIMES in flight)"
else
	fail 'the first and last calls of a recording' "$bad"
fi
finish
