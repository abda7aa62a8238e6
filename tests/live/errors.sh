#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What goes wrong is said in words: what failed, where, what to do; with exit status 2.
set -u
. tests/lib.sh
new_tmp
chmod 755 "$TMP"
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
sysreel=$SYSREEL

# refuses NAME PATTERN[;;PATTERN...] COMMAND...: status 2, nothing on standard output, and every
# pattern (extended regular expression) on standard error; no message of a crash.
refuses() {
	local name=$1 patterns=$2 rc why='' p
	shift 2
	timeout -k 5 120 "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	rc=$?
	[ $rc = 2 ] || why="status $rc in place of 2"$'\n'
	[ ! -s "$TMP/out" ] || why="${why}standard output: $(head -c 300 "$TMP/out")"$'\n'
	while [ -n "$patterns" ]; do
		p=${patterns%%;;*}
		[[ $patterns == *";;"* ]] && patterns=${patterns#*;;} || patterns=
		grep -qiE -- "$p" "$TMP/err" || why="${why}the message does not have: $p"$'\n'
	done
	if [ -z "$why" ]; then
		pass "$name"
	else
		fail "$name" "${why%$'\n'}" "it said: $(head -c 600 "$TMP/err")"
	fi
}

"$sysreel" record -w "$TMP/good.reel" -- sh -c 'cat /etc/passwd | wc -l; ls / >/dev/null' \
	>/dev/null 2>"$TMP/err" || {
	fail 'recording a command' "$(cat "$TMP/err")"
	finish
}
good=$TMP/good.reel

# ---- recording ----
refuses 'an unknown container' 'no-such-thing' \
	"$sysreel" record --container no-such-thing -w "$TMP/x.reel"
refuses 'a process that is not there' '999999' \
	"$sysreel" record --pid 999999 -w "$TMP/x.reel"
refuses 'a cgroup that is not there' '/no/such/group' \
	"$sysreel" record --cgroup /no/such/group -w "$TMP/x.reel"
refuses 'a folder that is not there' '/nowhere/x.reel;;No such file' \
	"$sysreel" record -w /nowhere/x.reel -- true
refuses 'a folder in place of a file' "$TMP;;directory|is no file" \
	"$sysreel" record -w "$TMP" -- true
refuses 'a program that is not there' 'no-such-program;;No such file|not found' \
	"$sysreel" record -w "$TMP/x.reel" -- /nowhere/no-such-program

cp "$sysreel" "$TMP/sysreel"
refuses 'no permission to record' 'CAP_BPF|right to;;root' \
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	"$TMP/sysreel" record -w /dev/null -- true
(
	umask 077
	: >"$TMP/closed.reel"
)
refuses 'a file that may not be read' 'closed.reel;;Permission denied' \
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	"$TMP/sysreel" read "$TMP/closed.reel"

# ---- files ----
refuses 'a file that is not there' '/nowhere/x.reel;;No such file' "$sysreel" read /nowhere/x.reel
: >"$TMP/empty.reel"
refuses 'an empty file' 'empty.reel;;empty|not a capture' "$sysreel" read "$TMP/empty.reel"
head -c 5000 /dev/urandom >"$TMP/foreign.reel"
refuses 'a foreign file' 'foreign.reel;;not a' "$sysreel" read "$TMP/foreign.reel"
refuses 'a foreign file, for info' 'foreign.reel;;not a' "$sysreel" info "$TMP/foreign.reel"

size=$(stat -c %s "$good")
cp "$good" "$TMP/flipped.reel"
at=$((size * 6 / 10))
byte=$(od -An -tu1 -j $at -N1 "$good")
printf '%b' "\\x$(printf %02x $((byte ^ 255)))" |
	dd of="$TMP/flipped.reel" bs=1 seek=$at conv=notrunc status=none
head -c $((size * 7 / 10)) "$good" >"$TMP/cut.reel"
for how in flipped cut; do
	"$sysreel" verify "$TMP/$how.reel" >"$TMP/out" 2>&1
	rc=$?
	if [ $rc = 2 ] && grep -qE '[0-9]{2,}' "$TMP/out"; then
		pass "verify finds a $how file, and says where"
	else
		fail "verify finds a $how file, and says where" "status $rc" "$(cat "$TMP/out")"
	fi
	timeout 120 "$sysreel" read "$TMP/$how.reel" >"$TMP/out" 2>"$TMP/err"
	rc=$?
	if [ $rc -lt 124 ] && [ -s "$TMP/err" ]; then
		pass "read tells that a $how file is damaged (status $rc)"
	else
		fail "read tells that a $how file is damaged" "status $rc" "$(head -c 400 "$TMP/err")"
	fi
done

# ---- filters, fields, formats ----
refuses 'a filter that ends early' 'column [0-9]+' "$sysreel" read "$good" 'proc.name='
refuses 'a filter with a mistake in the middle' 'column 1[0-9]' \
	"$sysreel" read "$good" 'evt.num>1 and and evt.num<5'
refuses 'an unknown field, with the one that was meant' 'proc\.nmae;;proc\.name;;column' \
	"$sysreel" read "$good" 'proc.nmae=sh'
refuses 'an unknown event type' 'opneat' "$sysreel" read "$good" 'evt.type=opneat'
refuses 'a word where a number belongs' 'many' "$sysreel" read "$good" 'evt.num=many'
refuses 'an unknown field in a format' 'evt\.tpye;;evt\.type' "$sysreel" read "$good" -p '%evt.tpye'
refuses 'a wrong filter is told before recording' 'column' \
	"$sysreel" record -w "$TMP/never.reel" 'proc.name=' -- true
[ ! -e "$TMP/never.reel" ] || fail 'nothing is written for a wrong filter' "$TMP/never.reel exists"

# ---- options ----
refuses 'an unknown option' 'frobnicate;;--help' "$sysreel" read "$good" --frobnicate
refuses 'a number out of range' 'snaplen|-s;;65000' "$sysreel" record -w "$TMP/x" -s 70000 -- true
refuses 'a duration that is none' 'soon' "$sysreel" record -w "$TMP/x" --duration soon -- true
refuses 'no file to read' 'file' "$sysreel" read

# ---- chisels ----
refuses 'an unknown chisel, with the one that was meant' 'topscals;;topscalls' \
	"$sysreel" read "$good" -c topscals
mkdir "$TMP/plugins"
cat >"$TMP/plugins/wrongabi.c" <<'C'
#include <sysreel/chisel.h>
#undef SYSREEL_CHISEL_ABI
#define SYSREEL_CHISEL_ABI 4711
static const struct sysreel_chisel chisel = { SYSREEL_CHISEL_HEAD, .name = "wrongabi" };
SYSREEL_CHISEL_EXPORT(chisel)
C
echo 'int nothing;' >"$TMP/plugins/nosymbol.c"
echo 'this is no library' >"$TMP/plugins/notalib.so"
for p in wrongabi nosymbol; do
	gcc -std=gnu17 -shared -fPIC -Ichisels/include "$TMP/plugins/$p.c" -o "$TMP/plugins/$p.so" ||
		fail "compiling $p.c"
done
refuses 'a chisel of another ABI version' 'wrongabi;;4711;;ABI' \
	"$sysreel" read "$good" -c "$TMP/plugins/wrongabi.so"
refuses 'a library that is no chisel' 'nosymbol;;chisel' \
	"$sysreel" read "$good" -c "$TMP/plugins/nosymbol.so"
refuses 'a file that is no library' 'notalib' "$sysreel" read "$good" -c "$TMP/plugins/notalib.so"

# ---- a full disk: told, and what was written stays readable ----
small=$TMP/small
mkdir "$small"
if mount -t tmpfs -o size=4m none "$small" 2>/dev/null; then
	trap 'umount -l "$small"; rm -rf "$TMP"' EXIT
	refuses 'a full disk' "full.reel;;disk is full|No space left" \
		"$sysreel" record -w "$small/full.reel" -s 500 -- sh -c 'i=0
			while [ $i -lt 100 ]; do
				dd if=/dev/urandom of=/dev/null bs=500 count=200 2>/dev/null
				sleep 0.1
				i=$((i + 1))
			done'
	n=$("$sysreel" read "$small/full.reel" -p '%evt.num' 2>"$TMP/err" | wc -l)
	if [ "$n" -gt 10 ]; then
		pass "what was written before the disk was full can be read ($n events)"
	else
		fail 'what was written before the disk was full can be read' "$n events" \
			"$(cat "$TMP/err")"
	fi
else
	skip 'a full disk' 'a small tmpfs cannot be mounted here'
fi
finish
