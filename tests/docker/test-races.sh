#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Containers that come and go faster than anybody can ask about them, and runtimes that answer late,
# never, or nonsense: every event has the right id, names come as soon as somebody knows them, what
# has no name says why, and no event waits for a name.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
needs_recorder
dockerd_opts=--live-restore
docker_test_begin

races_clean()
{
	trap '' INT TERM
	docker_test_clean
	races_end
}
trap races_clean EXIT
races_begin
cgroup_mounts | while read -r m; do mkdir -p "$m/$top/docker"; done

# bundles FIRST-DIGIT NUMBER COMMAND: OCI bundles, in which COMMAND gets the container's id for ID
bundles()
{
	rm -rf "$work/b"
	mkdir "$work/b"
	[ -d "$work/rootfs" ] || dockerd_rootfs "$work/rootfs" || return 1
	python3 - "$work" "$top" "$@" <<'END'
import hashlib, json, os, sys
work, top, digit, number, command = sys.argv[1:]
for i in range(int(number)):
    cid = hashlib.sha256(f"{digit} {i}".encode()).hexdigest()
    cid = (f"{i % 16:x}" if digit == "any" else digit) + cid[1:]
    os.mkdir(f"{work}/b/{cid}")
    config = {
        "ociVersion": "1.0.2",
        "root": {"path": work + "/rootfs", "readonly": True},
        "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "env": ["PATH=/bin"],
                    "args": ["/bin/sh", "-c", command.replace("ID", cid)]},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
        "linux": {"cgroupsPath": f"/{top}/docker/{cid}",
                  "namespaces": [{"type": "pid"}, {"type": "mount"}]},
    }
    with open(f"{work}/b/{cid}/config.json", "w") as f:
        json.dump(config, f)
END
}

# run_bundles AT-ONCE: all of them, by runc; false if one failed
run_bundles()
{
	find "$work/b" -mindepth 1 -maxdepth 1 -printf '%f\n' | xargs -P "$1" -I {} sh -c \
		'runc --root "$0/runc" run --bundle "$0/b/{}" {} </dev/null >>"$0/runc.out" 2>&1' "$work"
}

# ---- a burst of 200 ----

serve names
f=$work/burst.reel
bundles any 200 'exec cat /id-ID'
record "$f" -q --cgroup "/$top" --docker-socket "$work/fake.sock"
run_bundles 10
stop
is "a burst of 200 containers is recorded in order" $? 0
"$sysreel" verify "$f" >"$work/out"
is "and completely" $? 0
is "each of them is there" "$(each %container.full_id "$f" 'evt.args contains /id-' | wc -l)" 200
is "every event has the id of its container" "$(wrong "$f" | head -n 3)" ""
is "and its name" "$("$sysreel" read "$f" -p '%container.full_id %container.name' "$calls" |
	awk '$2 != "n-" substr($1, 1, 12)' | sort -u | head -n 3)" ""
is "info lists them" "$("$sysreel" info "$f" --containers | grep -c ' n-.* resolved ')" 200

# ---- a cgroup of the same path again, and one whose id comes to stand for another container ----

a=$(printf 'a%.0s' $(seq 64)) b=$(printf 'b%.0s' $(seq 64))
pids=$(cgroup_mounts cgroup | grep '/pids$')
if [ -d "$pids/$top" ]; then
	f=$work/again.reel
	record "$f" -q --cgroup "$pids/$top" --docker-socket "$work/fake.sock"
	inodes=
	for i in 1 2 3; do
		mkdir "$pids/$top/docker/$a"
		inodes="$inodes $(stat -c %i "$pids/$top/docker/$a")"
		(
			sh -c 'echo $PPID' >"$work/pid"
			cat "$work/pid" >"$pids/$top/docker/$a/cgroup.procs"
			cat "/id-$a"
			[ $i = 1 ] || exit
			mv "$pids/$top/docker/$a" "$pids/$top/docker/$b"
			cat "/id-$b"
			: not instead of the shell
		) 2>/dev/null
		rmdir "$pids/$top/docker"/[ab]* || sleep 1
	done
	stop
	# shellcheck disable=SC2086
	is "the kernel gives no id of a cgroup twice" "$(printf '%s\n' $inodes | sort -u | wc -l)" 3
	is "a cgroup that is renamed, so that its id stands for another container, misleads nobody" \
		"$(wrong "$f" | head -n 3)" ""
	is "each container has its name" "$(each '%container.name %fs.path.name' "$f" \
		'evt.type startswith open and fs.path.name startswith /id-')" "$(
		echo "n-$(echo "$a" | cut -c 1-12) /id-$a"
		echo "n-$(echo "$b" | cut -c 1-12) /id-$b"
	)"
fi
serve_end

# ---- a socket that accepts and never answers ----

serve hang
bundles c 1 'until [ -e /srv/end ]; do cat /id-ID; sleep 0.2; done'
c=$(ls "$work/b")
run_bundles 1 &
running=$!
"$sysreel" live --cgroup "/$top" --docker-socket "$work/fake.sock" \
	-p '%container.full_id %container.state %evt.args' >"$work/live" 2>"$work/record.log" &
recorder=$!
until_true grep -q "^$c pending .*/id-$c" "$work/live"
ok "a socket that hangs: events are shown with their id, and do not wait for the name"
kill -INT $recorder
wait $recorder
recorder=
has "it is said that the name is asked for" \
	"$(sort -u "$work/live" | cut -d ' ' -f 1,2 | sort | uniq -c | sort -n | tail -n 1)" "$c pending"
