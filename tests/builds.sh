#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The eBPF programs compile with each clang that is installed, for each architecture, and what
# another clang than the usual one made loads as well (in guests too: tests/guest).
#   tests/builds.sh      from the project's root; $B as make sets it
set -u
. tests/lib.sh
new_tmp
: "${B:=build}"

for clang in clang-14 clang-19; do
	if ! command -v $clang >/dev/null; then
		skip "programs compile with $clang" 'it is not installed (make deps)'
		continue
	fi
	for arch in x86 arm64; do
		objs=("$TMP/$clang-$arch"/driver-bpf/sysreel{,_untyped,_raw}.bpf.o)
		if out=$("${MAKE:-make}" --no-print-directory B="$TMP/$clang-$arch" CLANG=$clang \
			ARCH=$arch "${objs[@]}" 2>&1) && ! grep -q 'warning:' <<<"$out"; then
			pass "programs compile with $clang for $arch"
		else
			fail "programs compile with $clang for $arch" "$(tail -n 20 <<<"$out")"
		fi
	done
done

other=$B/clang-19/sysreel
if [ ! -x "$other" ] || [ "$(id -u)" != 0 ]; then
	skip 'what clang-19 made loads' 'it is not built, or this is not root'
elif out=$("$other" record -w "$TMP/rec.reel" -- cat /etc/hostname 2>&1) &&
	[ "$("$other" read "$TMP/rec.reel" -p '%fd.name' evt.type=read and fd.name=/etc/hostname |
		head -n 1)" = /etc/hostname ]; then
	pass 'what clang-19 made loads'
else
	fail 'what clang-19 made loads' "$out"
fi
finish
