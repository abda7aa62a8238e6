#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Kubernetes' side of containerd: a pod with a sandbox and a container, made through the container
# runtime interface as kubelet does it, recorded and read; and a container of containerd's own.
cd "$(dirname "$0")/../.." || exit 1
. tests/docker/lib.sh
. tests/docker/containerd.sh
needs_recorder

clean()
{
	trap '' INT TERM
	for p in ${recorder:-}; do
		kill "$p" 2>/dev/null && wait "$p" 2>/dev/null
	done
	containerd_stop
	rm -rf "$work"
}
work=$(mktemp -d "${TMPDIR:-/tmp}/sr-cri.XXXXXX") || exit 1
trap clean EXIT
trap 'exit 130' INT TERM
build_grpc || exit 1
containerd_start "$work"
mkdir -p "$work/pause" "$work/logs" "$work/srv"
"${CC:-cc}" -static -o "$work/pause/pause" tests/docker/pause.c || exit 1
dockerd_rootfs "$work/rootfs" || exit 1
for i in 'pause docker.io/sr/pause:1' 'rootfs docker.io/shop/web:1.2'; do
	oci_image "$work/${i%% *}" "${i#* }" >"$work/image.tar" || exit 1
	for ns in k8s.io default; do
		ctr -n $ns images import --snapshotter native "$work/image.tar" >/dev/null || exit 1
	done
done
digest=$(ctr -n k8s.io images list | awk '$1 == "docker.io/shop/web:1.2" { print $3 }')

uid=0c9d7e41-2b3a-4f58-8e6d-a1b2c3d4e5f6
# The cgroup's parent as kubelet's cgroupfs driver has it.
parent=/kubepods/burstable/pod$uid
ctrd_cgroups=kubepods
pod_config()
{
	echo "1{ 1{ 1=web-7d4 2=$uid 3=shop } 2=web 3=$work/logs 5{ 2:80 3:8080 }"
	echo "6{ 1=app 2=shop } 7{ 1=note 2=pod } 8{ 1=$parent } }"
}

# container NAME ATTEMPT COMMAND...: made and started; its id
container()
{
	c_name=$1
	c_attempt=$2
	shift 2
	set -- 1="$pod" '2{' '1{' 1="$c_name" 2:"$c_attempt" '}' '2{' 1=docker.io/shop/web:1.2 '}' \
		3=/bin/sh 4=-c 4="$*" '6{' 1=PASSWORD 2=hunter2 '}' \
		'7{' 1=/data 2="$work/srv" 3:1 '}' '9{' 1=tier 2=front '}' '10{' 1=remark 2=mine '}' \
		11="$c_name.log" '15{' '2{' '5{' 1:33 '}' '}' '}' '}'
	# shellcheck disable=SC2046
	c_id=$(cri CreateContainer "$@" '3{' $(pod_config | sed '1s/^1{ //')) || return 1
	cri StartContainer 1="$c_id" && echo "$c_id"
}

# ---- a pod that starts while a recording runs ----

f=$work/pod.reel
record "$f" --container 'pod:shop/web-*' --docker-socket "$work/none" --runtime-socket "$ctrd_sock"
ok "a recorder waits for a pod"
# shellcheck disable=SC2046
pod=$(cri RunPodSandbox $(pod_config))
ok "a sandbox is made"
id=$(container nginx 3 'cat /etc/passwd >/dev/null; exit 7')
ok "a container of the pod is started"
n=0
until ctr -n k8s.io task list | grep -q "$id .*STOPPED" || ! ctr -n k8s.io task list | grep -q "$id"; do
	n=$((n + 1))
	[ $n -le 600 ] || break
	sleep 0.1
done
[ $n -le 600 ]
ok "it ends"
# the recorder asks again when its cgroup has gone, and writes the answer
until_told "$f" nginx '"ExitCode":	7'
stop
is "recording ends in order" $? 0

calls='not evt.type in (cgroup_attach, cgroup_mkdir, cgroup_rmdir)'
seen()
{
	"$sysreel" read "$f" -p "$1" "container.name=nginx and $calls" |
		sort -u | head -n 3
}
is "the program that it ran was recorded" \
	"$("$sysreel" read "$f" -p '%proc.args' 'container.name=nginx and evt.type=execve and evt.res=SUCCESS' |
		tail -n 1)" /etc/passwd
is "its id" "$(seen %container.full_id)" "$id"
is "its runtime" "$(seen %container.type)" containerd
is "its image" "$(seen '%container.image %container.image.repository %container.image.tag')" \
	"docker.io/shop/web:1.2 docker.io/shop/web 1.2"
is "the digest" "$(seen %container.image.digest)" "$digest"
is "its label" "$(seen '%container.label[tier]')" front
is "its annotation" "$(seen '%container.annotation[remark]')" mine
is "its command" "$(seen %container.command)" "/bin/sh -c cat /etc/passwd >/dev/null; exit 7"
is "its user" "$(seen %container.user)" 33:33
is "that it is not privileged" "$(seen %container.privileged)" false
is "its mount" "$(seen '%container.mounts')" "$work/srv:/data::false:rprivate"
is "its port" "$(seen %container.ports)" "8080->80/tcp"
is "how often it was restarted" "$(seen %container.restart_count)" 3
is "how it ended" "$(seen '%container.status %container.exit_code')" "exited 7"
is "that it has no health check" "$(seen %container.healthcheck)" NONE
is "its pod" "$(seen '%k8s.ns.name/%k8s.pod.name %k8s.pod.uid')" "shop/web-7d4 $uid"
is "the pod's label" "$(seen '%k8s.pod.label.app %k8s.pod.labels')" "shop app:shop"
is "the pod's sandbox" "$(seen %k8s.pod.full_sandbox_id)" "$pod"
case $(seen %k8s.pod.ip) in 10.231.77.*) true ;; *) false ;; esac
ok "the pod's address"
is "the container's address is the pod's" "$(seen %container.ip)" "$(seen %k8s.pod.ip)"
case $(seen '%container.created %container.start_ts') in [1-9]*' '[1-9]*) true ;; *) false ;; esac
ok "when it was made and started"
is "the sandbox is recorded, too" "$("$sysreel" read "$f" -p '%container.name' \
	"container.full_id=$pod and evt.type=execve" | tail -n 1)" web-7d4
d=$("$sysreel" info "$f" --container nginx)
has "the document has what the runtime told" "$d" '"runtimeSpec"'
for w in "$id" docker.io/shop/web:1.2 "$digest" front mine /data 8080 10.231.77. web-7d4 "$uid" \
	'"ExitCode":	7' '"RestartCount":	3' '"User":	"33:33"' '"privileged":	false'; do
	has "and $w" "$d" "$w"
done
case $d in *hunter2*) false ;; esac
ok "but no values of environment variables"

# ---- a container that runs, by its name ----

id=$(container sleeper 0 'sleep 1000')
f=$work/name.reel
record "$f" --container sleeper --docker-socket "$work/none" --runtime-socket "$ctrd_sock"
ok "a container of a pod is found by its name"
ctr -n k8s.io task exec --exec-id look "$id" /bin/cat /etc/group >/dev/null
stop
is "recording ends in order" $? 0
is "what was done in it is recorded" "$("$sysreel" read "$f" -p '%container.name %proc.name' \
	'evt.type=openat and fd.name=/etc/group and proc.name=cat' | sort -u)" "sleeper cat"

# ---- the interface's older name, which containerd 1.6 has as well ----

cri_version=v1alpha2
is "the older interface answers our client" "$(cri Version)" 0.1.0
docker_test_end