touch "$work/rootfs/srv/end"
wait $running
rm "$work/rootfs/srv/end"
serve_end

# ---- answers that are too large, or none ----

for mode in giant junk; do
	serve $mode
	f=$work/$mode.reel
	bundles any 16 'exec cat /id-ID'
	record "$f" -q --cgroup "/$top" --docker-socket "$work/fake.sock"
	run_bundles 4
	stop
	is "$mode: recording ends in order" $? 0
	is "$mode: every event has its id" \
		"$(each %container.full_id "$f" 'evt.args contains /id-' | wc -l)$(wrong "$f")" 16
	is "$mode: no container has a name" \
		"$(each %container.name "$f" 'container.name exists and container.id!=host')" ""
	is "$mode: each says why" "$(each '%container.id %container.why' "$f" 'container.why exists' 2>&1 |
		cut -d ' ' -f 1 | sort -u | wc -l)" 16
	serve_end
done
has "one says that the answer is too large" "$(each %container.why "$work/giant.reel")" "above 16 MiB"
has "one says that it is no document" "$(each %container.why "$work/junk.reel")" "not an inspect document"

# ---- real Docker: before, during, after; ten milliseconds; a burst; a new name ----

# run NAME [COMMAND...]: a container of this test
run()
{
	name=$1
	shift
	docker run --rm --network none --cgroup-parent "/$top/docker" --name "$name" sr-test "$@"
}

loop='until [ -e /srv/end ]; do cat /etc/passwd >/dev/null; sleep 0.1; done'
f=$work/docker.reel
run early true
docker run -d --network none --cgroup-parent "/$top/docker" --name running sr-test sh -c "$loop" \
	>"$work/out"
record "$f" -q --cgroup "/$top"
run blink usleep 10000
burst=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do
	run "burst-$i" cat "/id-$i" 2>/dev/null &
	burst="$burst $!"
done
# shellcheck disable=SC2086
wait $burst
docker rename running renamed
until_true sh -c "'$sysreel' read '$f' -p %container.name 2>/dev/null | grep -qx renamed"
ok "a new name comes while the recording runs"
stop
is "it ends in order" $? 0
run after true
is "a container that ran before, the one that goes on, and 25 that began meanwhile: these are there" \
	"$(each %container.name "$f" | sed 's/-.*//' | uniq -c | awk '{ print $1 $2 }' | tr '\n' ' ')" \
	"1blink 24burst 1renamed "
is "all events have an id and a name" "$(each '%container.state %evt.type' "$f" \
	"$calls and (not container.state=resolved or not container.id exists)")" ""
is "one that lived ten milliseconds is there from its first program to its end" \
	"$(each %evt.type "$f" 'container.name=blink and proc.args contains 10000 and
		evt.type in (execve, procexit, exit_group, nanosleep, clock_nanosleep)' | wc -l)" 4
for i in $(seq 24); do
	each %container.name "$f" "evt.type startswith open and fs.path.name=/id-$i"
done >"$work/out"
is "each of the burst's programs has the name of its container" "$(cat "$work/out")" \
	"$(seq -f 'burst-%g' 24)"

# ---- the daemon goes, and comes again; a container begins while it cannot answer ----

f=$work/gone.reel
kill "$dockerd_pid"
wait "$dockerd_pid"
record "$f" -q --cgroup "/$top"
until_state container.state unknown
ok "a daemon that is gone: the container goes on, and is unknown after a while"
has "with the reason" "$(each %container.why "$f")" "docker.sock: "
dockerd_launch
ok "the daemon starts again"
until_state container.state resolved
ok "and what it did meanwhile has a name"
docker rename renamed third
until_state container.name third
ok "and changes are heard of as before"

stop
is "the recording ends in order" $? 0
is "all events have ids and names" "$(each '%container.name %container.state' "$f")" "third resolved"
"$sysreel" verify "$f" >"$work/out"
is "and none is missing" $? 0

f=$work/asleep.reel
serve relay "$work/docker.sock"
record "$f" -q --cgroup "/$top" --docker-socket "$work/fake.sock"
until_state container.name third
kill -STOP "$server"
id=$(docker run -d --network none --cgroup-parent "/$top/docker" --name asleep sr-test cat /id-asleep)
until_state container.full_id "$id"
ok "a container that begins while the runtime does not answer is recorded with its id"
is "it is not known" "$(each %container.state "$f" "container.full_id=$id" | grep -c resolved)" 0
docker wait asleep >"$work/out"
docker rm asleep >"$work/out"
kill -CONT "$server"
until_state container.name asleep
ok "when the runtime answers it gets its name, gone as it is"
docker exec third touch /srv/end
docker wait third >"$work/out"
stop
is "the recording ends in order" $? 0
is "all events have ids and names" \
	"$(each %container.name "$f" | tr '\n' ' ')" "asleep third "
"$sysreel" verify "$f" >"$work/out"
is "and none is missing" $? 0
serve_end

# ---- a name that comes too late to choose by it, but not too late to go on ----

f=$work/late.reel
docker run -d --network none --cgroup-parent "/$top/docker" --name late sr-test sh -c "$loop" >"$work/out"
record "$f" --container 'lat*' --docker-socket "$work/late.sock"
until_true grep -q "waiting for one" "$work/record.log"
sleep 4
ln -s "$work/docker.sock" "$work/late.sock"
until_state container.name late
ok "a container whose runtime answers late is recorded from then on"
docker exec late touch /srv/end
docker wait late >"$work/out"
stop
is "the recording ends in order" $? 0
docker_test_end
