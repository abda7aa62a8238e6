#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Replays the fuzzers' corpora, and every damaged capture file through the file readers.
#   tests/fuzz.sh PROGRAM...     (PROGRAM .../fuzz_NAME, inputs tests/fuzz/corpus/NAME/)
set -u
. "${0%/*}/lib.sh"

for prog; do
	name=${prog##*/fuzz_}
	inputs=()
	for f in tests/fuzz/corpus/"${name%_round}"/*; do
		[ -f "$f" ] && inputs+=("$f")
	done
	if [[ $name == reel* ]]; then
		inputs+=(tests/files/*/*.reel)
	fi
	if [[ $name == scap* ]]; then
		inputs+=(tests/files/scap/*.scap)
	fi
	if [ ${#inputs[@]} = 0 ]; then
		fail "fuzz_$name" "tests/fuzz/corpus/$name/ holds no inputs"
		continue
	fi
	out=$(timeout -k 5 300 "$prog" "${inputs[@]}" 2>&1)
	rc=$?
	if [ $rc = 0 ]; then
		printf 'ok      %-24s %d inputs\n' "fuzz_$name" ${#inputs[@]}
		npass=$((npass + ${#inputs[@]}))
	else
		fail "fuzz_$name" "status $rc" "$(tail -n 40 <<<"$out")"
	fi
done
finish
