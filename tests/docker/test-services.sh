#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Services of a real systemd: one boots in a container of systemd-nspawn, from this machine's own
# files, which it cannot change. What its services do is recorded, with their names and what systemd
# says of them, and is still outside of all containers.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
needs_recorder

top=sr-services.$$
nspawn=
clean()
{
	trap '' INT TERM
	for p in ${recorder:-}; do
		kill "$p" 2>/dev/null && wait "$p" 2>/dev/null
	done
	if [ -n "$nspawn" ]; then
		kill -TERM "$nspawn" 2>/dev/null # it ends the container's systemd
		n=0
		while kill -0 "$nspawn" 2>/dev/null && [ $n -lt 100 ]; do
			n=$((n + 1))
			sleep 0.1
		done
	fi
	cgroup_mounts | while read -r m; do
		[ ! -d "$m/$top" ] || find "$m/$top" -name cgroup.procs -exec cat {} +
	done 2>/dev/null | sort -u | xargs -r kill -9 2>/dev/null
	[ -z "$nspawn" ] || wait "$nspawn" 2>/dev/null
	umount -l "$work/root" 2>/dev/null
	umount -l "$work/tmp" 2>/dev/null
	cgroup_mounts | while read -r m; do
		[ ! -d "$m/$top" ] || find "$m/$top" -depth -type d -exec rmdir {} + 2>/dev/null
	done
	rm -rf "$work"
}

if ! command -v systemd-nspawn >/dev/null || [ ! -x /lib/systemd/systemd ] || [ "$(id -u)" != 0 ]; then
	echo "skipped: systemd-nspawn or systemd is not installed, or we are not root"
	exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/sr-services.XXXXXX") || exit 1
trap clean EXIT
trap 'exit 130' INT TERM
mkdir "$work/tmp" "$work/root"
if ! mount -t tmpfs tmpfs "$work/tmp" || ! mkdir "$work/tmp/upper" "$work/tmp/work" ||
	! mount -t overlay -o "lowerdir=/,upperdir=$work/tmp/upper,workdir=$work/tmp/work" overlay \
		"$work/root"; then
	echo "skipped: this machine's files cannot be the lower part of an overlay"
	exit 77
fi

