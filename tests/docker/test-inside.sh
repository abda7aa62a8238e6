#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The inside view and the outside view of real containers: from an event one comes to the file, the
# process, the user and the network interface, in the container and on the host.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
needs_recorder
docker_test_begin

link=srv$$
calls='not evt.type in (cgroup_attach, cgroup_mkdir, cgroup_rmdir)'

# each FIELDS FILE [FILTER]: its different values, one a line
each()
{
	"$sysreel" read "$2" -p "$1" "${3:-$calls}" | sort -u
}

# image NAME COMMAND: like sr-test, but COMMAND has changed its files
image()
{
	(cd "$work/rootfs" && sh -c "$2") || return 1
	tar -C "$work/rootfs" -c . | docker import --change 'CMD ["/bin/sh"]' - "$1" >/dev/null
}

# run NAME IMAGE OPTIONS...: a container that goes on until /tmp/end is there
run()
{
	name=$1 from=$2
	shift 2
	docker run -d --network none --name "$name" "$@" "$from" sh -c '
		until [ -e /tmp/end ]; do
			for f in /tmp/own /data/volume /bound/bind; do echo "in $f" >>$f; done 2>/dev/null
			sleep 0.1
		done' >/dev/null
}

# state FIELD VALUE: is it what the capture says of the events so far?
state()
{
	"$sysreel" read "$f" -p "%$1" "$calls" 2>/dev/null | grep -qx "$2"
}

chmod 1777 "$work/rootfs/tmp"
image accounts "printf 'root:x:0:0::/:/bin/sh\nshop:x:4711:4712:The shop:/var/shop:/bin/ash\n' >etc/passwd
	printf 'root:x:0:\nshops:x:4712:\n' >etc/group"
mkdir -m 777 "$work/bind" "$work/volume"
run web accounts --user 4711:4712 -v "$work/bind:/bound" -v "$work/volume:/data"
pid=$(docker inspect -f '{{.State.Pid}}' web)
ip link add "$link" type veth peer name eth7 netns "$pid"
veth=$?
f=$work/web.reel
record "$f" -q --container web
until_true state user.name shop
ok "a user is named as the container's own /etc/passwd names it"
until_true state fs.path.name /bound/bind
docker exec --user 0 web id >/dev/null
docker exec --user 33 web id >/dev/null
stop

is "each number by its name; one that has none there has no name, whatever the host calls it" \
	"$(each '%user.uid %user.name' "$f")" "$(printf '0 root\n33 <NA>\n4711 shop')"
is "groups too, and home and shell" \
	"$(each '%group.gid %group.name %user.homedir %user.shell' "$f" "$calls and user.uid=4711")" \
	"4712 shops /var/shop /bin/ash"
is "and filters find them" \
	"$(each %user.uid "$f" 'user.name=shop')" 4711
is "its first process is 1 inside, and outside the one that the runtime tells" \
	"$(each '%proc.vpid %thread.vtid %proc.pid %thread.tid' "$f" "$calls and proc.vpid=1")" "1 1 $pid $pid"

# leads WORDS PATH: the host reaches what the container calls so
leads()
{
	host=$(each %fd.hostpath "$f" "evt.type=write and fd.name=$2")
	is "$1: the path on the host leads to the file" "$(head -n 1 "$host")" "in $2"
	is "$1: and is another one" "$([ "$host" != "$2" ] && echo yes)" yes
}

leads "a file of its own" /tmp/own
leads "a file of a volume" /data/volume
leads "a file that is bound" /bound/bind
root=$(each %container.rootfs "$f")
is "the folder of its root is told" "$(head -n 1 "$root/tmp/own")" "in /tmp/own"
if [ "$(docker inspect -f '{{.GraphDriver.Name}}' web)" = overlay2 ]; then
	is "it is the one that Docker tells" "$root" \
		"$(docker inspect -f '{{.GraphDriver.Data.MergedDir}}' web)"
	is "so is that of what it has changed" "$(each %container.upperdir "$f")" \
		"$(docker inspect -f '{{.GraphDriver.Data.UpperDir}}' web)"
fi
is "its network namespace is told" "net:[$(each %container.netns "$f")]" "$(readlink "/proc/$pid/ns/net")"
if [ $veth = 0 ]; then
	is "and its interface, inside and outside" "$(each %container.veth "$f")" "eth7:$link"
	d=$("$sysreel" info "$f" --container web)
	has "info --container tells it too" "$d" '"name":	"eth7"'
	has "beside what Docker said" "$d" '"Driver":	"overlay2"'
else
	echo "skipped: no pair of interfaces can be made here"
fi
"$sysreel" read "$f" -q -w "$work/cut.reel" user.uid=33
is "who does not need a name does not get it: a part of the capture" \
	"$("$sysreel" info --container web "$work/cut.reel" | grep -c shop)" 0
is "but has what it needs" "$("$sysreel" read "$f" -q -w "$work/cut.reel" user.uid=4711 &&
	each '%user.name %container.veth' "$work/cut.reel")" "$(each '%user.name %container.veth' "$f" user.uid=4711)"
docker exec --user 0 web touch /tmp/end
docker wait web >/dev/null
if [ -n "$(each %container.upperdir "$f")" ]; then
	is "when it has ended, what it has changed is still found" \
		"$(head -n 1 "$(each %container.upperdir "$f")/tmp/own")" "in /tmp/own"
fi

# ---- containers that mislead ----

printf 'evil:x:0:0::/:/bin/sh\nevil:x:1234:1234::/:/bin/sh\n' >"$work/evil"
image linked "rm -f etc/passwd etc/group; ln -s $work/evil etc/passwd; ln -s /../../../../../..$work/evil etc/group"
image magic "rm -f etc/passwd etc/group; ln -s /proc/1/root/etc/passwd etc/passwd"
image fifo "rm -rf etc/passwd etc/group; echo www:x:33:33:: >etc/passwd"
image large "rm -rf etc/passwd; yes nobody | head -c 3000000 >etc/passwd"
image none "rm -rf etc"
for i in linked magic fifo large none; do
	run "$i" "$i" --user 1234:1234
done
docker exec --user 0 fifo sh -c 'rm /etc/passwd; mkfifo /etc/passwd' # the runtime itself would wait for it
f=$work/evil.reel
record "$f" -q --container linked --container magic --container fifo --container large --container none
for i in linked magic fifo large none; do
	until_true sh -c "'$sysreel' read '$f' -p %container.netns container.name=$i 2>/dev/null | grep -q ."
	ok "$i: the container is looked into"
done
stop
is "links and files of strange kinds lead to no name" "$(each '%user.uid %user.name' "$f")" "1234 <NA>"
has "why is told: a file that is none" "$("$sysreel" info "$f" --container fifo)" "Invalid argument"
has "one that is too large" "$("$sysreel" info "$f" --container large)" "File too large"
docker_test_end
