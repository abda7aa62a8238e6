#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A chisel that was compiled for a released sysreel runs in this one: the header has everything where
# it was (chisels/abi has it as it was released), and the template, compiled with the old header,
# says the same. The check itself is checked with headers in which something moved.
set -u
. "${0%/*}/lib.sh"
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
if ! command -v clang >/dev/null || ! command -v python3 >/dev/null; then
	skip 'the interface of chisels' 'clang and python3 are needed (make deps)'
	finish
fi
now=chisels/include/sysreel/chisel.h
abi=$(sed -n 's/^#define SYSREEL_CHISEL_ABI //p' $now)
released=chisels/abi/chisel-$abi.h

if out=$(tests/abi.py "$released" $now 2>&1); then
	pass 'nothing moved since the release'
else
	fail 'nothing moved since the release' "$out"
fi

# moved NAME WORDS SCRIPT: the header that sed's script makes is found to be another.
moved() {
	local out
	sed -E "$3" $now >"$TMP/moved.h"
	if cmp -s $now "$TMP/moved.h"; then
		fail "$1" 'the script changes nothing'
	elif out=$(tests/abi.py "$released" "$TMP/moved.h" 2>&1); then
		fail "$1" "not found: $out"
	elif grep -qF -- "$2" <<<"$out"; then
		pass "$1"
	else
		fail "$1" "$out"
	fi
}

moved 'a member between others is found' 'struct sysreel_host: was' \
	's/^(\tdouble \(\*arg_double\))/\tvoid *between;\n\1/'
moved 'members in another order are found' 'struct sysreel_str' \
	'/^struct sysreel_str /,/^}/{s/\blen;/TMP;/;s/\bcut;/len;/;s/\bTMP;/cut;/}'
moved 'a struct without a size that grows is found' 'struct sysreel_arg: had' \
	's|^(\tconst char \*help;).*one line.*|\1 void *more;|'
moved 'a member of another type is found' 'struct sysreel_col: was uint16_t width' \
	's/^\tuint16_t width;/\tint16_t width;/'
moved 'a callback with other parameters is found' 'struct sysreel_chisel: was' \
	's/^\tint \(\*finish\)\(void \*state\);/\tint (*finish)(void *state, int why);/'
moved 'a number in the middle of an enum is found' 'SYSREEL_TIME: was' 's/^\tSYSREEL_STR,/\tSYSREEL_IP,\n&/'
moved 'a number that is gone is found' 'SYSREEL_HEX: was' 's/^\tSYSREEL_HEX,.*//'
moved 'a limit that changes is found' 'SYSREEL_MAX_COLS: was' 's/^(#define SYSREEL_MAX_COLS) .*/\1 20/'

sed 's|^\tvoid (\*plot_clear).*|&\n\tvoid *(*later)(void);|' $now >"$TMP/longer.h"
if ! cmp -s $now "$TMP/longer.h" && out=$(tests/abi.py "$released" "$TMP/longer.h" 2>&1); then
	pass 'a member at the end is allowed'
else
	fail 'a member at the end is allowed' "$out"
fi

# The same chisel with both headers.
mkdir -p "$TMP/old/sysreel" "$TMP/new"
cp "$released" "$TMP/old/sysreel/chisel.h"
says() { # FOLDER-OF-HEADER FOLDER
	cc -std=gnu17 -Wall -Wextra -Werror -shared -fPIC -I"$1" -o "$2/mychisel.so" \
		chisels/template/mychisel.c &&
		"$SYSREEL" read tests/files/good/demo.reel -c "$2/mychisel.so"
}
old=$(says "$TMP/old" "$TMP/old" 2>&1)
new=$(says chisels/include "$TMP/new" 2>&1)
if [ "$old" = "$new" ] && grep -q '^STARTS' <<<"$old"; then
	pass 'a chisel compiled for the release runs, and says the same'
else
	fail 'a chisel compiled for the release runs, and says the same' "$old" "$new"
fi
finish