# The units: a service, and what boots it and little else.
units=$work/root/etc/systemd/system
cat >"$units/sr-web@.service" <<'END'
[Unit]
Description=A web server of %i's
DefaultDependencies=no
[Service]
User=nobody
Environment=PASSWORD=hunter2
ExecStart=/bin/sh -c 'while :; do cat /etc/hostname >/dev/null; sleep 0.2; done' sr-web
END
cat >"$units/sr-once.service" <<'END'
[Unit]
Description=Fails
DefaultDependencies=no
[Service]
ExecStart=/bin/sh -c 'exit 3'
END
cat >"$units/sr-test.target" <<'END'
[Unit]
DefaultDependencies=no
AllowIsolate=yes
Wants=dbus.socket dbus.service sr-once.service sr-web@shop.service
After=dbus.socket
END
rm -f "$units"/*.wants/* # what this machine starts is not for here

cgroup_mounts | while read -r m; do
	mkdir -p "$m/$top"
	[ ! -e "$m/cpuset.cpus" ] || for f in cpuset.cpus cpuset.mems; do
		cat "$m/$f" >"$m/$top/$f"
	done
done 2>/dev/null
# shellcheck disable=SC2046
# In a cgroup of the test's own, in every hierarchy: systemd makes its own below.
sh -c 'for m; do echo $$ >"$m/'"$top"'/cgroup.procs"; done 2>/dev/null
	exec systemd-nspawn -q -D "'"$work"'/root" --register=no --keep-unit --private-network \
		--machine=sr-services -b systemd.unit=sr-test.target' sh $(cgroup_mounts) \
	>"$work/boot.log" 2>&1 </dev/null &
nspawn=$!

n=0
until init=$(cat "$work/init" 2>/dev/null) && [ -S "/proc/$init/root/run/dbus/system_bus_socket" ] &&
	cgroup_mounts | while read -r m; do
		find "$m/$top" -path '*sr-web@shop.service' 2>/dev/null
	done | grep -q .; do
	pgrep -P "$nspawn" >"$work/init" 2>/dev/null
	n=$((n + 1))
	if [ $n -gt 600 ] || ! kill -0 "$nspawn" 2>/dev/null; then
		echo "skipped: systemd does not boot here: $(tail -n 1 "$work/boot.log" | cut -c 1-300)"
		exit 77
	fi
	sleep 0.1
done

build_resolve || exit 1
bus=unix:path=/proc/$init/root/run/dbus/system_bus_socket
d=$("$resolve" unit "$bus" /nowhere sr-web@shop.service)
is "systemd tells of a service" "$(member "$d" state)" resolved
is "its name" "$(member "$d" name)" sr-web@shop.service
is "its description" "$(member "$d" description)" "A web server of shop's"
is "its command" "$(member "$d" command)" \
	"/bin/sh -c while :; do cat /etc/hostname >/dev/null; sleep 0.2; done sr-web"
has "as whom it runs" "$d" '"User":"nobody"'
has "that it runs" "$d" '"Status":"active","Running":true'
case $d in *hunter2*) false ;; esac
ok "but no values of its environment"
n=0
until d=$("$resolve" unit "$bus" /nowhere sr-once.service) && echo "$d" | grep -q '"failed"' ||
	[ $n -gt 300 ]; do
	n=$((n + 1))
	sleep 0.1
done
has "how one ended" "$d" '"Status":"failed","Running":false,"Pid":0,"ExitCode":3'
d=$("$resolve" unit "$bus" /nowhere nobody-has.service)
is "of a unit that never was nothing is known" "$(member "$d" state)" unknown
has "with the reason" "$(member "$d" why)" "systemd knows no such unit"
d=$("$resolve" unit unix:path=/nowhere "$work/root" sr-web@shop.service)
is "without systemd its file is read" "$(member "$d" description)" "A web server of %i's"

# ---- recorded: the recorder sees that systemd's bus where a machine has its own ----

f=$work/services.reel
mkdir -p /run/dbus
cat >"$work/record.sh" <<END
mount -t tmpfs tmpfs /run/dbus &&
	ln -s "/proc/$init/root/run/dbus/system_bus_socket" /run/dbus/ && exec "$sysreel" "\$@"
END
unshare -m sh "$work/record.sh" record -w "$f" --cgroup "/$top" 2>"$work/record.log" &
recorder=$!
n=0
until [ -s "$f" ] || ! kill -0 "$recorder" 2>/dev/null || [ $n -gt 600 ]; do
	n=$((n + 1))
	sleep 0.1
done
until_told "$f" sr-web@shop.service "A web server"
n=0
until "$sysreel" read "$f" 'proc.name=cat and evt.type=openat' 2>/dev/null | grep -q /etc/hostname ||
	[ $n -gt 300 ]; do
	n=$((n + 1))
	sleep 0.1
done
stop
is "recording ends in order" $? 0
seen()
{
	"$sysreel" read "$f" -p "$1" 'proc.name=cat and evt.type=openat and fd.name=/etc/hostname' | sort -u
}
is "an event of a service has its name" "$(seen %service.name)" sr-web@shop.service
is "and is outside of containers" "$(seen '%container.id %container.name %container.type')" "host host host"
is "its description" "$(seen %service.description)" "A web server of shop's"
is "its user, and that it is active" "$(seen '%service.user %service.status')" "nobody active"
is "how well it is known" "$(seen %service.state)" resolved
has "its command" "$(seen %service.command)" "/bin/sh -c while"
n=$("$sysreel" read "$f" -p %evt.num 'service.name=sr-web@shop.service' | wc -l)
[ "$n" -gt 10 ]
ok "a filter finds what it did"
has "info has the document" "$("$sysreel" info "$f" --container sr-web@shop.service)" "A web server"
docker_test_end
