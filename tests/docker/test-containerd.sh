#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A container of containerd, without Docker: recognised by its cgroup, found by its name, and
# described by containerd over gRPC, or without its socket by its OCI bundle.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh

. tests/docker/containerd.sh

clean()
{
	trap '' INT TERM
	containerd_stop
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
docker_test_end
