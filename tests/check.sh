#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs parts of the tests (make check-PART), goes on when one fails, and sums up.
set -u
. "${0%/*}/lib.sh"
new_tmp

declare -A line secs
: >"$TMP/again"
for part; do
	printf '== %s\n' "$part"
	start=$SECONDS
	"${MAKE:-make}" --no-print-directory "check-$part" 2>&1 | tee "$TMP/out"
	rc=${PIPESTATUS[0]}
	out=$(cat "$TMP/out")
	sed -n "s/^again   /&$part: /p" "$TMP/out" >>"$TMP/again"
	secs[$part]=$((SECONDS - start))
	before=$nfail
	add_counts "$out" || true
	line[$part]=$(grep -E '^[0-9]+ passed, [0-9]+ failed' <<<"$out" | tail -n 1)
	if [ "$rc" != 0 ] && [ "$nfail" = "$before" ]; then
		nfail=$((nfail + 1))
		line[$part]="did not run to its end (make check-$part: status $rc)"
	fi
done

echo '== all'
for part; do
	printf '%-8s %4d s  %s\n' "$part" "${secs[$part]}" "${line[$part]}"
done
cat "$TMP/again"
finish
