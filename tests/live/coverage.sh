#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which system calls the programs of tests/live make, with success and with failure: the rows of
# the table that none makes are named, and are a failure.
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
	(cd "$TMP/w" && timeout -k 2 120 "$p" </dev/null 2>/dev/null) >>"$TMP/lines"
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
fails=$(called '\) = -1 E[A-Z]+' | wc -l)
succeeds=$(called '\) = [^-]' | wc -l)
missing=$(comm -23 "$TMP/rows" "$TMP/any")
if [ -z "$missing" ]; then
	pass "$any of $rows system calls have a live test: $succeeds with success, $fails with failure"
else
	fail 'every system call has a live test' "without: $(paste -sd' ' <<<"$missing" | fold -sw 90)"
fi
finish
