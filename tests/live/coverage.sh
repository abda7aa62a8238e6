#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which system calls the programs of tests/live make, with success and with failure: the rows of
# the table that none makes are told, and fail nothing.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}"
progs=$(realpath "$B")/tests/live
export LC_ALL=C

for p in "$progs"/*; do
	case $p in *.d) continue ;; esac
	rm -rf "$TMP/w"
	mkdir "$TMP/w"
	(cd "$TMP/w" && timeout -k 2 30 "$p" </dev/null 2>/dev/null) >>"$TMP/lines"
done
column=3
[ "$(uname -m)" = x86_64 ] && column=2
awk -F'[(, ]+' -v c=$column '/^SR_SYSCALL/ && $(c + 1) >= 0 { print $2 }' formats/syscalls.def |
	sort -u >"$TMP/rows"
# called PATTERN: the rows that a line with such a result is of.
called() {
	grep -E -- "$1" "$TMP/lines" | sed 's/(.*//' | sort -u | comm -12 - "$TMP/rows"
}
called '\) = ' >"$TMP/any"
rows=$(wc -l <"$TMP/rows")
any=$(wc -l <"$TMP/any")
printf 'without a live test: %s\n' "$(comm -23 "$TMP/rows" "$TMP/any" | paste -sd' ')" | fold -sw 100
fails=$(called '\) = -1 E[A-Z]+' | wc -l)
succeeds=$(called '\) = [^-]' | wc -l)
if [ "$any" -gt 0 ]; then
	pass "$any of $rows system calls have a live test: $succeeds with success, $fails with failure"
else
	fail 'no program said anything' "$(ls "$progs")"
fi
finish
