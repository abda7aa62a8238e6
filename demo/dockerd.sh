# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A private Docker daemon and an image made of busybox, for the demo and the tests.
# To be sourced by a POSIX shell. Nothing of the machine's own Docker is touched:
# the daemon has its data, its socket and its containerd in a folder of its own.
#
#   dockerd_start DIR      start it in DIR (which must exist); 1 with words in $dockerd_why
#   dockerd_image NAME     make an image of busybox with its applets
#   dockerd_stop           remove its containers and stop it; safe to call at any time
#
# dockerd_start sets DOCKER_HOST and DOCKER_CONFIG, so that `docker` talks to it.

dockerd_dir=
dockerd_pid=
dockerd_why=
dockerd_cgroups=

dockerd_start()
{
	dockerd_why=
	if [ "$(id -u)" != 0 ]; then
		dockerd_why="only root can start a Docker daemon"
		return 1
	fi
	if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
		dockerd_why="docker is not installed (Debian: apt install docker.io)"
		return 1
	fi
	dockerd_dir=$1
	dockerd_note_cgroups
	export DOCKER_HOST="unix://$1/docker.sock" DOCKER_CONFIG="$1/config"
	for dockerd_storage in overlay2 vfs; do
		dockerd_launch && return 0
		dockerd_stop
	done
	dockerd_why="dockerd does not start: $(tail -n 1 "$1/log" | cut -c 1-300)"
	return 1
}

# Start it, perhaps again: its folder and storage driver are known. $dockerd_opts are added.
dockerd_launch()
{
	# in a session of its own, so that Ctrl-C does not reach it before we clean up; its containerd
	# writes a log to the temporary folder when it is slow to end
	# shellcheck disable=SC2086
	TMPDIR=$dockerd_dir setsid dockerd --iptables=false --ip6tables=false --bridge=none --group "$(id -gn)" \
		--storage-driver "$dockerd_storage" --exec-opt native.cgroupdriver=cgroupfs \
		--data-root "$dockerd_dir/data" --exec-root "$dockerd_dir/exec" \
		--pidfile "$dockerd_dir/pid" ${dockerd_opts:-} \
		-H "$DOCKER_HOST" >>"$dockerd_dir/log" 2>&1 &
	dockerd_pid=$!
	dockerd_wait
}

# Docker leaves an empty cgroup "docker" in every hierarchy: those that were not there
# before go with our daemon.
dockerd_note_cgroups()
{
	dockerd_cgroups=$(cgroup_mounts | while read -r dockerd_m; do
		[ -d "$dockerd_m/docker" ] || echo "$dockerd_m/docker"
	done)
}

# Where cgroup hierarchies are mounted, one a line; with an argument only those of that type.
cgroup_mounts()
{
	awk -v type="${1:-cgroup2?}" '{ for (i = 7; i < NF && $i != "-"; i++) ; \
		if ($(i + 1) ~ "^" type "$") print $5 }' /proc/self/mountinfo
}

# Until it answers, at most two minutes.
dockerd_wait()
{
	dockerd_n=0
	while [ "$dockerd_n" -lt 600 ]; do
		docker version >/dev/null 2>&1 && return 0
		kill -0 "$dockerd_pid" 2>/dev/null || return 1
		sleep 0.2
		dockerd_n=$((dockerd_n + 1))
	done
	return 1
}

dockerd_busybox()
{
	for dockerd_b in /bin/busybox /usr/bin/busybox; do
		[ -x "$dockerd_b" ] && echo "$dockerd_b" && return 0
	done
	return 1
}

# dockerd_rootfs DIR: a root folder with busybox, its applets and a few accounts
dockerd_rootfs()
{
	dockerd_b=$(dockerd_busybox) || {
		dockerd_why="busybox is not installed (Debian: apt install busybox-static)"
		return 1
	}
	mkdir -p "$1/bin" "$1/etc" "$1/tmp" "$1/proc" "$1/dev" "$1/root" "$1/srv" || return 1
	cp "$dockerd_b" "$1/bin/busybox" || return 1
	"$dockerd_b" --list | while read -r dockerd_applet; do
		[ "$dockerd_applet" = busybox ] || ln -sf busybox "$1/bin/$dockerd_applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/srv:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nwww:x:33:\n' >"$1/etc/group"
}

dockerd_image()
{
	rm -rf "$dockerd_dir/rootfs"
	dockerd_rootfs "$dockerd_dir/rootfs" || return 1
	tar -C "$dockerd_dir/rootfs" -c . | docker import --change 'CMD ["/bin/sh"]' - "$1" >/dev/null
}

dockerd_stop()
{
	[ -n "$dockerd_pid" ] || return 0
	if kill -0 "$dockerd_pid" 2>/dev/null; then
		dockerd_ids=$(docker ps -aq 2>/dev/null)
		# shellcheck disable=SC2086
		[ -z "$dockerd_ids" ] || docker rm -f $dockerd_ids >/dev/null 2>&1
		kill "$dockerd_pid" 2>/dev/null
	fi
	wait "$dockerd_pid" 2>/dev/null
	dockerd_pid=
	# its containerd ends with it, unless it died
	dockerd_c=$(cat "$dockerd_dir/exec/containerd/containerd.pid" 2>/dev/null)
	if [ -n "$dockerd_c" ] && grep -q "$dockerd_dir" "/proc/$dockerd_c/cmdline" 2>/dev/null; then
		kill "$dockerd_c" 2>/dev/null
		dockerd_n=0
		while kill -0 "$dockerd_c" 2>/dev/null && [ "$dockerd_n" -lt 100 ]; do
			sleep 0.1
			dockerd_n=$((dockerd_n + 1))
		done
	fi
	awk -v d="$dockerd_dir/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo |
		sort -r | while read -r dockerd_m; do umount -l "$dockerd_m" 2>/dev/null; done
	# shellcheck disable=SC2086
	[ -z "$dockerd_cgroups" ] || rmdir $dockerd_cgroups 2>/dev/null
	return 0
}
