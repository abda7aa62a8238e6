#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On a terminal, groups and chisels that tell at the end are shown every second meanwhile, in so many
# lines as it has; elsewhere they are not.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
loop='while :; do for f in 1 2 3 4 5 6 7 8 9; do cat /etc/passwd >/dev/null; done; sleep 0.05; done'

# shows NAME WORDS ARGUMENT...: screens with the words, none too long or wide, and the whole at last.
shows() {
	local name=$1 words=$2 why=
	shift 2
	timeout -k 5 150 python3 tests/live/refresh.py "$SYSREEL" live "$@" -- sh -c "$loop" >"$TMP/out"
	awk -v words="$words" '
		/^-- screen$/ { n++; lines = 0; next }
		{ lines++; last = $0 == "" ? last : $0 }
		n > 1 && index($0, words) { has[n] = 1 }
		/ so far; Ctrl-C ends$/ { so_far++; if (lines > 12) long = 1 }
		length($0) > 60 && so_far < 3 { wide = 1 }
		END {
			for (i in has) screens++
			if (screens < 3) print screens + 0 " screens with " words
			if (so_far < 3) print so_far + 0 " that tell how far it is"
			if (long) print "a screen is too long"
			if (wide) print "a line is too wide"
			if (last ~ /so far/) print "the last screen is not the answer"
		}' "$TMP/out" >"$TMP/why"
	why=$(cat "$TMP/why")
	if [ -z "$why" ]; then
		pass "$name"
	else
		fail "$name" "$why" "$(tail -n 30 "$TMP/out")"
	fi
}

shows 'groups' 'openat' --by evt.type,proc.name --count
shows 'a chisel that is a table' 'openat' -c topscalls
"$SYSREEL" live --by proc.name -n 50 -- sh -c "$loop" >"$TMP/out" 2>"$TMP/err"
if grep -q $'\033' "$TMP/out" || ! grep -q '^50 events in ' "$TMP/out"; then
	fail 'not where nobody looks' "$(cat "$TMP/out" "$TMP/err")"
else
	pass 'not where nobody looks'
fi
finish
