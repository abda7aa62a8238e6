#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs unit test programs: one line each, and all that a failing one said.
#   tests/unit.sh PROGRAM...
set -u
. "${0%/*}/lib.sh"
new_tmp

# count WORD: sum of cmocka's closing lines "[  WORD  ] N test(s)..."
count() {
	awk -v re="^\\\\[ +$1 +\\\\] [0-9]+ test" '$0 ~ re {
		sub(/^[^0-9]*/, "")
		n += $1
	} END {print n + 0}' "$log"
}

for prog; do
	name=${prog##*/}
	log=$TMP/$name
	TZ=UTC timeout -k 5 "${UNIT_TIMEOUT:-300}" "$prog" >"$log" 2>&1
	rc=$?
	good=$(count PASSED)
	bad=$(count FAILED)
	skips=$(count SKIPPED)
	npass=$((npass + good))
	nskip=$((nskip + skips))
	if [ $rc = 0 ] && [ "$bad" = 0 ] && [ "$good" != 0 ]; then
		printf 'ok      %-24s %s tests\n' "$name" "$good"
		sed -n 's/^\[  SKIPPED \] \([^0-9].*\)/skipped \1/p' "$log" | sort -u
		continue
	fi
	[ "$bad" != 0 ] || bad=1
	nfail=$((nfail + bad))
	printf 'FAILED  %-24s status %d%s\n' "$name" $rc "$([ $rc != 124 ] || echo ' (deadline)')"
	grep -v '^\[\( RUN      \|       OK \)\]' "$log" | sed 's/^/        /'
done
finish
