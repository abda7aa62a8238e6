#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Golden tests: what a command prints, byte by byte. A case is a folder
#   tests/golden/AREA/CASE/  cmd     a shell line; $SYSREEL is the program, the folder is the root
#                            stdout  what it must print (no file: nothing)
#                            stderr  the same of the standard error
#                            exit    its exit status (no file: 0)
#   tests/golden/run.sh [AREA[/CASE]...]      UPDATE=1 writes what is printed now.
set -u
. tests/lib.sh
new_tmp
: "${SYSREEL:=build/sysreel}"
export SYSREEL TZ=UTC LC_ALL=C.UTF-8 COLUMNS=100 TERM=dumb NO_COLOR=1 TMP

[ -x "$SYSREEL" ] || {
	echo "$SYSREEL: not built" >&2
	exit 2
}

# put FILE DEFAULT: write the new expectation, or no file where it is the default.
put() {
	if [ "$(cat "$TMP/${1##*/}")" = "$2" ]; then
		rm -f "$1"
	else
		cp "$TMP/${1##*/}" "$1"
	fi
}

# differs FILE DEFAULT: print how the result differs from the expectation; false if it does not.
differs() {
	local want=$1
	if [ ! -f "$want" ]; then
		want=$TMP/default
		printf '%s' "$2" >"$want"
	fi
	cmp -s "$want" "$TMP/${1##*/}" && return 1
	diff -u --label "expected ${1##*/}" --label "printed" "$want" "$TMP/${1##*/}" | head -n 40
}

run_case() { # FOLDER
	local d=$1 why
	timeout -k 5 200 bash -c "$(cat "$d/cmd")" >"$TMP/stdout" 2>"$TMP/stderr" </dev/null
	echo $? >"$TMP/exit"
	if [ -n "${UPDATE:-}" ]; then
		put "$d/stdout" ''
		put "$d/stderr" ''
		put "$d/exit" 0
		pass "${d#tests/golden/}"
		return
	fi
	why=$(
		differs "$d/stdout" ''
		differs "$d/stderr" ''
		differs "$d/exit" "0
"
	)
	if [ -z "$why" ]; then
		pass "${d#tests/golden/}"
	else
		fail "${d#tests/golden/}" "$(cat "$d/cmd")" "$why"
	fi
}

wanted() { # FOLDER PATTERN...
	local d=${1#tests/golden/} p
	shift
	[ $# = 0 ] && return 0
	for p; do
		[[ $d == "$p" || $d == "$p"/* ]] && return 0
	done
	return 1
}

for c in tests/golden/*/*/cmd; do
	[ -f "$c" ] || continue
	wanted "${c%/cmd}" "$@" && run_case "${c%/cmd}"
done
[ $((npass + nfail)) != 0 ] || fail 'golden cases' 'there are none that match'
finish
