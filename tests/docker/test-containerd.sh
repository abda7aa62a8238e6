#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A container of containerd, without Docker: recognised by its cgroup, found by its name, and
# described by containerd over gRPC, or without its socket by its OCI bundle. Then those that come and
# go faster than anybody can ask, and a daemon that is away meanwhile.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
. tests/docker/containerd.sh
needs_recorder

clean()
{
	trap '' INT TERM
	for p in ${recorder:-}; do
		kill "$p" 2>/dev/null && wait "$p" 2>/dev/null
	done
	[ -n "$ctrd_pid" ] || [ ! -s "$work/log" ] || containerd_run
	containerd_stop
	races_end
	rm -rf "$work"
}
work=$(mktemp -d "${TMPDIR:-/tmp}/sr-ctr.XXXXXX") || exit 1
trap clean EXIT
trap 'exit 130' INT TERM
build_grpc || exit 1
containerd_start "$work"
build_resolve || exit 1
dockerd_rootfs "$work/rootfs" || exit 1
oci_image "$work/rootfs" docker.io/shop/redis:7 >"$work/image.tar" || exit 1
ctr images import --snapshotter native "$work/image.tar" >/dev/null || exit 1
ctr run --detach --snapshotter native --env KEY=secret --label app=shop docker.io/shop/redis:7 redis \
	/bin/sleep 1000
ok "a container of containerd runs"

pid=$(ctr task list | awk '$1 == "redis" { print $2 }')
grep -q ':/default/redis$' "/proc/$pid/cgroup"
ok "its cgroup is the one that our table expects"
t=$("$resolve" target "$work/no.sock" redis)
is "it is found by its name, without any socket" "$(echo "$t" | head -n 1)" "redis redis"
is "in every hierarchy" "$(echo "$t" | tail -n +2 | wc -l)" \
	"$(grep -c ':/default/redis$' "/proc/$pid/cgroup")"

d=$("$resolve" doc "$work/no.sock" "$work" containerd redis "$work")
is "its bundle resolves it" "$(member "$d" state)" resolved
is "with its name" "$(member "$d" name)" redis
is "with its command" "$(member "$d" command)" "/bin/sleep 1000"
has "values of its environment are redacted" "$d" 'KEY=<redacted>'

d=$("$resolve" grpc "$ctrd_sock" containerd redis)
is "containerd resolves it" "$(member "$d" state)" resolved
is "with its image" "$(member "$d" image)" docker.io/shop/redis:7
is "its digest" "$(member "$d" digest)" "$(ctr images list | awk '/shop.redis:7/ { print $3 }')"
is "its command" "$(member "$d" command)" "/bin/sleep 1000"
has "its label" "$d" '"app":"shop"'
has "that it runs, and as whom" "$d" '"Status":"running","Running":true,"Pid":'"$pid"
has "what it shares with the host" "$d" '"NetworkMode":"private"'
has "and no values of its environment" "$d" 'KEY=<redacted>'
d=$("$resolve" grpc "$ctrd_sock" containerd nobody)
is "one that never was is unknown" "$(member "$d" state)" unknown
has "with the reason" "$(member "$d" why)" "not found"

# ---- before, during, after; ten milliseconds; a burst ----

races_begin
mkdir "$work/srv"
image=docker.io/shop/redis:7

# id_of NAME: the id that stands for it in this test
id_of()
{
	echo "$1" | sha256sum | cut -d ' ' -f 1
}

# run ID OPTIONS -- COMMAND...: a container of this test
run()
{
	run_id=$1 run_options=
	shift
	while [ "$1" != -- ]; do
		run_options="$run_options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	ctr run $run_options --snapshotter native --cgroup "/$top/default/$run_id" \
		--mount "type=bind,src=$work/srv,dst=/srv,options=rbind:ro" $image "$run_id" "$@" \
		</dev/null >>"$work/ctr.out" 2>&1
}

