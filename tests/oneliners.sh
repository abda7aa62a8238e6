#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Groups of the command line are what one counts by hand, see oneliners.py.
set -u
. "${0%/*}/lib.sh"
: "${B:=build}" "${SYSREEL:=$B/sysreel}"

for f in demo chisels both retro; do
	if out=$(tests/oneliners.py "$SYSREEL" "tests/files/good/$f.reel" 60 2>&1); then
		pass "$f.reel: $out"
	else
		fail "$f.reel" "$out"
	fi
done
finish
