#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two files of one call never get each other's name, even if they share a place in the driver's
# table: collide.c makes a call with every pair of 224 files, each called as its number.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
prog=$(realpath "$B")/tests/live/collide

mkdir "$TMP/w"
# some rounds: which pairs share a place hangs on addresses
for round in 1 2 3 4; do
	(cd "$TMP/w" && "$(realpath "$SYSREEL")" record -w ../rec.reel -- "$prog" >/dev/null 2>../err) ||
		fail "recording, round $round" "$(cat "$TMP/err")"
	"$SYSREEL" read "$TMP/rec.reel" -p '%evt.call' evt.type=sendfile >>"$TMP/calls"
	"$SYSREEL" read "$TMP/rec.reel" 'evt.type in (sendmmsg, recvmmsg) and evt.buflen exists' \
		>>"$TMP/counted" 2>/dev/null
	rm -rf "$TMP/w" "$TMP/rec.reel"
	mkdir "$TMP/w"
done
total=$(wc -l <"$TMP/calls")
wrong=$(grep -cvE '^sendfile\(([0-9]+)<[^>]*/f\1>, ([0-9]+)<[^>]*/f\2>, ' "$TMP/calls")
if [ "$total" = $((4 * 224 * 223 / 2)) ] && [ "$wrong" = 0 ]; then
	pass "both names of $total calls are right"
else
	fail "both names of $total calls are right" "$wrong are not, such as:" \
		"$(grep -vE '^sendfile\(([0-9]+)<[^>]*/f\1>, ([0-9]+)<[^>]*/f\2>, ' "$TMP/calls" | head -5)"
fi
if [ -s "$TMP/counted" ]; then
	fail 'a number of messages is not taken for bytes' "$(head -n 3 "$TMP/counted")"
else
	pass 'a number of messages is not taken for bytes'
fi
finish
