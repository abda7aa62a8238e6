#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Containers that are chosen by patterns, and start while the recording runs: nothing of them
# is missing from their first program on, nothing of others is written.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
needs_recorder
docker_test_begin

# What runc does from outside to make and move cgroups of the container is recorded as well.
calls='not evt.type in (cgroup_attach, cgroup_mkdir, cgroup_rmdir)'

# names FILE: the containers that events are of, in one line
names()
{
	"$sysreel" read "$1" -p '%container.name' "$calls" | sort -u | tr '\n' ' '
}

# execs FILE NAME: the programs that a container ran, in their order
execs()
{
	"$sysreel" read "$1" -p '%proc.args' \
		"container.name=$2 and evt.type=execve and evt.res=SUCCESS" | tr '\n' ';'
}

# run NAME OPTIONS...: a container that lives for a moment
run()
{
	name=$1
	shift
	docker run --rm --network none --name "$name" "$@" sr-test sh -c "cat /etc/passwd; exec true" \
		>/dev/null
}

# ---- later, by a glob ----

f=$work/glob.reel
docker run -d --name bystander --network none sr-test \
	sh -c 'while :; do cat /etc/group >/dev/null; sleep 0.05; done' >/dev/null
record "$f" --container 'web*'
ok "a glob that nothing matches yet is no error"
has "and it is said that the recorder waits" "$(cat "$work/record.log")" "waiting for one"
run web-1
run db-1
run web-2
stop
is "recording ends in order" $? 0
is "what the matching ones did is written, of the others nothing" "$(names "$f")" "web-1 web-2 "
# "true" is the applet; runc's own exec of the container's first program comes before
has "from the first program on" "$(execs "$f" web-1)" "-c cat /etc/passwd; exec true;/etc/passwd;"
is "the capture is complete" "$("$sysreel" verify "$f" >/dev/null; echo $?)" 0
is "others do not stand in its list of containers either" \
	"$("$sysreel" info --json "$f" | tr ',' '\n' | grep -c '"name":"\(db-1\|bystander\)"')" 0

# ---- by a label, by an image ----

f=$work/label.reel
record "$f" --container label:app=shop --container 'image:other*' --container 'pod:shop/cart-*'
run l-1 -l app=shop
run l-2 -l app=shopping
run l-3
docker tag sr-test other-image
docker run --rm --network none --name l-4 other-image true
pod=io.kubernetes.pod
run l-5 -l $pod.name=cart-1 -l $pod.namespace=shop
run l-6 -l $pod.name=cart-1 -l $pod.namespace=test
stop
is "a label, an image and a pod choose" "$(names "$f")" "l-1 l-4 l-5 "

# ---- by an exact name, waiting ----

f=$work/wait.reel
e=$("$sysreel" record -w "$f" --container later --duration 1 2>&1)
is "an unknown exact name is a usage error" $? 2
has "and --wait is offered" "$e" "--wait"
record "$f" --container later --wait
run later
run later
run other
stop
is "with --wait it is recorded when it comes" "$(names "$f")" "later "
is "each time that it comes" "$("$sysreel" read "$f" -p '%container.id' "$calls" | sort -u | wc -l)" 2

# ---- a container that runs, and its restart ----

f=$work/restart.reel
docker run -d --name web --network none sr-test sleep 1000 >/dev/null
record "$f" --container web
docker restart -t 0 web >/dev/null
docker exec web cat /etc/passwd >/dev/null
stop
is "a restarted container is still recorded" "$(names "$f")" "web "
n=$("$sysreel" read "$f" -p '%evt.num' 'proc.args contains 1000 and evt.type=execve and evt.res=SUCCESS' | wc -l)
is "from its first program on" "$n" 1

# ---- a burst ----

f=$work/burst.reel
record "$f" --container 'yes-*'
pids=
for i in 1 2 3 4 5 6 7 8 9 10; do
	run "yes-$i" &
	pids="$pids $!"
	run "no-$i" &
	pids="$pids $!"
done
# shellcheck disable=SC2086
wait $pids
stop
is "of 20 containers at once those 10 are recorded that match" "$(names "$f" | wc -w)" 10
is "and no others" "$(names "$f" | tr ' ' '\n' | grep -c '^no-')" 0
n=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	case $(execs "$f" "yes-$i") in
	*"-c cat /etc/passwd; exec true;/etc/passwd;"*) n=$((n + 1)) ;;
	esac
done
is "each from its first program to its last" $n 10

# ---- what changes while it is recorded ----

f=$work/change.reel
docker run -d --name before --network none sr-test sh -c 'until [ -e /srv/end ]; do sleep 0.1; done; exit 7' >/dev/null
record "$f" --container before
until_state container.name before "$calls"
docker rename before after
until_state container.name after "$calls"
docker exec after touch /srv/end
docker wait after >/dev/null
until_told "$f" after '"ExitCode":	7'
stop
is "a container that is renamed has its new name" "$(names "$f")" "after "
is "how it ended is known" \
	"$("$sysreel" read "$f" -p '%container.status %container.exit_code' "$calls" | sort -u)" \
	"exited 7"
has "info --containers tells it" "$("$sysreel" info "$f" --containers)" "exited (7)"
d=$("$sysreel" read "$f" -p '%container.duration' "$calls and container.duration > 0" | wc -l)
[ "$d" -gt 0 ]
ok "and how long it has run"

# ---- nobody knows names ----

f=$work/blind.reel
record "$f" --container 'blind*' --docker-socket "$work/nowhere.sock"
run blind-1
stop
is "what cannot be named is not recorded" "$(names "$f")" ""
has "and that is said" "$(cat "$work/record.log")" "had no name that could be found out"

# ---- all but some ----

f=$work/not.reel
record "$f" --cgroup /docker --not-container 'secret*'
run secret-1
run open-1
stop
has "--not-container leaves others" "$(names "$f")" "open-1"
is "and takes those out that it names" "$(names "$f" | grep -c secret)" 0

docker_test_end
