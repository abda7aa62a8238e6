#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A recorded command begins with its execve: how its process waited to begin is none of its calls.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"

begins() { # NAME FILTER WORDS...: the first row that is no state is execve, or of type $type
	local name=$1 first
	shift
	"$SYSREEL" record -q -w "$TMP/rec.reel" "$@" -- sh -c 'read line; echo "$line"' <<<word \
		>"$TMP/out" 2>"$TMP/err"
	first=$("$SYSREEL" read "$TMP/rec.reel" -n 1 -p '%evt.type %proc.name %evt.arg[0]' \
		'evt.type in (read, execve)')
	case $first in
	"$expected"*) pass "$name" ;;
	*) fail "$name" "the first row: $first" "$(cat "$TMP/err")" ;;
	esac
}
expected='execve sh'
begins 'a recording begins with execve'
begins 'without durations, too' --no-latency
begins 'and on raw tracepoints' --hook raw_tp
expected='read sh'
begins 'the reads of the command are all there' evt.type=read
n=$("$SYSREEL" read "$TMP/rec.reel" 'evt.type=read and fd.num=0 and evt.rawres=1' | wc -l)
if [ "$n" = 5 ]; then # a shell reads byte by byte
	pass 'each of them'
else
	fail 'each of them' "$n in place of 5" "$("$SYSREEL" read "$TMP/rec.reel")"
fi
finish
