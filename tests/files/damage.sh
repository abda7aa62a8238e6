#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes tests/files/bad/ from good/demo.reel: files that must not be believed. The golden tests
# hold what sysreel says about each.
#   tests/files/damage.sh        from the project's root
set -eu
cd tests/files
good=good/demo.reel
size=$(stat -c %s "$good")
mkdir -p bad
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

patch() { # FILE OFFSET: bytes from standard input
	dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

: >bad/empty.reel
head -c 32 "$good" >bad/header-only.reel
head -c $((size * 7 / 10)) "$good" >bad/truncated.reel
printf '#!/bin/sh\n# A text file, whatever it is called.\necho hello\n' >bad/foreign.reel

cp "$good" bad/flipped-byte.reel
at=$((size / 2))
byte=$(od -An -tu1 -j $at -N1 "$good")
# shellcheck disable=SC2059
printf "\\x$(printf %02x $((byte ^ 255)))" | patch bad/flipped-byte.reel $at

# Major version 9, with a checksum that fits: bytes 24 to 31 are XXH3 of the 24 before.
cat >"$tmp/sum.c" <<'C'
#include <stdio.h>
#include <xxhash.h>
int main(void)
{
	unsigned char b[24];
	unsigned long long h;

	if (fread(b, 1, 24, stdin) != 24)
		return 1;
	h = XXH3_64bits(b, 24);
	for (int i = 0; i < 8; i++)
		putchar((int)(h >> 8 * i & 255));
	return 0;
}
C
cc -o "$tmp/sum" "$tmp/sum.c" -lxxhash
cp "$good" bad/newer-version.reel
printf '\x09' | patch bad/newer-version.reel 8
head -c 24 bad/newer-version.reel | "$tmp/sum" | patch bad/newer-version.reel 24
