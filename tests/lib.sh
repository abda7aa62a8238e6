# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Counting and small helpers for test scripts. A script sources this, calls pass, fail and skip,
# and ends with `finish`, which prints "N passed, N failed[, N skipped]" and sets the exit status.

npass=0 nfail=0 nskip=0

pass() { # NAME
	npass=$((npass + 1))
	printf 'ok      %s\n' "$1"
}

fail() { # NAME [WHY...]: the reasons are shown indented
	nfail=$((nfail + 1))
	printf 'FAILED  %s\n' "$1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/        /'
}

skip() { # NAME WHY
	nskip=$((nskip + 1))
	printf 'skipped %s: %s\n' "$1" "$2"
}

finish() {
	local tail=
	[ "$nskip" = 0 ] || tail=", $nskip skipped"
	printf '%d passed, %d failed%s\n' "$npass" "$nfail" "$tail"
	[ "$nfail" = 0 ]
	exit
}

# add_counts TEXT: take over the counts that a part's last line tells. False if it tells none.
add_counts() {
	local line
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' <<<"$1" | tail -n 1)
	[ -n "$line" ] || return 1
	[[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]
	npass=$((npass + BASH_REMATCH[1]))
	nfail=$((nfail + BASH_REMATCH[2]))
	nskip=$((nskip + ${BASH_REMATCH[4]:-0}))
}

# once_more NAME: it failed; may it have another try? The machine of CI is shared and slow, and a
# test that passes only then is told of in the sum: AGAIN=1. Elsewhere a failure is one.
once_more() {
	[ -n "${AGAIN:-}" ] || return 1
	printf 'again   %s: it failed once\n' "$1"
}

# new_tmp: a folder that goes away with the script, in $TMP.
new_tmp() {
	TMP=$(mktemp -d "${TMPDIR:-/tmp}/sysreel-test.XXXXXX")
	trap 'rm -rf "$TMP"' EXIT
}

# wait_for SECONDS COMMAND...: until it succeeds. False at the deadline.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}
