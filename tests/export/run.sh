#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What we export as .scap, sysdig and tshark read as we do: the recordings that are kept, and, where
# this machine can record, the programs of tests/live, and commands at work, recorded now.
#   tests/export/run.sh [NAME...]     KEEP=DIR keeps the recordings that differ
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
SYSREEL=$(realpath "$SYSREEL")
export TZ=UTC LC_ALL=C.UTF-8
progs=$(realpath "$B")/tests/live
here=$PWD/tests/export

for tool in sysdig tshark python3; do
	command -v "$tool" >/dev/null && continue
	if [ -n "${CI:-}" ]; then
		fail "the export" "$tool is not installed"
		finish
	fi
	echo "skipped: $tool is not installed"
	exit 77
done

compare() { # NAME CAPTURE
	local out before=$nfail
	out=$(python3 tests/export/compare.py "$SYSREEL" "$2" 2>&1)
	if ! add_counts "$out"; then
		fail "$1" "$out"
	elif [ "$nfail" = "$before" ]; then
		printf 'ok      %s: %s\n' "$1" "${out##*$'\n'}"
	else
		printf '%s\n' "$out"
		[ -z "${KEEP:-}" ] || cp "$2" "$KEEP/$1.reel"
	fi
}

record() { # NAME COMMAND...
	local name=$1 why
	shift
	mkdir -p "$TMP/w"
	if why=$(cd "$TMP/w" && timeout -k 5 200 "$SYSREEL" record -w ../rec.reel -- "$@" 2>&1 \
		>/dev/null </dev/null); then
		compare "$name" "$TMP/rec.reel"
	else
		fail "recording $name" "$why"
	fi
	rm -rf "$TMP/w" "$TMP/rec.reel"
}

wanted() { # NAME, of those that were asked for
	[ ${#names[@]} = 0 ] || [[ " ${names[*]} " == *" $1 "* ]]
}

names=("$@")
for f in tests/files/good/*.reel; do
	name=${f##*/}
	case $name in east* | west* | both*) continue ;; esac # of several hosts
	wanted "${name%.reel}" && compare "${name%.reel}" "$f"
done
if [ "$(id -u)" != 0 ] || [ ! -e /sys/kernel/btf/vmlinux ]; then
	skip 'recordings made now' 'not root, or a kernel without BTF'
	finish
fi
wanted shell && record shell sh "$here/workload.sh"
wanted server && record server /usr/bin/python3 -I -S "$here/workload.py"
for p in files procs signals; do
	wanted "$p" && record "$p" "$progs/$p"
done
finish
