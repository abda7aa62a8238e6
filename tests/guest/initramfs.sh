#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Packs what a guest needs into an initramfs: busybox, bash, sysreel with its libraries, chisels,
# the test scripts and the programs that they record.
#   tests/guest/initramfs.sh OUTPUT     (from the project's root; $B and $SYSREEL as make sets them)
set -eu
out=$1
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
root=$(mktemp -d "${TMPDIR:-/tmp}/sysreel-guest.XXXXXX")
trap 'rm -rf "$root"' EXIT

add() { # PROGRAM TARGET: copy it with its libraries and loader
	local lib
	install -D -m 755 "$1" "$root$2"
	{ ldd "$1" 2>/dev/null || true; } | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p' |
		while IFS= read -r lib; do
			[ -e "$root$lib" ] || install -D "$lib" "$root$lib"
		done
}

mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,root,var/tmp,usr/bin,usr/sbin,sbin,src}
add "$(command -v busybox)" /bin/busybox
add "$(command -v bash)" /bin/bash
add "$(command -v runc)" /usr/sbin/runc
"$root/bin/busybox" --install -s "$root/bin"
for l in "$root"/bin/*; do
	[ ! -L "$l" ] || ln -sf busybox "$l"
done
add "$SYSREEL" /src/build/sysreel
[ ! -x "${SYSREEL%/*}/clang-19/sysreel" ] ||
	add "${SYSREEL%/*}/clang-19/sysreel" /src/build/clang-19/sysreel
for so in "${SYSREEL%/*}"/chisels/*.so; do
	[ ! -f "$so" ] || install -D -m 644 "$so" "$root/src/build/chisels/${so##*/}"
done
for p in "${SYSREEL%/*}"/tests/live/*; do
	[ ! -x "$p" ] || [ ! -f "$p" ] || install -D "$p" "$root/src/build/tests/live/${p##*/}"
done
cp -r tests "$root/src/tests"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
install -m 755 tests/guest/init "$root/init"
(cd "$root" && find . -print0 | cpio --null -o -H newc --quiet) | gzip -1 >"$out.new"
mv "$out.new" "$out"
