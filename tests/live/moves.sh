#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Relative paths are made absolute from where the thread was when it gave them: moves.c changes
# the folder, its name, its parents' names and its root.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
SYSREEL=$(realpath "$SYSREEL")
prog=$(realpath "$B")/tests/live/moves

mkdir "$TMP/w"
(cd "$TMP/w" && "$SYSREEL" record -w ../rec.reel -- "$prog" >/dev/null 2>../err) ||
	fail 'recording' "$(cat "$TMP/err")"

# is NAME FILTER FIELDS VALUE...: what the fields say of the calls that the filter selects.
is() {
	local name=$1 filter=$2 fields=$3 got
	shift 3
	got=$("$SYSREEL" read "$TMP/rec.reel" -p "$fields" "$filter" 2>&1)
	if [ "$got" = "$(printf '%s\n' "$@")" ]; then
		pass "$name"
	else
		fail "$name" "$got"
	fi
}
w=$TMP/w
is 'files made by a relative name' 'evt.type=openat and fs.path.nameraw in (one, two, three, four)' \
	%fs.path.name "$w/w/x/one" "$w/w2/x/two" "$w/w2/three" /in/four
is 'folders that were entered' evt.type=chdir %fs.path.name "$w/w/x" "$w/w2" /in
is 'new roots' evt.type=chroot %fs.path.name "$w/w2/root" "$w/w2/moved"
both='%fs.path.source %fs.path.target'
is 'both paths of a rename' evt.type=renameat "$both" "$w/w2/x/one $w/w2/uno"
is 'both paths of a link' evt.type=linkat "$both" "$w/w2/x/eins $w/w2/uno"
is 'a link by name' evt.type=symlinkat "$both" "$w/w2/x/link ../uno"
is 'below a folder and up again' evt.type=unlinkat %fs.path.name "$w/w2/x/link"
finish
