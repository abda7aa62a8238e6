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
	until "$sysreel" info "$1" --container "$2" 2>/dev/null | grep -q "$3" || [ $told_n -gt 300 ]; do
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

# until_true COMMAND...: wait for it to succeed, a minute at most
until_true()
{
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 600 ] || return 1
		sleep 0.1
	done
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
