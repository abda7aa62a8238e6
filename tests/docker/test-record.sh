#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sysreel itself on real Docker containers: records one of two, names one that lived for
# a moment, and explains names that it does not know.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
needs_recorder
docker_test_begin

# column FILE FIELD [FILTER]: its different values, one a line
column()
{
	"$sysreel" read "$1" -p "%$2" ${3:+"$3"} | sort -u
}

rows()
{
	"$sysreel" read "$1" -p '%evt.num' "$2" | wc -l
}

# What runc does from outside to move a process into the container is recorded as well.
calls='not evt.type in (cgroup_attach, cgroup_mkdir, cgroup_rmdir)'

web=$(docker run -d --name web --network none -l app=shop sr-test sleep 1000)
docker run -d --name other --network none sr-test sleep 1000 >/dev/null

# ---- one of two containers ----

f=$work/web.reel
record "$f" -q --container web
ok "recording of a container by its name begins"
docker exec web cat /etc/passwd >/dev/null
docker exec other touch /tmp/other-file
docker exec web sh -c 'echo hello >/tmp/greeting'
until_state container.image sr-test
stop
ok "and ends in order on SIGTERM"

is "every call is of that container" "$(column "$f" container.name "$calls")" web
is "its image is known" "$(column "$f" container.image "$calls")" sr-test
is "its id is the beginning of the real one" "$(column "$f" container.id "$calls")" \
	"$(echo "$web" | cut -c 1-12)"
n=$(rows "$f" 'fd.name=/etc/passwd and evt.type in (open, openat)')
[ "$n" -ge 1 ]
ok "what was read in it is recorded"
n=$(rows "$f" 'fd.name=/tmp/greeting and evt.type=write')
[ "$n" -ge 1 ]
ok "what was written in it is recorded"
host=$(column "$f" fd.hostpath 'fd.name=/tmp/greeting and evt.type=write')
[ "$host" != /tmp/greeting ]
ok "the path by which the host reaches it is another one"
is "and leads to it" "$(cat "$host")" hello
is "what the other container did is not" "$(rows "$f" 'evt.args contains other-file')" 0
is "programs are seen under the path in the container" \
	"$(column "$f" proc.exepath 'proc.name=cat')" /bin/busybox
has "info lists the container" "$("$sysreel" info "$f")" web
has "info --container gives what Docker said of it" \
	"$("$sysreel" info --container web "$f")" "$web"
"$sysreel" verify "$f" >/dev/null
is "the capture is complete" $? 0

# ---- by a prefix of its id ----

f=$work/id.reel
record "$f" -q --container "$(echo "$web" | cut -c 1-12)"
docker exec web true
until_state container.name web
stop
is "a prefix of the id records the same container" "$(column "$f" container.name "$calls")" web

# ---- a container that lives for a moment ----

f=$work/flash.reel
record "$f" -q --cgroup /docker
ok "recording of the folder of all Docker containers begins"
for i in 1 2 3; do
	docker run --rm --name "flash$i" --network none sr-test sh -c "true; ls /srv" >/dev/null
	until_state container.name "flash$i"
done
stop
ok "and ends in order"
for i in 1 2 3; do
	n=$(rows "$f" "container.name=flash$i and evt.type=execve")
	[ "$n" -ge 1 ]
	ok "container flash$i, gone before the recording ended, is named on reading"
done

# ---- names that nobody knows ----

f=$work/none.reel
e=$("$sysreel" record -w "$f" --container wbe --duration 1 2>&1)
is "an unknown container is a usage error" $? 2
has "a near name is suggested" "$e" "did you mean web?"
[ ! -e "$f" ]
ok "no capture file is left"
docker stop -t 0 other >/dev/null
e=$("$sysreel" record -w "$f" --container other --duration 1 2>&1)
is "a stopped container is a usage error" $? 2
has "and told from an unknown one" "$e" "does not run"
e=$("$sysreel" record -w "$f" --container web --docker-socket "$work/nowhere.sock" \
	--duration 1 2>&1)
is "no runtime at all is a usage error" $? 2
has "and the socket that was tried is named" "$e" "$work/nowhere.sock"
docker_test_end
