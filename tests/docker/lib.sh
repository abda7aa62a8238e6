# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the Docker tests share: a private daemon in a folder that is removed at the
# end, and counting. Source it from the repository's root with $B set or not.
#
#   docker_test_begin      start it, or leave with status 77 and words
#   ok WORDS               the command just run succeeded: count it (uses $?)
#   is WORDS GOT WANT      the two are equal
#   has WORDS TEXT PART    the text has the part in it
#   docker_test_end        "N passed, N failed"; the status is 1 if any failed
#   needs_recorder         leave with status 77 and words where nothing can be recorded
#   record FILE OPTIONS... start the recorder, and wait until it records; its words are in $work/record.log
#   stop                   end it in order; its status
#   until_told FILE NAME WORDS, until_state FIELD VALUE [FILTER], until_true COMMAND...: wait, with a deadline
#   races_begin, races_end a folder of cgroups that is this test's alone, /$top, and its end
#   serve MODE..., serve_end   a runtime at $work/fake.sock that behaves as runtime.py tells
#   each FIELDS FILE [FILTER]  what a capture says; what is amiss in it: wrong FILE, keeps FILE ID..., unnamed FILE

B=${B:-build}
passed=0
failed=0
work=

. demo/dockerd.sh

docker_test_clean()
{
	trap '' INT TERM
	for p in ${recorder:-}; do
		kill "$p" 2>/dev/null && wait "$p" 2>/dev/null
	done
	dockerd_stop
	[ -z "$work" ] || rm -rf "$work"
}

docker_test_begin()
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/sr-docker.XXXXXX") || exit 1
	trap docker_test_clean EXIT
	trap 'exit 130' INT TERM
	if ! dockerd_start "$work" || ! dockerd_image sr-test; then
		echo "skipped: ${dockerd_why:-no image could be made}"
		exit 77
	fi
}

# build_resolve: compile resolve.c, which asks runtimes through our library, to $resolve
build_resolve()
{
	resolve=$work/resolve
	# shellcheck disable=SC2086
	${CC:-cc} -std=gnu17 -D_GNU_SOURCE -I. ${SAN:+-fsanitize=$SAN} tests/docker/resolve.c \
		"$B/libsysreel.a" -o "$resolve" -lcurl -lcjson -lxxhash -pthread
}

needs_recorder()
{
	sysreel=${SYSREEL:-$B/sysreel}
	if [ ! -x "$sysreel" ]; then
		echo "skipped: $sysreel is not built"
		exit 77
	fi
	if [ ! -e /sys/kernel/btf/vmlinux ]; then
		echo "skipped: this kernel cannot be recorded (no BTF)"
		exit 77
	fi
}

# until_told FILE NAME WORDS: a recording that goes on has the words in its document of the container
until_told()
{
	told_n=0
	until "$sysreel" info "$1" --container "$2" 2>/dev/null | grep -q "$3" || [ $told_n -gt 1200 ]; do
		told_n=$((told_n + 1))
		sleep 0.1
	done
}

record()
{
	file=$1
	shift
	"$sysreel" record -w "$file" "$@" 2>"$work/record.log" &
	recorder=$!
	n=0
	until [ -s "$file" ]; do
		n=$((n + 1))
		if ! kill -0 "$recorder" 2>/dev/null || [ $n -gt 600 ]; then
			cat "$work/record.log"
			return 1
		fi
		sleep 0.1
	done
}

stop()
{
	kill -TERM "$recorder"
	wait "$recorder"
	status=$?
	recorder=
	return $status
}

# until_true COMMAND...: wait for it to succeed, two minutes at most
until_true()
{
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 1200 ] || return 1
		sleep 0.1
	done
}

# Containers of a test have cgroups of their own: others' may come and go meanwhile.
top=
server=
races_begin()
{
	top=sr-races.$$
	cgroup_mounts | while read -r m; do mkdir -p "$m/$top"; done
}

