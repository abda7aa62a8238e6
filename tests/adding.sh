#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# driver-bpf/ADDING-A-SYSCALL.md is true: with its row and its test, and nothing else, a copy of
# the project knows a call that it did not know.
#   tests/adding.sh      from the project's root, as root
set -u
. tests/lib.sh
new_tmp
doc=driver-bpf/ADDING-A-SYSCALL.md
tree=$TMP/tree

block() { # N: the Nth piece of C in the document
	awk -v n="$1" '/^```c$/ { in_block = ++i == n; next } /^```$/ { in_block = 0 } in_block' $doc
}

if [ "$(id -u)" != 0 ] || [ "$(uname -m)" != x86_64 ]; then
	skip 'a call is added' 'it takes root, and x86_64'
	finish
fi
mkdir "$tree"
for d in Makefile Makefile.tests formats filters container driver-bpf capture chisels cli tests; do
	cp -a $d "$tree/"
done
row=$(block 1)
name=$(sed -nE 's/^SR_SYSCALL\((\w+),.*/\1/p' <<<"$row")
awk -v row="$row" -v name="$name" -F'[(,]' '
	/^SR_SYSCALL/ && !done && $2 > name { print row; done = 1 }
	{ print }' formats/syscalls.def >"$tree/formats/syscalls.def"
block 2 >"$tree/tests/live/$name.c"
check() { # NAME COMMAND...
	local what=$1
	shift
	if out=$("$@" 2>&1); then pass "$what"; else fail "$what" "$(tail -n 20 <<<"$out")"; fi
}
build=("${MAKE:-make}" --no-print-directory -j2 -C "$tree" B="$TMP/b")
check "with the row of $name it compiles" "${build[@]}" "$TMP/b/sysreel" \
	"$TMP/b/tests/unit/test_schema" "$TMP/b/tests/live/$name"
check 'the tables are in order' "$TMP/b/tests/unit/test_schema"
check 'and the live test passes' env -C "$tree" B="$TMP/b" SYSREEL="$TMP/b/sysreel" \
	tests/live/run.sh "$name"
check 'it is a name for filters' "$TMP/b/sysreel" filter "evt.type=$name and fd.name=/etc/passwd"
finish
