#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Live tests: programs of tests/live/*.c are recorded, each in a cgroup of its own, and what they
# say they did is compared with what sysreel shows; then the scripts tests/live/*.sh run.
#   tests/live/run.sh [NAME...]      from the project's root, as root
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
SYSREEL=$(realpath "$SYSREEL")
export B SYSREEL TZ=UTC LC_ALL="${LC_ALL:-C.UTF-8}" NO_COLOR=1
progs=$(realpath "$B")/tests/live
awkfile=$PWD/tests/live/match.awk

# record_prog NAME: leaves rec.reel, expected and got in $TMP/NAME.
record_prog() {
	local d=$TMP/$1 rc
	rm -rf "$d"
	mkdir -p "$d/w"
	(cd "$d/w" && timeout -k 5 500 "$SYSREEL" record -w ../rec.reel -- "$progs/$1" \
		>../expected 2>../record.err </dev/null)
	rc=$?
	[ $rc = 0 ] || {
		echo "sysreel record: status $rc"
		cat "$d/record.err"
		return 1
	}
	"$SYSREEL" verify "$d/rec.reel" >"$d/verify.out" 2>&1 || {
		echo "sysreel verify: status $?"
		cat "$d/verify.out"
		return 1
	}
	"$SYSREEL" read "$d/rec.reel" -p '%evt.call' >"$d/got" 2>"$d/read.err" || {
		echo "sysreel read: status $?"
		cat "$d/read.err"
		return 1
	}
	[ -s "$d/expected" ] || {
		echo "$1 expects nothing"
		return 1
	}
}

matches() { # NAME: or says what does not
	record_prog "$1" && awk -f "$awkfile" "$TMP/$1/expected" "$TMP/$1/got"
}

prog() { # NAME
	local why
	if why=$(matches "$1") || { printf '%s\n' "$why" && once_more "$1" && why=$(matches "$1"); }; then
		pass "$1 ($(wc -l <"$TMP/$1/expected") calls)"
	else
		fail "$1" "$why"
		[ -z "${KEEP:-}" ] || cp -r "$TMP/$1" "$KEEP/"
	fi
}

wanted() { # NAME PATTERN...
	local name=$1 p
	shift
	[ $# = 0 ] && return 0
	for p; do
		[ "$p" = "$name" ] && return 0
	done
	return 1
}

if [ "$(id -u)" != 0 ]; then
	if [ -n "${CI:-}" ]; then
		fail live 'live tests need root, and this is CI'
	else
		skip live 'recording needs root (or CAP_BPF and CAP_PERFMON)'
	fi
	finish
fi

for src in tests/live/*.c; do
	name=${src##*/}
	name=${name%.c}
	wanted "$name" "$@" && prog "$name"
done
scripts=()
for s in tests/live/*.sh; do
	name=${s##*/}
	name=${name%.sh}
	[ "$name" != run ] && wanted "$name" "$@" && scripts+=("$s")
done
if [ ${#scripts[@]} != 0 ]; then
	tests/scripts.sh "${scripts[@]}" | tee "$TMP/scripts.out" | sed '$d'
	add_counts "$(tail -n 1 "$TMP/scripts.out")" || fail scripts 'did not come to their end'
fi
finish
