#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy with .clang-tidy over sources, two at a time.
#   tests/lint/tidy.sh FILE.c... -- COMPILER-FLAG...
set -u
. tests/lib.sh
new_tmp

files=()
while [ $# != 0 ] && [ "$1" != -- ]; do
	files+=("$1")
	shift
done
[ $# = 0 ] || shift
one() {
	local f=$1
	shift
	clang-tidy --quiet "$f" -- "$@" >"$TMP/${f//\//_}" 2>/dev/null && return
	grep -E '(warning|error):' "$TMP/${f//\//_}"
	return 1
}
export -f one
export TMP
if printf '%s\0' "${files[@]}" | xargs -0 -P 2 -I{} bash -c 'one "$@"' - {} "$@"; then
	pass "clang-tidy, ${#files[@]} files"
else
	fail "clang-tidy, ${#files[@]} files"
fi
finish
