#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What exists when recording begins is told even if it is more than a log can hold: the log is read
# while the kernel is asked. And so is a recording that is stopped before that is done.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
rec=$TMP/rec.reel
files=9000 # of some 350 bytes each: more than the 2 MiB of the smallest log

if [ "$(ulimit -Hn)" != unlimited ] && [ "$(ulimit -Hn)" -lt $((files + 100)) ]; then
	skip listing 'not so many files may be open here'
	finish
fi
ulimit -n $((files + 100))

mkdir -p "$TMP/a-folder-with-a-name-that-takes-its-room/and-one-in-it-that-does-the-same"
cat >"$TMP/holder" <<'END'
import os, sys
d, n = sys.argv[1], int(sys.argv[2])
fds = [os.open(f"{d}/file-number-{i:06}-of-many", os.O_CREAT | os.O_RDONLY) for i in range(n)]
print("ready", flush=True)
sys.stdin.read()
END
mkfifo "$TMP/in"
python3 "$TMP/holder" "$TMP"/a-folder*/and-one* $files <"$TMP/in" >"$TMP/ready" &
holder=$!
exec 3>"$TMP/in"
wait_for 60 grep -q ready "$TMP/ready"

count() { # FILTER...: events that match
	"$SYSREEL" read "$rec" -p '%evt.num' "$@" 2>>"$TMP/err" | wc -l
}
open_now=$(find "/proc/$holder/fd" -mindepth 1 | wc -l)

"$SYSREEL" record --buffer 1 --pid $holder -w "$rec" 2>"$TMP/err" &
recorder=$!
all_there() {
	[ -s "$rec" ] && [ "$(count evt.type=openfile and fd.name contains of-many)" = $files ]
}
if wait_for 120 all_there; then
	pass "$files open files are told through a log of 2 MiB"
else
	fail 'open files' "$(count evt.type=openfile) of $files" "$(tail -n 5 "$TMP/err")"
fi
kill -INT $recorder
wait $recorder
n=$(count evt.type=openfile)
if [ "$n" = "$open_now" ]; then
	pass 'each one once, and the others that it has'
else
	fail 'each one once' "$n rows, $open_now files"
fi
if grep -q ' 0 lost' "$TMP/err" && "$SYSREEL" verify "$rec" >>"$TMP/err" 2>&1; then
	pass 'nothing is lost'
else
	fail 'nothing is lost' "$(tail -n 5 "$TMP/err")"
fi
last=$("$SYSREEL" read "$rec" -p '%fd.name' evt.type=openfile 2>>"$TMP/err" | grep -c "file-number-00.*-of-many$")
if [ "$last" = $files ]; then
	pass 'with its name'
else
	fail 'names' "$last of $files"
fi

# stopped at once, it may be at any place
: >"$TMP/err"
"$SYSREEL" record --buffer 1 --pid $holder -w "$rec" --duration 50ms 2>"$TMP/err"
rc=$?
if [ $rc = 0 ] && "$SYSREEL" verify "$rec" >>"$TMP/err" 2>&1; then
	pass 'stopped meanwhile, what was told by then is whole'
else
	fail 'stopped meanwhile' "status $rc" "$(tail -n 5 "$TMP/err")"
fi
exec 3>&-
wait $holder
finish
