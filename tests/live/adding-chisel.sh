#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# chisels/ADDING-A-CHISEL.md followed to the letter: its blocks of C that begin with the name of a
# file are written, its blocks of shell are run, line by line, in an empty folder. And what the page
# does not show of `sysreel chisel`: what goes wrong.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
here=$PWD
mkdir "$TMP/bin" "$TMP/home"
ln -s "$(realpath "$SYSREEL")" "$TMP/bin/sysreel"
export PATH="$TMP/bin:$PATH" HOME="$TMP/home" XDG_DATA_HOME=
cd "$TMP" || exit

# The program is called through a link: chisels "beside it" are beside what the link names.
in_block='' file=/dev/null lines=0
while IFS= read -r line; do
	case $in_block:$line in
	:'```sh') in_block='sh' ;;
	:'```c') in_block=c file= ;;
	*:'```') in_block='' ;;
	c:*)
		if [ -z "$file" ]; then
			file=$(sed -n 's|^/\* \([a-z]*\.c\).*|\1|p' <<<"$line")
			[ -n "$file" ] || file=/dev/null
			[ "$file" = /dev/null ] || : >"$file"
		fi
		printf '%s\n' "$line" >>"$file"
		;;
	sh:*)
		lines=$((lines + 1))
		if out=$(eval "$line" 2>&1) && ! grep -qi warning <<<"$out"; then
			pass "$line"
		else
			fail "$line" "$out"
		fi
		;;
	esac
done <"$here/chisels/ADDING-A-CHISEL.md"
if [ $lines -ge 11 ] && [ -s topopeners.c ] && [ -s durations.svg ]; then
	pass 'the page has what it is to have'
else
	fail 'the page has what it is to have' "$lines lines, $(ls)"
fi
out=$(sysreel read demo.reel -c mychisel/mychisel.so 2>&1)
if grep -q '1 *1  /no/such/program' <<<"$out"; then
	pass 'its chisel tells what it is to tell'
else
	fail 'its chisel tells what it is to tell' "$out"
fi

# says NAME STATUS WORDS COMMAND...
says() {
	local name=$1 status=$2 words=$3 out rc
	shift 3
	out=$("$@" 2>&1)
	rc=$?
	if [ $rc = "$status" ] && grep -qF -- "$words" <<<"$out"; then
		pass "$name"
	else
		fail "$name" "status $rc: $out"
	fi
}

says 'a name that is none' 2 'letters, digits' sysreel chisel new a/b
says 'a chisel that is there already' 2 'File exists' sysreel chisel new mychisel
echo 'int' >bad.c
says 'a file that does not compile' 2 'does not compile' sysreel chisel build bad.c
echo 'int x;' >none.c
says 'a file that is no chisel' 2 'no symbol sysreel_chisel_entry' sysreel chisel build none.c
says 'no compiler' 2 'install a C compiler' env CC=no-such-cc sysreel chisel build none.c
echo 'STARTS' >mychisel/test/basic/stdout
says 'a test that fails' 1 'expected: STARTS' sysreel chisel test mychisel
says 'a test brought up to date' 0 '1 passed, 0 failed' sysreel chisel test --update mychisel
says 'and then it passes' 0 '1 passed, 0 failed' sysreel chisel test mychisel
echo 'false' >mychisel/test/basic/cmd
says 'a command that fails' 1 'its status is 1' sysreel chisel test mychisel

# ---- where chisels are looked for ----
says 'installing' 0 "$HOME/.local/share/sysreel/chisels/mychisel.so" \
	sysreel chisel build mychisel/mychisel.c --install
says 'what is installed is found' 0 'STARTS' sysreel read demo.reel -c mychisel
says 'and listed' 0 'Programs by how often they are started' sysreel chisels
mkdir first second
sed 's/Programs by how often/From the first/' mychisel/mychisel.c >first/mychisel.c
sed 's/Programs by how often/From the second/' mychisel/mychisel.c >second/mychisel.c
sysreel chisel build first/mychisel.c >/dev/null && sysreel chisel build second/mychisel.c >/dev/null
export SYSREEL_CHISELS=second
says 'the environment before the user' 0 'From the second' sysreel chisels mychisel
says '--chisel-path before the environment' 0 'From the first' \
	sysreel chisels --chisel-path nothing:first mychisel
if [ "$(id -u)" = 0 ]; then
	chmod o+w first
	says "anybody's folder is not for root" 2 'can be written by anybody' \
		sysreel read demo.reel --chisel-path first -c mychisel
	chmod o-w first
	chmod o+w first/mychisel.so
	says "nor is anybody's file" 2 'can be written by anybody' \
		sysreel read demo.reel --chisel-path first -c mychisel
else
	skip "anybody's folder" 'only root is kept from it'
fi
finish
