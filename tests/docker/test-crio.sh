#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CRI-O, which Debian has not, as a server of our own that answers as it does (crio.py): and servers
# that answer late, never, too much, or nonsense.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh

server=
stop_server()
{
	[ -z "$server" ] || { kill -KILL "$server" && wait "$server"; } 2>/dev/null
	server=
	rm -f "$work/crio.sock"
}
clean()
{
	trap '' INT TERM
	stop_server
	rm -rf "$work"
}
for python in python3 /usr/bin/python3 ''; do
	[ -z "$python" ] || ! "$python" -c 'import grpc' 2>/dev/null || break
done
if [ -z "$python" ]; then
	echo "skipped: python3-grpcio is not installed"
	exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/sr-crio.XXXXXX") || exit 1
trap clean EXIT
trap 'exit 130' INT TERM
build_resolve || exit 1
sock=$work/crio.sock

# serve MODE
serve()
{
	stop_server
	"$python" tests/docker/crio.py "$sock" "$1" >"$work/log" 2>&1 &
	server=$!
	n=0
	until [ -S "$sock" ]; do
		n=$((n + 1))
		if [ $n -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
			echo "skipped: the server does not start: $(tail -n 1 "$work/log")"
			exit 77
		fi
		sleep 0.1
	done
}
doc()
{
	"$resolve" grpc "$sock" "$1" "${2:-$id}"
}
id=$(printf 'c0%.0s' $(seq 32))
pod=$(printf 'd0%.0s' $(seq 32))

serve v1
d=$(doc cri-o)
is "CRI-O resolves a container" "$(member "$d" state)" resolved
is "its runtime" "$(member "$d" runtime)" cri-o
is "its name" "$(member "${d%%,\"pod\":*}" name)" api
is "its image" "$(member "$d" image)" registry/shop/api:3
is "the digest" "$(member "$d" digest)" "sha256:$(printf 'ab%.0s' $(seq 32))"
is "its command" "$(member "$d" command)" "/usr/bin/api -v"
is "when it was made" "$(member "$d" created)" 1795259777500000000
is "when it was started" "$(member "$d" started)" 1795259777500000000
has "its labels" "$d" '"tier":"back"'
has "its annotations" "$d" '"annotations":{"io.kubernetes.container.restartCount":"4"}'
has "that it is not privileged" "$d" '"privileged":false'
has "its user" "$d" '"User":"1001:0"'
has "its mount" "$d" '"Source":"/var/lib/data","Destination":"/data","RW":true,"Propagation":"rshared"'
has "how it ended" "$d" '"Status":"exited","Running":false,"Pid":4711,"ExitCode":137'
has "why" "$d" '"OOMKilled":true'
has "how often it was restarted" "$d" '"RestartCount":4'
has "its pod" "$d" '"pod":{"name":"api-5b9","namespace":"shop","uid":"0c9d7e41-2b3a-4f58-8e6d-a1b2c3d4e5f6"'
has "the pod's address" "$d" '"ip":"10.128.0.7"'
has "the pod's label" "$d" '"labels":{"app":"shop"}'
has "that the pod has the host's network" "$d" '"PidMode":"private","NetworkMode":"host"'
has "and no values of its environment" "$d" 'TOKEN=<redacted>'
case $d in *hunter2*) false ;; esac
ok "nowhere"
d=$(doc kubernetes)
is "where the path does not say whose it is, the server does" "$(member "$d" runtime)" cri-o
d=$(doc cri-o "$pod")
is "the pod's sandbox is a container, too" "$(member "${d%%,\"pod\":*}" name)" api-5b9
d=$(doc cri-o "$(printf 'f0%.0s' $(seq 32))")
is "one that never was is unknown" "$(member "$d" state)" unknown
has "with the reason" "$(member "$d" why)" "could not find it"

serve v1alpha2
is "the interface's older name is tried" "$(member "$(doc cri-o)" state)" resolved
serve bare
d=$(doc cri-o)
is "without the verbose part it still has a name" "$(member "$d" name)" api
serve trouble
is "a server in trouble is asked again" "$(member "$(doc cri-o)" state)" resolved
serve other
d=$(doc cri-o)
is "an answer about another container names nothing" "$(member "$d" state)" unknown
has "and why is said" "$(member "$d" why)" "not of this container"
serve garbage
d=$(doc cri-o)
is "an answer that is no message names nothing" "$(member "$d" state)" unknown
has "which is said" "$(member "$d" why)" "not understood"
serve giant
d=$(doc cri-o)
is "an answer without end is given up" "$(member "$d" state)" unknown
has "which is said as well" "$(member "$d" why)" "16 MiB"
serve hang
d=$(doc cri-o)
is "a server that hangs is given up" "$(member "$d" state)" unknown
has "and said" "$(member "$d" why)" "no answer in time"
stop_server
has "without a server its socket is named" "$(member "$(doc cri-o)" why)" "$sock: No such file"
docker_test_end