races_end()
{
	[ -z "$server" ] || kill -KILL "$server" 2>/dev/null
	[ -n "$top" ] || return 0
	cgroup_mounts | while read -r m; do
		find "$m/$top" -name cgroup.procs -exec cat {} + 2>/dev/null
	done | sort -u | xargs -r kill -9 2>/dev/null
	cgroup_mounts | while read -r m; do
		[ ! -d "$m/$top" ] || find "$m/$top" -depth -type d -exec rmdir {} + 2>/dev/null
	done
}

# serve MODE...: a runtime at $work/fake.sock that behaves so
serve()
{
	mkfifo "$work/fifo"
	python3 tests/docker/runtime.py "$work/fake.sock" "$@" <"$work/fifo" &
	server=$!
	exec 8>"$work/fifo"
	rm "$work/fifo"
	until_true [ -S "$work/fake.sock" ]
}

serve_end()
{
	exec 8>&-
	wait "$server"
	server=
}

# what the runtime does from outside is not the container's
calls='not evt.type in (cgroup_attach, cgroup_mkdir, cgroup_rmdir)'

# wrong FILE: events of a process that opened /id-ID, but which are not told to be of the container ID
wrong()
{
	"$sysreel" read "$1" -p '%proc.pid %container.full_id %evt.type %evt.args' "$calls" >"$work/rows"
	awk '$3 ~ /^open/ && match($0, /\/id-[0-9a-f]+/) { id[$1] = substr($0, RSTART + 4, RLENGTH - 4) }
		{ row[NR] = $0; pid[NR] = $1; cid[NR] = $2 }
		END { for (i = 1; i <= NR; i++) if (pid[i] in id && id[pid[i]] != cid[i]) print row[i] }' \
		"$work/rows"
}

# each FIELDS FILE [FILTER]: its different values, one a line
each()
{
	"$sysreel" read "$2" -p "$1" "${3:-$calls}" | sort -u
}

# state FIELD VALUE [FILTER]: is it what the capture $f says of the events so far?
state()
{
	each "%$1" "$f" "${3:-}" 2>/dev/null | grep -qx "$2"
}

until_state()
{
	until_true state "$@"
}

# astray FILE ID: how many events there are of threads in the container's cgroups, and how many of them
# have not its id. Both are counted by themselves: by the path, and by the id.
astray()
{
	in_cgroup=$("$sysreel" read "$1" -p %evt.num "$calls and thread.cgroups contains $2" | wc -l)
	with_id=$("$sysreel" read "$1" -p %evt.num "$calls and container.full_id=$2" | wc -l)
	[ "$in_cgroup" -gt 0 ] && echo "$((in_cgroup - with_id))"
}

# keeps FILE ID...: those of the containers that have no events, or some that are not told to be their own
keeps()
{
	keeps_file=$1
	shift
	for keeps_id; do
		keeps_n=$(astray "$keeps_file" "$keeps_id")
		[ "$keeps_n" = 0 ] || echo "$keeps_id $keeps_n"
	done
}

# unnamed FILE: containers that are neither resolved, nor say why they are not
unnamed()
{
	each '%container.full_id %container.state' "$1" \
		'container.id!=host and not container.state=resolved and not container.why exists'
}

# member DOC NAME: a string member of the document's top level
member()
{
	printf '%s' "${1%%,\"raw\":*}" | sed -n "s/.*\"$2\":\"\([^\"]*\)\".*/\1/p"
}

count()
{
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "ok   $2"
	else
		failed=$((failed + 1))
		echo "FAIL $2"
	fi
}

ok()
{
	count $? "$1"
}

is()
{
	[ "$2" = "$3" ]
	count $? "$1"
	[ "$2" = "$3" ] || printf '     got:    %s\n     wanted: %s\n' "$2" "$3"
}

has()
{
	case $2 in
	*"$3"*) count 0 "$1" ;;
	*)
		count 1 "$1"
		printf '     got: %s\n     it should have: %s\n' "$(echo "$2" | head -c 2000)" "$3"
		;;
	esac
}

docker_test_end()
{
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit $?
}
