#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tab key, in the shells themselves.
set -u
. "${0%/*}/lib.sh"

for shell in bash zsh; do
	if ! command -v $shell >/dev/null; then
		skip "completion in $shell" "$shell is not installed"
		continue
	fi
	out=$(python3 tests/complete.py $shell "$SYSREEL" 2>&1)
	printf '%s\n' "$out" | grep -v '^[0-9]* passed'
	add_counts "$out" || fail "completion in $shell" "$out"
done
finish
