#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every check of the style: tests/lint/check-*.sh. Each prints what is wrong and fails, is silent
# and succeeds, or says in one line why it cannot run and exits with 77.
set -u
here=${0%/*}
. "$here/../lib.sh"

for c in "$here"/check-*.sh; do
	name=${c##*/check-}
	name=${name%.sh}
	out=$("$c" 2>&1 </dev/null)
	case $? in
	0) pass "$name" ;;
	77) skip "$name" "$(tail -n 1 <<<"$out")" ;;
	*) fail "$name" "$out" ;;
	esac
done
finish
