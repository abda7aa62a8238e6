#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No C file above 1000 lines, no function above 80 (tests may have long tables), no line of a script above 120 columns.
set -u
. "${0%/*}/files.sh"

bad=0
while IFS= read -r f; do
	n=$(wc -l <"$f")
	[ "$n" -le 1000 ] || { echo "$f: $n lines, 1000 are the limit"; bad=1; }
	case $f in tests/*) continue ;; esac
	# In our brace style a '{' in the first column begins a function, and nothing else.
	awk -v f="$f" '/^\{/ {start = FNR}
		/^\}/ && start {
			if (FNR - start - 1 > 80) {
				print f ":" start ": a function of " FNR - start - 1 " lines, 80 are the limit"
				bad = 1
			}
			start = 0
		}
		END {exit bad}' "$f" || bad=1
done < <(files '*.c' '*.h')
while IFS= read -r f; do
	expand -t 8 "$f" | awk -v f="$f" 'length > 120 {print f ":" NR ": " length " columns"; bad = 1}
		END {exit bad}' || bad=1
done < <(scripts)
exit $bad
