#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No C file above 1000 lines, no line above 100 columns where clang-format does not look.
set -u
. "${0%/*}/files.sh"

bad=0
while IFS= read -r f; do
	n=$(wc -l <"$f")
	[ "$n" -le 1000 ] || { echo "$f: $n lines, 1000 are the limit"; bad=1; }
done < <(files '*.c' '*.h')
while IFS= read -r f; do
	expand -t 8 "$f" | awk -v f="$f" 'length > 110 {print f ":" NR ": " length " columns"; bad = 1}
		END {exit bad}' || bad=1
done < <(scripts)
exit $bad
