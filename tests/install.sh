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
	want+=("lib/sysreel/chisels/${f%.c}.so" "lib/sysreel/chisels/${f%.c}.example")
done
want+=(share/man/man7/sysreel-fields.7 share/bash-completion/completions/sysreel
	share/zsh/site-functions/_sysreel)
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

unit=$root/lib/systemd/system/sysreel-retro.service
if grep -q '^ExecStart=/usr/local/bin/sysreel record -w /var/lib/sysreel \$SYSREEL_RETRO$' "$unit" &&
	grep -q '^EnvironmentFile=-/usr/local/etc/sysreel/retro.conf$' "$unit" &&
	grep -q '^SYSREEL_RETRO=--retro ' "$root/etc/sysreel/retro.conf"; then
	pass 'the unit and its options are installed'
else
	fail 'the unit and its options are installed' "$(cat "$unit" 2>&1)"
fi
# The options of the unit, and those of the file, are options.
{
	sed -n 's/^Environment="SYSREEL_RETRO=\(.*\)"$/\1/p' "$unit"
	sed -n 's/^#*SYSREEL_RETRO=//p' "$root/etc/sysreel/retro.conf"
} >"$TMP/options"
bad=
while IFS= read -r line; do
	eval "set -- $line"
	out=$("$root/bin/sysreel" record "$@" -w - 2>&1)
	grep -q '^sysreel: where to?' <<<"$out" || bad=$bad$line:$out
done <"$TMP/options"
if [ -z "$bad" ] && [ "$(wc -l <"$TMP/options")" -ge 3 ]; then
	pass 'the options of the unit are understood'
else
	fail 'the options of the unit are understood' "$bad"
fi
if command -v systemd-analyze >/dev/null; then
	sed "s|/usr/local/bin|$root/bin|" "$unit" >"$TMP/sysreel-retro.service"
	if out=$(systemd-analyze verify --man=no "$TMP/sysreel-retro.service" 2>&1) && [ -z "$out" ]; then
		pass 'systemd understands the unit'
	else
		fail 'systemd understands the unit' "$out"
	fi
else
	skip 'systemd understands the unit' 'there is no systemd-analyze'
fi
echo '# mine' >>"$root/etc/sysreel/retro.conf"
mk install >/dev/null
if grep -q '^# mine$' "$root/etc/sysreel/retro.conf"; then
	pass 'options that somebody changed stay'
else
	fail 'options that somebody changed stay'
fi
cp cli/retro.conf "$root/etc/sysreel/retro.conf"

mk uninstall >/dev/null
left=$(find "$TMP/dest" -type f)
if [ -z "$left" ]; then
	pass 'uninstalling leaves no file'
else
	fail 'uninstalling leaves no file' "$left"
fi
finish
