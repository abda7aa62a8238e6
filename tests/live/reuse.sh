#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No event carries another file's, thread's or program's name, however fast these are reused:
# reuse.c says with each call how its file is called, reuse.awk compares.
#   SECS=60 for longer
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
prog=$(realpath "$B")/tests/live/reuse

mkdir "$TMP/w"
"$SYSREEL" record --buffer 64 -w "$TMP/rec.reel" -- "$prog" "$TMP/w" "${SECS:-3}" \
	>"$TMP/marks" 2>"$TMP/err" || fail 'recording' "$(cat "$TMP/err")"
calls=$'%thread.tid\t%evt.type\t%evt.rawarg.offset\t%fd.name\t%proc.cmdline'
"$SYSREEL" read "$TMP/rec.reel" 'evt.type in (lseek, close)' -p "$calls" >"$TMP/calls"
lost=$("$SYSREEL" read "$TMP/rec.reel" -p '%evt.arg.count' evt.type=lost |
	awk '{ n += $1 } END { print n + 0 }')
check() { # CALLS
	awk -v dir="$TMP/w" -v marks="$(cat "$TMP/marks")" -v lost="$lost" \
		-f tests/live/reuse.awk "$1" >"$TMP/out"
}
if check "$TMP/calls"; then
	pass "every name is right: $(cat "$TMP/out")"
else
	fail 'every name is right' "$(cat "$TMP/out")"
	[ -z "${KEEP:-}" ] || cp "$TMP/rec.reel" "$KEEP/reuse.reel"
fi
awk -F'\t' -v OFS='\t' '!done && $4 ~ /\/t[0-9]\/n/ { $4 = $4 "0"; done = 1 } 1' \
	"$TMP/calls" >"$TMP/wrong"
if check "$TMP/wrong"; then
	fail 'one wrong name is noticed' "$(cat "$TMP/out")"
else
	pass 'one wrong name is noticed'
fi
finish
