#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs test scripts one after the other and sums up. A script tells its counts in its last line;
# one that does not is one test, passed with status 0, skipped with 77 (its last line: why).
#   tests/scripts.sh SCRIPT...
set -u
. "${0%/*}/lib.sh"
new_tmp

# A job in the background of a script ignores SIGINT, and so would all that it starts: the scripts
# get it back, some test what it does. (Not in a guest: busybox cannot do that.)
signals=()
env --default-signal=INT true 2>/dev/null && signals=(env --default-signal=INT --default-signal=QUIT)
run_script() { # leaves its output in $out, its status in $rc
	timeout -k 10 "${SCRIPT_TIMEOUT:-600}" "${signals[@]}" "$script" 2>&1 </dev/null |
		tee "$TMP/out"
	rc=${PIPESTATUS[0]}
	out=$(cat "$TMP/out")
}

for script; do
	printf -- '-- %s\n' "${script#tests/}"
	run_script
	if [ "$rc" != 0 ] && [ "$rc" != 77 ] && once_more "${script#tests/}"; then
		run_script
	fi
	before=$nfail
	if add_counts "$out"; then
		[ "$rc" = 0 ] || [ "$nfail" != "$before" ] || fail "$script" "status $rc"
	elif [ "$rc" = 77 ]; then
		skip "$script" "$(tail -n 1 <<<"$out")"
	elif [ "$rc" = 0 ]; then
		pass "$script"
	else
		fail "$script" "status $rc$([ "$rc" != 124 ] || echo ' (deadline)')"
	fi
done
finish