burst=$(for i in $(seq 30); do id_of "burst $i"; done)
blink=$(id_of blink) running=$(id_of running)
f=$work/races.reel
run "$(id_of early)" --rm -- true
run "$running" --detach -- \
	sh -c 'until [ -e /srv/end ]; do cat /etc/passwd >/dev/null; sleep 0.1; done'
record "$f" -q --cgroup "/$top" --docker-socket "$work/none" --runtime-socket "$ctrd_sock"
run "$blink" --rm -- usleep 10000
ok "a container lives ten milliseconds, and is removed"
jobs=
for i in $burst; do
	run "$i" --detach -- cat "/id-$i" &
	jobs="$jobs $!"
done
# shellcheck disable=SC2086
wait $jobs
until_state container.state resolved "container.full_id=$running"
for i in $burst; do
	until_true sh -c "ctr task list | grep -q '$i .*STOPPED'"
done
stop
is "a burst of 30 is recorded in order" $? 0
run "$(id_of after)" --rm -- true
"$sysreel" verify "$f" >"$work/out"
is "and completely" $? 0
is "of what ran before, goes on, and began meanwhile or after, these are there" \
	"$(each %container.full_id "$f")" "$(printf '%s\n' "$blink" "$running" "$burst" | sort)"
# shellcheck disable=SC2086
is "all of their events carry their ids" "$(keeps "$f" $blink $running $burst)" ""
is "each of the burst's programs has its own" "$(wrong "$f" | head -n 3)" ""
is "all have the image, or say why not" "$(unnamed "$f")" ""
is "those that are still known have it" "$(each '%container.full_id %container.image' "$f" \
	"$calls and not container.full_id=$blink" | grep -c " $image\$")" 31
is "the one of ten milliseconds is there from its first program to its end" \
	"$(each %evt.type "$f" "container.full_id=$blink and proc.args contains 10000 and
		evt.type in (execve, procexit, exit_group, nanosleep, clock_nanosleep)" | wc -l)" 4

# ---- the daemon goes, and comes again ----

f=$work/gone.reel
containerd_kill
record "$f" -q --cgroup "/$top" --docker-socket "$work/none" --runtime-socket "$ctrd_sock"
until_state container.state unknown
ok "a daemon that is gone: the container goes on, and is unknown after a while"
has "with the reason" "$(each %container.why "$f")" "c.sock: "
containerd_run
ok "the daemon starts again"
again=$(id_of again)
run "$again" --detach -- cat "/id-$again"
until_state container.state resolved "container.full_id=$running"
ok "and what went on meanwhile is known"
stop
is "the recording ends in order" $? 0
is "both are known" "$(each '%container.state %container.image' "$f")" "resolved $image"
is "all of their events carry their ids" "$(keeps "$f" "$running" "$again")" ""

# ---- a container begins while the daemon does not answer ----

f=$work/asleep.reel
asleep=$(id_of asleep)
serve relay "$ctrd_sock"
record "$f" -q --cgroup "/$top" --docker-socket "$work/none" --runtime-socket "$work/fake.sock"
until_state container.state resolved "container.full_id=$running"
kill -STOP "$server"
run "$asleep" --detach -- cat "/id-$asleep"
until_state container.full_id "$asleep"
ok "a container that begins while nothing answers is recorded with its id"
is "it is not known" "$(each %container.state "$f" "container.full_id=$asleep" | grep -c resolved)" 0
until_true sh -c "ctr task list | grep -q '$asleep .*STOPPED'"
containerd_kill
containerd_run
ok "the daemon is started anew"
kill -CONT "$server"
until_state container.state resolved "container.full_id=$asleep"
ok "when it answers the container is known, ended as it is"
touch "$work/srv/end"
stop
is "the recording ends in order" $? 0
is "both are known" "$(each '%container.state %container.image' "$f")" "resolved $image"
is "all of their events carry their ids" "$(keeps "$f" "$running" "$asleep")" ""
serve_end
docker_test_end
