#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Podman over its socket and from its files, with runc and crun under it; and containers that are run
# by hand with either, described by their state and their bundle. Then containers that come and go faster
# than anybody can ask, and a service that is away meanwhile.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
needs_recorder

api=
clean()
{
	trap '' INT TERM
	for p in ${recorder:-}; do
		kill "$p" 2>/dev/null && wait "$p" 2>/dev/null
	done
	[ -z "$api" ] || { kill "$api" && wait "$api"; } 2>/dev/null
	timeout 120 podman rm -f -a -t 0 >/dev/null 2>&1
	races_end
	for c in "$hand-runc" "$hand-crun"; do
		runc delete -f "$c" >/dev/null 2>&1
		v2_only crun delete -f "$c" >/dev/null 2>&1
	done
	awk -v d="$work/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo |
		sort -r | while read -r m; do umount -l "$m" 2>/dev/null; done
	cgroup_mounts | while read -r m; do
		rmdir "$m/libpod_parent/conmon" "$m/libpod_parent" 2>/dev/null
		[ ! -d "$m/$hand" ] || find "$m/$hand" -depth -type d -exec rmdir {} + 2>/dev/null
	done
	rm -rf "$work"
}

hand=sr-podman-$$
if [ "$(id -u)" != 0 ] || ! command -v podman >/dev/null || ! command -v runc >/dev/null; then
	echo "skipped: podman or runc is not installed, or we are not root"
	exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/sr-podman.XXXXXX") || exit 1
trap clean EXIT
trap 'exit 130' INT TERM

export CONTAINERS_STORAGE_CONF="$work/storage.conf" CONTAINERS_CONF="$work/containers.conf"
cat >"$CONTAINERS_STORAGE_CONF" <<END
[storage]
driver = "vfs"
graphroot = "$work/var/lib/containers/storage"
runroot = "$work/run/containers/storage"
END
cat >"$CONTAINERS_CONF" <<END
[containers]
default_ulimits = [ "nofile=1024:1024", "nproc=1024:1024" ]
pids_limit = 0
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$work/libpod"
static_dir = "$work/static"
volume_path = "$work/volumes"
END

# What only knows cgroup v2 sees no v1 hierarchies: crun refuses to work with both.
v2_only()
{
	v2=$(cgroup_mounts cgroup2 | head -n 1)
	if [ "$v2" = /sys/fs/cgroup ]; then
		"$@"
	else
		# shellcheck disable=SC2016
		unshare -m sh -c 'mount --bind "$0" /sys/fs/cgroup && exec "$@"' "$v2" "$@"
	fi
}

build_resolve || exit 1
dockerd_rootfs "$work/rootfs" || exit 1
if ! tar -C "$work/rootfs" -c . | timeout 120 podman import -q - shop/web:2 >"$work/import.log" 2>&1; then
	echo "skipped: podman does not work here: $(tail -n 1 "$work/import.log")"
	exit 77
fi
mkdir "$work/srv"
api_start()
{
	rm -f "$work/p.sock"
	podman system service --time 0 "unix://$work/p.sock" >>"$work/api.log" 2>&1 &
	api=$!
	until_true [ -S "$work/p.sock" ]
}

api_stop()
{
	kill "$api"
	wait "$api" 2>/dev/null
	api=
}
api_start

# ---- a container that starts while a recording runs ----

f=$work/podman.reel
record "$f" --container 'web*' --docker-socket "$work/p.sock"
ok "a recorder waits for a container of Podman"
id=$(timeout 200 podman run -d --name web --network none -l app=shop --annotation remark=mine \
	-e PASSWORD=hunter2 -v "$work/srv:/data:ro" --user 33 shop/web:2 \
	sh -c 'cat /etc/passwd >/dev/null; sleep 1000')
n=0
until [ -n "$("$resolve" target "$work/p.sock" web 2>/dev/null)" ] || [ $n -gt 1200 ]; do
	n=$((n + 1))
	sleep 0.1
