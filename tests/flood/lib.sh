# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For scripts that record the flood: two cgroups, a recorder that is kept from draining, and the
# count of what it recorded and lost beside what an independent program counted.

flood=$(realpath "$B/tests/flood/flood")
v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
gentle=$v2/sysreel-test-gentle-$$ flooded=$v2/sysreel-test-flooded-$$

flood_cgroups() { # NAME: makes both; where that cannot be, the test is skipped
	trap 'echo 0 >"$flooded/cgroup.freeze"; rmdir "$gentle" "$flooded" 2>/dev/null; rm -rf "$TMP"' EXIT
	mkdir "$gentle" "$flooded" || {
		skip "$1" 'no cgroup v2 to make cgroups in'
		finish
	}
}

flood_recorder() { # WORDS...: of the command line; its pid is in $recorder then
	rm -f "$TMP/rec.reel"
	"$SYSREEL" record -w "$TMP/rec.reel" --cgroup "$gentle" --cgroup "$flooded" "$@" \
		2>"$TMP/err" &
	recorder=$!
	wait_for 120 test -s "$TMP/rec.reel" || fail 'recording begins' "$(cat "$TMP/err")"
}

reads_made() { # by the processes that flood
	sed 's|.*|/proc/&/io|' "$flooded/cgroup.procs" | xargs -r cat 2>/dev/null |
		awk '/^syscr/ { n += $2 } END { print n + 0 }'
}
more_reads() { # NUMBER, since the recorder has gone to sleep; or there will be none
	[ "$(reads_made)" -ge $((made + $1)) ] || ! grep -q . "$flooded/cgroup.procs"
}

# While the recorder sleeps, again and again, its logs fill up.
flood_while_it_sleeps() { # READS ROUNDS CONDITION...: until it holds, each time
	(
		wait_for 120 grep -q . "$flooded/cgroup.procs"
		while sleep 0.1 && kill -STOP "$recorder"; do
			made=$(reads_made)
			wait_for 60 "${@:3}"
			kill -CONT "$recorder"
		done
	) 2>/dev/null &
	local stopper=$!
	"$flood" "$gentle" "$flooded" "$1" "$2" >"$TMP/counts" || fail 'the flood' 'see above'
	kill "$stopper" && wait "$stopper" 2>/dev/null
	kill -CONT "$recorder"
	kill -TERM "$recorder" && wait "$recorder"
}

# Says what does not add up, and is false then.
flood_adds_up() {
	"$SYSREEL" read "$TMP/rec.reel" -p '%container.cgroup %evt.type' \
		"evt.type in ($(cut -d' ' -f2 "$TMP/counts" | sort -u | paste -sd,))" >"$TMP/events"
	"$SYSREEL" read "$TMP/rec.reel" -p '%container.cgroup %evt.arg.class %evt.lost' \
		evt.type=lost >"$TMP/losses" 2>"$TMP/losses.err"
	python3 tests/live/flood.py "$TMP/counts" "$TMP/events" "$TMP/losses" \
		"/${gentle##*/}" "/${flooded##*/}"
}
