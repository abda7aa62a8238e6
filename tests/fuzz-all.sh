#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzzer for a while, under ASan and UBSan, one after the other, and adds to the corpus
# what reaches code that nothing in it did.
#   tests/fuzz-all.sh SECONDS     of all together; make fuzz-all SECS=3600
set -u
: "${B:=build}" "${MAKE:=make}"
MAX_INPUT=4096 # bytes; what is larger does not go into the repository

targets=()
for f in tests/fuzz/fuzz_*.c; do
	name=${f##*/fuzz_}
	targets+=("${name%.c}")
done
each=$((${1:-600} / ${#targets[@]}))
[ $each -ge 1 ] || each=1
bad=0
for t in "${targets[@]}"; do
	printf '== %s, %d s\n' "$t" $each
	mkdir -p "tests/fuzz/corpus/$t"
	if ! "$MAKE" --no-print-directory B="$B" fuzz T="$t" SECS=$each >"$B-fuzz.log" 2>&1; then
		tail -n 40 "$B-fuzz.log"
		bad=$((bad + 1))
	fi
	[ -x "$B-fuzz/libfuzz/$t" ] || continue
	grep -E 'Done|stat::number' "$B-fuzz.log" | tail -n 1
	found=$B-fuzz/corpus/$t small=$B-fuzz/small/$t
	rm -rf "$small"
	mkdir -p "$small"
	find "$found" -type f -size "-$((MAX_INPUT + 1))c" -exec cp -t "$small" {} +
	before=$(find "tests/fuzz/corpus/$t" -type f | wc -l)
	"$B-fuzz/libfuzz/$t" -merge=1 "tests/fuzz/corpus/$t" "$small" >"$B-fuzz.log" 2>&1 || {
		tail -n 20 "$B-fuzz.log"
		bad=$((bad + 1))
	}
	after=$(find "tests/fuzz/corpus/$t" -type f | wc -l)
	printf '%d inputs, %d of them new\n' "$after" $((after - before))
done
printf '%d fuzzers, %d failed\n' ${#targets[@]} $bad
[ $bad = 0 ]
