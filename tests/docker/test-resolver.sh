#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The resolver and the target finder against a real Docker daemon.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
docker_test_begin

build_resolve || exit 1
sock=$work/docker.sock

doc()
{
	"$resolve" doc "$sock" "$work/data" docker "$1"
}

id=$(docker run -d --name web --network none -l app=shop -e PASSWORD=hunter2 -e TERM=xterm \
	sr-test sleep 1000)
d=$(doc "$id")
is "a running container is resolved" "$(member "$d" state)" resolved
is "its name" "$(member "$d" name)" web
is "its image" "$(member "$d" image)" sr-test
is "its command" "$(member "$d" command)" "sleep 1000"
has "its labels" "$d" '"labels":{"app":"shop"}'
has "that it is not privileged" "$d" '"privileged":false'
has "the raw inspect document" "$d" '"raw":{"Id":"'"$id"
has "names of the environment are kept" "$d" 'PASSWORD=<redacted>'
case $d in *hunter2*) false ;; esac
ok "values of the environment are not"
has "except harmless ones" "$d" 'TERM=xterm'
created=$(member "$d" created)
is "its creation time" "$(date -u -d "@${created%?????????}" +%FT%T)" \
	"$(docker inspect -f '{{.Created}}' web | cut -c 1-19)"

docker rename web shop
is "a renamed container has its new name" "$(member "$(doc "$id")" name)" shop

docker run --rm --name flash --network none --cidfile "$work/cid" sr-test true
d=$(doc "$(cat "$work/cid")")
is "one that is gone is named by the daemon's events" "$(member "$d" name)" flash
is "with its image" "$(member "$d" image)" sr-test
d=$(doc "$(echo "$id" | tr 0-9a-f 1-9a-f0)")
is "one that never was is unknown" "$(member "$d" state)" unknown
has "with the reason" "$(member "$d" why)" "no such container"

pid=$(docker inspect -f '{{.State.Pid}}' shop)
t=$("$resolve" target "$sock" shop)
is "a target has the container's id and name" "$(echo "$t" | head -n 1)" "$id shop"
is "a target has a cgroup for each hierarchy that has the container" \
	"$(echo "$t" | tail -n +2 | wc -l)" "$(grep -c "$id" "/proc/$pid/cgroup")"
echo "$t" | tail -n +2 | while read -r hier ino path; do
	mnt=$(awk -v n="$hier" -F: '$1 == n { print $2 }' "/proc/$pid/cgroup")
	dir=$(awk -v c="$mnt" '{
		for (i = 7; $i != "-" && i < NF; i++) ;
		if (c == "" ? $(i + 1) == "cgroup2" : \
		    $(i + 1) == "cgroup" && index("," $(i + 3) ",", "," c ",")) { print $5; exit }
	}' /proc/self/mountinfo)
	[ "$(stat -c %i "$dir$path")" = "$ino" ] || echo wrong
done | grep -q wrong
[ $? = 1 ]
ok "the ids are those of the folders"
is "a prefix of the id finds it too" "$("$resolve" target "$sock" "$(echo "$id" | cut -c 1-12)")" "$t"

e=$("$resolve" target "$sock" shpo 2>&1)
is "an unknown name fails" $? 2
has "and a near one is suggested" "$e" "did you mean shop?"
docker stop -t 0 shop >/dev/null
e=$("$resolve" target "$sock" shop 2>&1)
is "a stopped container fails" $? 2
has "and is told from an unknown one" "$e" "does not run (Exited"

kill "$dockerd_pid"
wait "$dockerd_pid" 2>/dev/null
d=$(doc "$id")
is "with the daemon dead, its files name the container" "$(member "$d" name)" shop
e=$("$resolve" target "$sock" shop 2>&1)
has "and a target says which sockets were tried" "$e" "$sock"
docker_test_end
