#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A container of containerd, without Docker: recognised by its cgroup, found by its name, and
# described by its OCI bundle.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh

containerd_pid=

clean()
{
	trap '' INT TERM
	if [ -n "$containerd_pid" ]; then
		ctr task kill -s KILL redis >/dev/null 2>&1
		sleep 0.3
		ctr task delete redis >/dev/null 2>&1
		ctr container delete redis >/dev/null 2>&1
		kill "$containerd_pid"
		wait "$containerd_pid" 2>/dev/null
	fi
	cgroup_mounts | while read -r m; do rmdir "$m/default" 2>/dev/null; done
	rm -rf "$work"
}

if [ "$(id -u)" != 0 ] || ! command -v containerd >/dev/null || ! command -v ctr >/dev/null; then
	echo "skipped: containerd is not installed, or we are not root"
	exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/sr-ctr.XXXXXX") || exit 1
trap clean EXIT
trap 'exit 130' INT TERM

export CONTAINERD_ADDRESS="$work/c.sock"
cat >"$work/config.toml" <<END
version = 2
root = "$work/root"
state = "$work/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$work/c.sock"
[ttrpc]
  address = "$work/c.sock.ttrpc"
END
setsid containerd --config "$work/config.toml" >"$work/log" 2>&1 &
containerd_pid=$!
n=0
until ctr version >/dev/null 2>&1; do
	n=$((n + 1))
	if [ $n -gt 100 ] || ! kill -0 "$containerd_pid" 2>/dev/null; then
		echo "skipped: containerd does not start: $(tail -n 1 "$work/log" | cut -c 1-300)"
		exit 77
	fi
	sleep 0.1
done
build_resolve || exit 1
dockerd_rootfs "$work/rootfs" || exit 1
ctr run --detach --rootfs --env KEY=secret "$work/rootfs" redis /bin/sleep 1000
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
docker_test_end
