#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Property 1, accounted and fair: one cgroup floods reads on all CPUs while the recorder is kept
# from draining a small buffer, another does a little. Nothing of the gentle one is lost and no
# critical event of the flooder, and what was recorded and what was told to be lost add up to
# what an independent program counted, per cgroup and class. It counts calls; signals that are sent
# are left out, being of a class of calls.
set -u
. tests/lib.sh
new_tmp
flood=$(realpath "$B/tests/flood/flood")
v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
gentle=$v2/sysreel-test-gentle-$$ flooded=$v2/sysreel-test-flooded-$$
trap 'rmdir "$gentle" "$flooded" 2>/dev/null; rm -rf "$TMP"' EXIT
mkdir "$gentle" "$flooded" || {
	skip flood 'no cgroup v2 to make cgroups in'
	finish
}

"$SYSREEL" record -w "$TMP/rec.reel" --buffer 4 --cgroup "$gentle" --cgroup "$flooded" \
	evt.type!=signalgenerate 2>"$TMP/err" &
recorder=$!
wait_for 60 test -s "$TMP/rec.reel" || fail 'recording begins' "$(cat "$TMP/err")"
# while the recorder is stopped, the logs fill up
(
	while sleep 0.1 && kill -STOP $recorder; do
		sleep 0.25
		kill -CONT $recorder
	done
) 2>/dev/null &
stopper=$!
"$flood" "$gentle" "$flooded" 1000000 60 >"$TMP/counts" || fail 'the flood' 'see above'
kill $stopper && wait $stopper 2>/dev/null
kill -CONT $recorder
kill -TERM $recorder && wait $recorder

"$SYSREEL" read "$TMP/rec.reel" -p '%container.cgroup %evt.type' \
	"evt.type in ($(cut -d' ' -f2 "$TMP/counts" | sort -u | paste -sd,))" \
	>"$TMP/events"
"$SYSREEL" read "$TMP/rec.reel" -p '%container.cgroup %evt.arg.class %evt.lost' evt.type=lost \
	>"$TMP/losses"
if out=$(python3 tests/live/flood.py "$TMP/counts" "$TMP/events" "$TMP/losses" \
	"/${gentle##*/}" "/${flooded##*/}"); then
	pass 'a flood takes nothing from others and nothing critical, and all of it is accounted for'
else
	fail 'a flood takes nothing from others and nothing critical, and is accounted for' "$out" \
		"$(cat "$TMP/err")"
fi
printf '%s\n' "$out" | sed 's/^/        /'
finish
