# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Containers in a guest, which has one version of cgroups and no other. checks.sh sources it: they are
# made by runc with bundles where containerd would have them, no runtime answers, and one recorder
# chooses them by id and by name, those that begin later too.

bundles=/run/containerd/io.containerd.runtime.v2.task/k8s.io

rootfs() {
	local applet
	mkdir -p /tmp/rootfs/{bin,etc,proc,srv}
	cp /bin/busybox /tmp/rootfs/bin/busybox
	for applet in sh cat sleep; do
		ln -sf busybox "/tmp/rootfs/bin/$applet"
	done
	printf 'root:x:0:0::/:/bin/sh\nshop:x:4711:4711::/srv:/bin/sh\n' >/tmp/rootfs/etc/passwd
	printf 'root:x:0:\nshop:x:4711:\n' >/tmp/rootfs/etc/group
}

# bundle ID NAME COMMAND: of a container that Kubernetes would call so
bundle() {
	mkdir -p "$bundles/$1"
	cat >"$bundles/$1/config.json" <<END
{"ociVersion": "1.0.2", "root": {"path": "/tmp/rootfs"},
 "process": {"cwd": "/", "user": {"uid": 4711, "gid": 4711}, "env": ["PATH=/bin"],
  "args": ["/bin/sh", "-c", "$3"]},
 "annotations": {"io.kubernetes.cri.container-name": "$2", "io.kubernetes.cri.sandbox-name": "$2-pod",
  "io.kubernetes.cri.sandbox-namespace": "shop"},
 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
 "linux": {"cgroupsPath": "/k8s.io/$1", "namespaces": [{"type": "pid"}, {"type": "mount"}]}}
END
}

run_container() { # ID
	runc --root /tmp/runc run --no-pivot --bundle "$bundles/$1" "$1" </dev/null >>"$TMP/runc" 2>&1
}

is_running() { # ID
	cat "/sys/fs/cgroup/k8s.io/$1/cgroup.procs" /sys/fs/cgroup/*"/k8s.io/$1/cgroup.procs" 2>/dev/null |
		grep -q .
}

each() { # FIELDS [FILTER]: their different values
	"$SYSREEL" read "$rec" -p "$1" "${2:-not evt.type startswith cgroup}" 2>>"$TMP/err" | sort -u
}

is() { # NAME GOT WANTED
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "got: $2" "wanted: $3" "$(tail -n 5 "$TMP/runc")" "$(tail -n 5 "$TMP/err")"
	fi
}

containers() {
	local a b c web
	a=a$(printf '0%.0s' {1..63})
	b=b$(printf '0%.0s' {1..63})
	c=c$(printf '0%.0s' {1..63})
	: >"$TMP/err"
	: >"$TMP/runc"
	rm -f "$rec"
	rootfs
	bundle "$a" web 'until [ -e /srv/end ]; do cat /id-a; sleep 0.3; done'
	bundle "$b" job-1 'exec cat /id-b'
	bundle "$c" other 'exec cat /id-c'
	run_container "$a" &
	web=$!
	check 'a container runs' wait_for 300 is_running "$a"
	"$SYSREEL" record -q --container a000 --container 'job-*' -w "$rec" >"$TMP/out" 2>>"$TMP/err" &
	recorder=$!
	check 'a recorder begins' wait_for 500 test -s "$rec"
	run_container "$b"
	run_container "$c"
	touch /tmp/rootfs/srv/end
	wait "$web"
	kill -TERM "$recorder"
	wait "$recorder"
	is 'it ends in order' $? 0
	is 'what was chosen is there, by id and by name, and nothing else' \
		"$(each '%container.name %container.state')" $'job-1 resolved\nweb resolved'
	is 'every program has the id of its container' \
		"$(each '%container.full_id %fs.path.name' 'evt.type startswith open and
			fs.path.name startswith /id-')" "$a /id-a"$'\n'"$b /id-b"
	is 'pods and users are named' \
		"$(each '%k8s.ns.name %k8s.pod.name %user.name' 'container.name=web and user.uid=4711')" \
		'shop web-pod shop'
	is 'the one that began later is there from its first program' \
		"$(each %evt.type 'container.name=job-1 and proc.args contains id-b and evt.type=execve')" execve
	"$SYSREEL" verify "$rec" >>"$TMP/err" 2>&1
	is 'nothing is missing' $? 0
}
