#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A retroactive recorder runs for months: under a load in which everything is new all the time, and
# with a trigger every few seconds, its memory stays where it was. SOAK=300 does it for five minutes,
# and as long without --retro-per container, and prints what it took; the usual run has 24 seconds.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
secs=${SOAK:-24}
held=8 # MB in rings; the load fills them in some seconds
# Beside the rings: blocks while they are made, copied and packed, documents of containers, files
# that are written, of which there may be 64.
most=$((held + 92))
slack=24 # MB of growth that is none: the last of these to be filled
[ "$secs" -lt 120 ] || slack=2

anon() { # MB of its own memory that a process has; the driver's logs are shared with the kernel
	awk '/^RssAnon/ {printf "%.1f\n", $2 / 1000}' "/proc/$1/status" 2>/dev/null
}

soak() { # NAME RECORD-OPTIONS...
	local name=$1 rec mb t0 samples=$TMP/samples
	shift
	rm -rf "$TMP/files" "$TMP/work" "$samples"
	mkdir "$TMP/work"
	"$SYSREEL" record -s 4096 --retro 600s --retro-memory ${held}MB -w "$TMP/files" --control "$TMP/s" \
		--docker-socket /nowhere --after 1s --max-triggers 0 -q "$@" \
		-- python3 tests/live/soak.py "$secs" "$TMP/work" >"$TMP/out" 2>"$TMP/err" &
	rec=$!
	t0=$SECONDS
	while mb=$(anon $rec) && [ -n "$mb" ]; do
		echo "$((SECONDS - t0)) $mb" >>"$samples"
		[ $((SECONDS % 5)) != 0 ] || "$SYSREEL" trigger --control "$TMP/s" soak >/dev/null 2>&1
		rm -f "$TMP"/files/*
		sleep 1
	done
	wait $rec
	rc=$?
	tail -n 1 "$TMP/err"
	[ -z "${SOAK:-}" ] || awk -v s="$secs" '$1 >= next_at {printf "%4d s %6.1f MB\n", $1, $2; next_at += s / 20}' \
		"$samples"
	if [ $rc != 0 ] || [ ! -s "$samples" ]; then
		fail "$name" "status $rc" "$(cat "$TMP/err")"
	elif awk -v s="$secs" -v most=$most -v slack=$slack '
		{ if ($2 > max) max = $2 }
		$1 < s * 2 / 3 { if ($2 > before) before = $2; next }
		{ if ($2 > after) after = $2 }
		END {
			printf "        at most %.1f MB in the first two thirds, %.1f MB after\n", before, after
			exit !(after && before && max <= most && after <= before * 1.05 + slack)
		}' "$samples"; then
		pass "$name ($(cat "$TMP/out") rounds)"
	else
		fail "$name" "no more than $most MB are allowed, and no growth" "$(tail -n 5 "$samples")"
	fi
}

[ -z "${SOAK:-}" ] || soak 'memory stays where it was, all containers together'
soak 'memory stays where it was, with --retro-per container' --retro-per container
finish
