#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A filter gives the same answer while recording, where the kernel decides a part of it, as on
# reading: expressions that are written down and random ones. More of these:
#   PUSHDOWN=500 SEED=7 make check-live T=pushdown
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}" "${PUSHDOWN:=8}" "${SEED:=1}"

if ! command -v python3 >/dev/null; then
	skip pushdown 'there is no python3'
elif ! [ -w /sys/fs/cgroup/cgroup.procs ] && ! [ -w /sys/fs/cgroup/unified/cgroup.procs ]; then
	skip pushdown 'no cgroup v2 hierarchy that can be written to'
elif python3 tests/live/pushdown.py "$SYSREEL" "$PUSHDOWN" "$SEED" >"$TMP/out" 2>&1; then
	pass "the same answer: $(tail -n 1 "$TMP/out")"
else
	fail 'the same answer' "$(cat "$TMP/out")"
fi
finish
