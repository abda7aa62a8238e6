#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Podman over its socket and from its files, with runc and crun under it; and containers that are run
# by hand with either, described by their state and their bundle.
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
	timeout 60 podman rm -f -a -t 0 >/dev/null 2>&1
	for c in "$top-runc" "$top-crun"; do
		runc delete -f "$c" >/dev/null 2>&1
		v2_only crun delete -f "$c" >/dev/null 2>&1
	done
	awk -v d="$work/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo |
		sort -r | while read -r m; do umount -l "$m" 2>/dev/null; done
	cgroup_mounts | while read -r m; do
		rmdir "$m/libpod_parent/conmon" "$m/libpod_parent" 2>/dev/null
		[ ! -d "$m/$top" ] || find "$m/$top" -depth -type d -exec rmdir {} + 2>/dev/null
	done
	rm -rf "$work"
}

top=sr-podman-$$
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
podman system service --time 0 "unix://$work/p.sock" >"$work/api.log" 2>&1 &
api=$!
n=0
until [ -S "$work/p.sock" ] || [ $n -gt 300 ]; do
	n=$((n + 1))
	sleep 0.1
done

# ---- a container that starts while a recording runs ----

f=$work/podman.reel
record "$f" --container 'web*' --docker-socket "$work/p.sock"
ok "a recorder waits for a container of Podman"
id=$(timeout 60 podman run -d --name web --network none -l app=shop --annotation remark=mine \
	-e PASSWORD=hunter2 -v "$work/srv:/data:ro" --user 33 shop/web:2 \
	sh -c 'cat /etc/passwd >/dev/null; sleep 1000')
n=0
until [ -n "$("$resolve" target "$work/p.sock" web 2>/dev/null)" ] || [ $n -gt 100 ]; do
	n=$((n + 1))
	sleep 0.1
done
timeout 60 podman exec web cat /etc/group >/dev/null
timeout 60 podman kill -s KILL web >/dev/null
timeout 60 podman wait web >/dev/null 2>&1
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

id=$(timeout 60 podman run -d --name files --network none shop/web:2 sleep 1000)
pid=$(podman inspect -f '{{.State.Pid}}' files)
grep -q "/libpod-$id" "/proc/$pid/cgroup"
ok "its cgroup is one that our table has"
kill "$api"
wait "$api" 2>/dev/null
api=
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
  "linux": { "cgroupsPath": "/$top/$2", "namespaces": [ { "type": "pid" }, { "type": "mount" } ] } }
END
}
for rt in runc crun; do
	c=$top-$rt
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
cgroup_mounts | while read -r m; do mkdir -p "$m/$top"; done
f=$work/nested.reel
record "$f" --cgroup "/$top" --docker-socket "$work/none"
runc run -b "$work/nested" "$top-nested" </dev/null >/dev/null
stop
is "the innermost one is the event's, and the chain is kept" "$("$sysreel" read "$f" \
	-p '%container.full_id %container.chain' \
	'evt.type=openat and fd.name=/etc/passwd and proc.name=cat' | sort -u)" \
	"$inner $(echo "$outer" | cut -c 1-12)/$(echo "$inner" | cut -c 1-12)"
docker_test_end
