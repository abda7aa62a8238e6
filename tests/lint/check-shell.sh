#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No complaint of shellcheck about any script, and those that are to be started can be.
set -u
. "${0%/*}/files.sh"

command -v shellcheck >/dev/null || {
	echo "shellcheck is not installed (make deps)"
	exit 77
}
# SC1090, SC1091: sourced files are not followed; they are checked on their own.
# SC2317: functions that are called by name, through a parameter.
# SC2016: programs for other shells stand in single quotes.
# SC2034, SC2154: variables are used and set by the sourced file.
codes=SC1090,SC1091,SC2016,SC2034,SC2119,SC2120,SC2154,SC2317
bad=0
while IFS= read -r f; do
	# A file to be sourced says nothing of its shell: then it must be plain enough for any.
	dialect=()
	head -n 1 "$f" | grep -q '^#!' || grep -q '^# shellcheck shell=' "$f" || dialect=(-s sh)
	if [ "$(head -c 2 "$f")" = '#!' ] && [ ! -x "$f" ]; then
		echo "$f begins with #! but cannot be started: chmod +x"
		bad=1
	fi
	shellcheck -f gcc -e "$codes" "${dialect[@]}" "$f" || bad=1
done < <(scripts)
exit $bad
