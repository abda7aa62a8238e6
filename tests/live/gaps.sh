#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No record is missing unnoticed: a log that something else writes into has a gap in that place.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
group=$v2/sysreel-test-gaps-$$
trap 'rmdir "$group" 2>/dev/null; rm -rf "$TMP"' EXIT
mkdir "$group" 2>/dev/null || {
	skip gaps 'no cgroup v2 to make cgroups in'
	finish
}
out=$(timeout -k 5 250 python3 tests/live/gaps.py "$SYSREEL" "$group" "$TMP/rec.reel" 2>&1)
rc=$?
if [ $rc = 0 ]; then
	pass 'whatever is damaged in a log is told as a gap in its place, with the exact number'
else
	fail 'whatever is damaged in a log is told as a gap in its place' "status $rc"
fi
printf '%s\n' "$out" | sed 's/^/        /'
finish
