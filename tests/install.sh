#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make install` puts everything below DESTDIR/PREFIX and nothing elsewhere; what it installs
# works there; `make uninstall` takes all of it away again.
set -u
. "${0%/*}/lib.sh"
new_tmp

mk() {
	"${MAKE:-make}" --no-print-directory B="$B" DESTDIR="$TMP/dest" PREFIX=/usr/local "$@" 2>&1
}

if ! out=$(mk install); then
	fail 'make install' "$out"
	finish
fi
root=$TMP/dest/usr/local
missing=
want=(bin/sysreel include/sysreel/chisel.h share/doc/sysreel/LICENSE share/doc/sysreel/README.md
	share/doc/sysreel/chisels/ADDING-A-CHISEL.md)
for f in chisels/plugins/*.c; do
	f=${f##*/}
	want+=("lib/sysreel/chisels/${f%.c}.so")
done
for f in docs/man/*.scd; do
	f=${f##*/}
	f=${f%.scd}
	want+=("share/man/man${f##*.}/$f")
done
for f in "${want[@]}"; do
	[ -s "$root/$f" ] || missing="$missing $f"
done
if [ -z "$missing" ]; then
	pass 'everything is installed under DESTDIR and PREFIX'
else
	fail 'everything is installed under DESTDIR and PREFIX' "missing:$missing"
fi

if out=$("$root/bin/sysreel" --version 2>&1); then
	pass 'the installed program runs'
else
	fail 'the installed program runs' "$out"
fi

cat >"$TMP/c.c" <<'C'
#include <sysreel/chisel.h>
int main(void) { return 0; }
C
if out=$(cc -std=gnu17 -Wall -Wextra -Werror -I"$root/include" -c "$TMP/c.c" -o "$TMP/c.o" 2>&1); then
	pass 'the installed header compiles alone'
else
	fail 'the installed header compiles alone' "$out"
fi

if out=$(cd "$root/share/doc/sysreel" && cp chisels/template/mychisel.c "$TMP" && cd "$TMP" &&
	cc -shared -fPIC -I"$root/include" -o mychisel.so mychisel.c 2>&1 &&
	"$root/bin/sysreel" chisels ./mychisel.so 2>&1); then
	pass 'the installed template makes a chisel'
else
	fail 'the installed template makes a chisel' "$out"
fi

mk uninstall >/dev/null
left=$(find "$TMP/dest" -type f)
if [ -z "$left" ]; then
	pass 'uninstalling leaves no file'
else
	fail 'uninstalling leaves no file' "$left"
fi
finish
