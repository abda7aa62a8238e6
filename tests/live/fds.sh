#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Descriptors are followed: what fds.py says of its own in its system calls is what the fields say
# of it there. So it is with several threads, from some time on, and when a filter asks while
# recording. Another seed: SEED=7 make check-live T=fds
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}" "${SEED:=1}"
rec=$TMP/rec.reel

check() { # NAME CONDITION-COMMAND...
	local name=$1
	shift
	if "$@"; then
		pass "$name"
	else
		fail "$name" "$(tail -n 15 "$TMP/err" 2>/dev/null)"
	fi
}

if ! command -v python3 >/dev/null; then
	skip fds 'there is no python3'
	finish
fi

# differ FORMAT FILTER: rows in $TMP/rows, those whose two values differ in $TMP/err; true if none do
differ() {
	"$SYSREEL" read "$rec" -p "$1" "$2" >"$TMP/rows" 2>"$TMP/err"
	awk -F'\t' '$2 != $3' "$TMP/rows" >>"$TMP/err"
	[ -s "$TMP/rows" ] && ! [ -s "$TMP/err" ]
}

"$SYSREEL" record -w "$rec" -- python3 -S tests/live/fds.py "$SEED" >"$TMP/said" 2>"$TMP/err" </dev/null
check 'the program runs' test $? = 0
n=$(wc -l <"$TMP/said")
said='evt.type=lseek and fd.num=-1'

check "open descriptors are counted ($n times)" differ \
	'%evt.num\t%evt.rawarg.offset\t%proc.fdopencount' "$said and evt.rawarg.whence=0"
check 'each time' test "$(wc -l <"$TMP/rows")" = "$n" -a "$n" -gt 60
check 'what is allowed is known' differ \
	'%evt.num\t%evt.rawarg.offset\t%proc.fdlimit' "$said and evt.rawarg.whence=1"
for fd in 0:stdin 1:stdout 2:stderr; do
	check "proc.${fd#*:}.name" differ "%evt.num\t%evt.rawarg.path\t/no/such/std/${fd%:*}/%proc.${fd#*:}.name" \
		"evt.type=rmdir and evt.rawarg.path startswith /no/such/std/${fd%:*}/"
done
"$SYSREEL" read "$rec" -p '%evt.num\t%evt.rawarg.path' 'evt.rawarg.path startswith /no/such/type/' |
	while IFS=/ read -r num _ _ _ fd kind; do
		echo "${num%%[!0-9]*}	($kind)	$("$SYSREEL" read "$rec" -p "%fd.types[$fd]" \
			"evt.num=${num%%[!0-9]*}")"
	done | sed 's/(<NA>)/<NA>/' >"$TMP/rows"
check 'so is what each is' test -s "$TMP/rows" -a -z "$(awk -F'\t' '$2 != $3' "$TMP/rows" | tee "$TMP/err")"

line='%evt.num %proc.fdopencount %proc.fdusage %proc.stdin.name %fd.types'
"$SYSREEL" read "$rec" -p "$line" --threads 1 >"$TMP/one"
"$SYSREEL" read "$rec" -p "$line" --threads 4 >"$TMP/four"
check 'with four threads as with one' cmp "$TMP/one" "$TMP/four"
at=$("$SYSREEL" read "$rec" -p '%evt.rawtime' "$said" | sed -n '50p')
"$SYSREEL" read "$rec" -p "$line" "evt.rawtime >= $at" >"$TMP/late"
check 'from some time on' cmp "$TMP/late" <(tail -n "$(wc -l <"$TMP/late")" "$TMP/one")

"$SYSREEL" record -w "$TMP/f.reel" "$said and evt.rawarg.whence=0 and proc.fdopencount > 8" -- \
	python3 -S tests/live/fds.py "$SEED" >"$TMP/said" 2>"$TMP/err" </dev/null
"$SYSREEL" read "$TMP/f.reel" -p '%evt.rawarg.offset' >"$TMP/recorded" 2>>"$TMP/err"
check 'asked while recording' cmp <(sort -n "$TMP/recorded") <(awk '$1 > 8' "$TMP/said" | sort -n)
check 'what such a recording lacks is not guessed' test "$(
	"$SYSREEL" read "$TMP/f.reel" -p '%proc.fdopencount %proc.stdin.name' -n 1)" = '<NA> <NA>'
finish