done
timeout 200 podman exec web cat /etc/group >/dev/null
timeout 200 podman kill -s KILL web >/dev/null
timeout 200 podman wait web >/dev/null 2>&1
until_told "$f" web '"ExitCode":	137' # the recorder asks again when it has ended
stop
is "recording ends in order" $? 0
seen()
{
	"$sysreel" read "$f" -p "$1" 'evt.type=openat and fd.name=/etc/passwd and proc.name=cat' | sort -u
}
is "what it did from its first program on has its name" "$(seen %container.name)" web
is "its id" "$(seen %container.full_id)" "$id"
is "its runtime" "$(seen %container.type)" podman
is "its image" "$(seen '%container.image %container.image.tag')" "localhost/shop/web:2 2"
digest=$(podman image inspect -f '{{.Digest}}' shop/web:2)
is "the digest" "$(seen %container.image.digest)" "$digest"
is "its label" "$(seen '%container.label.app')" shop
is "its command" "$(seen %container.command)" "sh -c cat /etc/passwd >/dev/null; sleep 1000"
is "its user" "$(seen %container.user)" 33
is "that it is not privileged" "$(seen %container.privileged)" false
is "its mount" "$(seen %container.mounts)" "$work/srv:/data::false:rprivate"
is "how it ended" "$(seen '%container.status %container.exit_code' | sed s/stopped/exited/)" "exited 137"
is "how often it was restarted" "$(seen %container.restart_count)" 0
d=$("$sysreel" info "$f" --container web)
has "the document has the digest" "$d" "$digest"
case $d in *hunter2*) false ;; esac
ok "but no values of environment variables"
is "one that came to it later is its own, too" "$("$sysreel" read "$f" -p %container.name \
	'evt.type=openat and fd.name=/etc/group and proc.name=cat' | sort -u)" web

# ---- by its files ----

id=$(timeout 200 podman run -d --name files --network none shop/web:2 sleep 1000)
pid=$(podman inspect -f '{{.State.Pid}}' files)
grep -q "/libpod-$id" "/proc/$pid/cgroup"
ok "its cgroup is one that our table has"
api_stop
d=$("$resolve" doc "$work/none" "$work/none" podman "$id" "$work")
is "without the socket its files name it" "$(member "$d" name)" files
is "its image" "$(member "$d" image)" localhost/shop/web:2
is "the digest" "$(member "$d" digest)" "$digest"
is "its command" "$(member "$d" command)" "sleep 1000"
has "its network" "$d" '"NetworkMode":"private"'

# ---- by hand ----

bundle()
{
	mkdir "$work/$1"
	cat >"$work/$1/config.json" <<END
{ "ociVersion": "1.0.2", "root": { "path": "$work/rootfs", "readonly": true },
  "process": { "cwd": "/", "user": { "uid": 0, "gid": 0 }, "env": [ "PATH=/bin", "KEY=secret" ],
               "args": [ "/bin/sleep", "1000" ] },
  "mounts": [ { "destination": "/proc", "type": "proc", "source": "proc" } ],
  "annotations": { "team": "a" },
  "linux": { "cgroupsPath": "/$hand/$2", "namespaces": [ { "type": "pid" }, { "type": "mount" } ] } }
END
}
for rt in runc crun; do
	c=$hand-$rt
	hex=$(echo "$c" | sha256sum | cut -d ' ' -f 1)
	bundle $rt "$hex"
	run=
	[ $rt = runc ] || run=v2_only
	if ! command -v $rt >/dev/null; then
		echo "not tried: $rt is not installed"
		continue
	fi
	$run $rt run -d -b "$work/$rt" "$c" </dev/null >"$work/$rt.log" 2>&1
	ok "$rt runs a bundle"
	d=$("$resolve" doc "$work/none" "$work/none" $rt "$c")
	is "its state and bundle describe it" "$(member "$d" state)" resolved
	is "whose it is" "$(member "$d" runtime)" $rt
	is "its command" "$(member "$d" command)" "/bin/sleep 1000"
	has "that it runs" "$d" '"Status":"running","Running":true,"Pid":'
	has "its annotation" "$d" '"team":"a"'
	has "and no values of its environment" "$d" 'KEY=<redacted>'
	t=$("$resolve" target "$work/none" "$hex")
	is "an id in its path finds it" "$(echo "$t" | head -n 1)" "$hex $hex"
	$run $rt delete -f "$c" >/dev/null 2>&1
done

# ---- containers in containers: the path tells of both ----

