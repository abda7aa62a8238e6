#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The specification against the program: tests/reel.py, written from docs/reel-format.md alone,
# must see in capture files what the program's reader sees.
#   tests/check-reel-py.sh [FILE.reel...]     (besides those that it makes, and tests/files/good)
set -u
cd "${0%/*}/.." || exit 2
. tests/lib.sh
B=${B:-build}
new_tmp

command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
dump=$TMP/reel-dump
"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -I. ${SAN:+"-fsanitize=$SAN"} tests/reel-dump.c \
	"$B/libsysreel.a" -o "$dump" -lzstd -lxxhash -lcjson -lm || exit 1

compare() { # FILE NAME
	"$dump" "$1" >"$TMP/program" 2>"$TMP/err" && python3 tests/reel.py "$1" >"$TMP/python" 2>>"$TMP/err"
	local rc=$?
	if [ $rc != 0 ]; then
		fail "$2" "status $rc" "$(cat "$TMP/err")"
	elif ! cmp -s "$TMP/program" "$TMP/python"; then
		fail "$2" "$(diff "$TMP/program" "$TMP/python" | head -n 4 | cut -c 1-300)"
	else
		pass "$2 ($(wc -l <"$TMP/program") lines)"
	fi
}

for n in 0 1 2 50 700 5000; do
	if "$dump" make "$n" "$n" "$TMP/made.reel"; then
		compare "$TMP/made.reel" "four blocks of $n events"
	else
		fail "four blocks of $n events" "cannot be written"
	fi
done
for f in tests/files/good/*.reel "$@"; do
	[ -f "$f" ] && compare "$f" "$f"
done

# ---- what was cut out ----
: "${SYSREEL:=$B/sysreel}"
no_leak() { # FILE NAME
	"$SYSREEL" read -q "$1" -w "$TMP/cut.reel" "proc.name=$2" >/dev/null 2>"$TMP/err" &&
		python3 tests/leaks.py "$1" "$TMP/cut.reel" "$2" >"$TMP/err" 2>&1
	local rc=$?
	if [ $rc = 0 ]; then
		pass "$1 cut to $2 holds nothing of others"
	else
		fail "$1 cut to $2 holds nothing of others" "$(head -n 12 "$TMP/err")"
	fi
}

for f in tests/files/good/*.reel; do
	for name in $("$SYSREEL" read "$f" --state -p '%proc.name' 2>/dev/null | grep -v '[^a-zA-Z0-9_-]' |
		sort | uniq -c | sort -rn | awk 'NR <= 4 { print $2 }'); do
		no_leak "$f" "$name"
	done
done
# The test itself: a file that was not cut holds what others refer to.
if python3 tests/leaks.py tests/files/good/demo.reel tests/files/good/demo.reel sh >/dev/null 2>&1; then
	fail 'a file that was not cut is told from one that was'
else
	pass 'a file that was not cut is told from one that was'
fi
finish
