#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demonstration, with Docker and without: it tells the story, and leaves nothing behind
# but the capture, also when it is interrupted.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
demo=$(pwd -P)/demo/run.sh
SYSREEL=${SYSREEL:-$(pwd -P)/$B/sysreel}
export SYSREEL
if [ ! -x "$SYSREEL" ] || [ "$(id -u)" != 0 ] || [ ! -e /sys/kernel/btf/vmlinux ]; then
	echo "skipped: needs root, the program, and a kernel that can be recorded"
	exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/sr-docker.XXXXXX") || exit 1
trap docker_test_clean EXIT
trap 'exit 130' INT TERM
mkdir "$work/tmp" "$work/here"
mkfifo "$work/told"
export TMPDIR="$work/tmp"

# What the demo started and did not end: processes and cgroups are found by its folder's name.
leftovers()
{
	ls -A "$work/tmp"
	grep -l "$work/tmp/sr-demo" /proc/[0-9]*/cmdline 2>/dev/null
	cgroup_mounts cgroup2 | while read -r m; do ls -d "$m/sysreel-demo-$1" 2>/dev/null; done
	grep -o "$work/tmp/sr-demo[^ ]*" /proc/self/mountinfo
}

# tells WORDS OPTIONS...
tells()
{
	what=$1
	shift
	(cd "$work/here" && exec "$demo" --output story.reel "$@") >"$work/out" 2>&1 &
	pid=$!
	wait $pid
	is "$what: the demo ends in order" $? 0
	out=$(cat "$work/out")
	has "$what: the recording is complete" "$out" "complete    yes"
	has "$what: what was read" "$out" 'openat(AT_FDCWD, "/etc/shadow", O_RDONLY) = 3</etc/shadow>'
	has "$what: what was executed" "$out" 'execve path="/tmp/.x/kworker" argv=["nc",'
	has "$what: where it connected" "$out" '{AF_INET, 127.0.0.1:4444}, 16) = 0'
	has "$what: what was sent" "$out" 'root:$6$Zk0pQ1$'
	has "$what: the table" "$out" 'CALLS'
	is "$what: only the capture stays" "$(ls "$work/here"; leftovers $pid)" story.reel
	rm -f "$work/here/story.reel"
}

# interrupted WORDS HEADING OPTIONS...: as soon as it has said that
interrupted()
{
	what=$1 at=$2
	shift 2
	# a terminal's Ctrl-C reaches the whole process group; env undoes that a shell makes what
	# it starts in the background deaf to it
	(cd "$work/here" && exec setsid env --default-signal=INT "$demo" "$@") >"$work/told" 2>&1 &
	pid=$!
	while IFS= read -r line; do
		case $line in
		"$at"*) kill -INT "-$pid" ;;
		esac
	done <"$work/told"
	wait $pid
	is "$what: interrupted at $at it says so" $? 130
	is "$what: and leaves nothing behind" "$(leftovers $pid)" ""
	rm -f "$work/here/incident.reel"
}

tells "without Docker" --no-docker
interrupted "without Docker" 1. --no-docker
interrupted "without Docker" 2. --no-docker
if ! docker version >/dev/null 2>&1 && ! command -v dockerd >/dev/null; then
	echo "skipped the rest: Docker is not installed"
	docker_test_end
fi
tells "with Docker"
interrupted "with Docker" 1.
interrupted "with Docker" 2.
e=$("$demo" --nonsense 2>&1)
is "an unknown option is a usage error" $? 2
has "and shows the usage" "$e" "Usage: demo/run.sh"
docker_test_end
