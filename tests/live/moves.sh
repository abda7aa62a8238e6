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

# is NAME FILTER PATH...: what fs.path.name says of the calls that the filter selects.
is() {
	local name=$1 filter=$2 got
	shift 2
	got=$("$SYSREEL" read "$TMP/rec.reel" -p '%fs.path.name' "$filter" 2>&1)
	if [ "$got" = "$(printf '%s\n' "$@")" ]; then
		pass "$name"
	else
		fail "$name" "$got"
	fi
}
w=$TMP/w
is 'files made by a relative name' 'evt.type=openat and fs.path.nameraw in (one, two, three, four)' \
	"$w/w/x/one" "$w/w2/x/two" "$w/w2/three" /in/four
is 'folders that were entered' evt.type=chdir "$w/w/x" "$w/w2" /in
is 'new roots' evt.type=chroot "$w/w2/root" "$w/w2/moved"
finish