outer=$(echo outer | sha256sum | cut -d ' ' -f 1)
inner=$(echo inner | sha256sum | cut -d ' ' -f 1)
bundle nested "docker/$outer/docker/$inner"
sed -i 's|"/bin/sleep", "1000"|"/bin/cat", "/etc/passwd"|' "$work/nested/config.json"
cgroup_mounts | while read -r m; do mkdir -p "$m/$hand"; done
f=$work/nested.reel
record "$f" --cgroup "/$hand" --docker-socket "$work/none"
runc run -b "$work/nested" "$hand-nested" </dev/null >/dev/null
stop
is "the innermost one is the event's, and the chain is kept" "$("$sysreel" read "$f" \
	-p '%container.full_id %container.chain' \
	'evt.type=openat and fd.name=/etc/passwd and proc.name=cat' | sort -u)" \
	"$inner $(echo "$outer" | cut -c 1-12)/$(echo "$inner" | cut -c 1-12)"

# ---- before, during, after; ten milliseconds; a burst; a service that is away ----

races_begin
api_start

# run NAME OPTIONS -- COMMAND...: a container of this test; its id is in $work/NAME.id
run()
{
	run_name=$1 run_options=
	shift
	while [ "$1" != -- ]; do
		run_options="$run_options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	timeout 120 podman run $run_options --name "$run_name" --cidfile "$work/$run_name.id" --network none \
		--cgroup-parent "/$top" -v "$work/srv:/srv:ro" shop/web:2 "$@" </dev/null >>"$work/run.out" 2>&1
}

# none with --rm: on a hybrid host Podman 4.3 takes 20 s to remove one
f=$work/races.reel
run early -d -- true
run running -d -- sh -c 'until [ -e /srv/end ]; do cat /etc/passwd >/dev/null; sleep 0.1; done'
running=$(cat "$work/running.id")
record "$f" -q --cgroup "/$top" --docker-socket "$work/p.sock"
run blink -d -- usleep 10000
ok "a container lives ten milliseconds"
jobs=
for i in 1 2 3 4 5 6; do
	run "burst-$i" -d -- sh -c 'exec cat "/id-$0"' "$i" &
	jobs="$jobs $!"
done
# shellcheck disable=SC2086
wait $jobs
until_state container.name running "container.full_id=$running"
ok "the one that ran before has its name"
for i in blink burst-1 burst-2 burst-3 burst-4 burst-5 burst-6; do
	until_state evt.type procexit "container.full_id=$(cat "$work/$i.id")"
done
api_stop
run asleep -d -- cat /id-asleep
asleep=$(cat "$work/asleep.id")
until_state container.full_id "$asleep"
ok "one that begins while the service is away is recorded with its id"
is "it is not known" "$(each %container.state "$f" "container.full_id=$asleep" | grep -c resolved)" 0
api_start
ok "the service starts again"
until_state container.name asleep "container.full_id=$asleep"
ok "when it answers the container gets its name"
touch "$work/srv/end"
stop
is "the recording ends in order" $? 0
run after -d -- true
"$sysreel" verify "$f" >"$work/out"
is "and is complete" $? 0
blink=$(cat "$work/blink.id")
burst=$(for i in 1 2 3 4 5 6; do printf "%s\n" "$(cat "$work/burst-$i.id")"; done)
is "of what ran before, goes on, and began meanwhile or after, these are there" \
	"$(each %container.full_id "$f" "$calls and container.id!=host")" \
	"$(printf '%s\n' "$blink" "$running" "$asleep" "$burst" | sort)"
# shellcheck disable=SC2086
is "all of their events carry their ids" "$(keeps "$f" $blink $running $asleep $burst)" ""
is "each of the burst's programs has its own" "$(for i in 1 2 3 4 5 6; do
	each %container.full_id "$f" "evt.type startswith open and fs.path.name=/id-$i"
done)" "$burst"
is "all have a name, or say why not" "$(unnamed "$f")" ""
is "those that still are have name and image" "$(each '%container.name %container.image' "$f" \
	"container.full_id in ($running, $asleep)")" "$(printf '%s localhost/shop/web:2\n' asleep running)"
is "the one of ten milliseconds is there from its first program to its end" \
	"$(each %evt.type "$f" "container.full_id=$blink and proc.args contains 10000 and
		evt.type in (execve, procexit, exit_group, nanosleep, clock_nanosleep)" | wc -l)" 4
docker_test_end
