# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A containerd of our own for the tests: its data, its state and its socket are in a folder that is
# removed at the end. To be sourced after tests/docker/lib.sh.
#
#   containerd_start DIR   start it in DIR, or leave with status 77 and words; $ctrd_sock is its socket
#   containerd_kill, containerd_run    end the daemon alone, start it again
#   containerd_stop        remove its containers and stop it; safe to call at any time
#   oci_image DIR NAME     an image as a tar in the OCI layout, of the root folder DIR, on stdout
#   cri METHOD FIELD...    call the Kubernetes container runtime interface (grpc.c)

ctrd_pid=
ctrd_dir=
ctrd_cgroups= # folders of cgroups that go with its containers

containerd_config()
{
	cat <<END
version = 2
root = "$1/root"
state = "$1/run/containerd"
[grpc]
  address = "$1/c.sock"
[ttrpc]
  address = "$1/c.sock.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "sr/pause:1"
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$1/cni"
END
}

# A pod's address: a network interface to the host and an address of a range, nothing else.
containerd_network()
{
	mkdir -p "$1/cni" || return 1
	cat >"$1/cni/10-sr.conflist" <<END
{ "cniVersion": "0.4.0", "name": "sr-test", "plugins": [ { "type": "ptp", "ipMasq": false,
  "ipam": { "type": "host-local", "dataDir": "$1/ipam",
            "ranges": [ [ { "subnet": "10.231.77.0/24" } ] ] } } ] }
END
}

containerd_start()
{
	ctrd_dir=$1
	ctrd_sock=$1/c.sock
	if [ "$(id -u)" != 0 ] || ! command -v containerd >/dev/null || ! command -v ctr >/dev/null; then
		echo "skipped: containerd is not installed, or we are not root"
		exit 77
	fi
	export CONTAINERD_ADDRESS="$ctrd_sock"
	containerd_network "$1" && containerd_config "$1" >"$1/config.toml" || exit 1
	if ! containerd_run; then
		echo "skipped: containerd does not start: $(tail -n 1 "$ctrd_dir/log" | cut -c 1-300)"
		exit 77
	fi
}

# Starts the daemon, or starts it again.
containerd_run()
{
	# not with the fifo of serve(), which would not end while a copy of it is open
	setsid containerd --config "$ctrd_dir/config.toml" >>"$ctrd_dir/log" 2>&1 8>&- &
	ctrd_pid=$!
	ctrd_n=0
	until ctr version >/dev/null 2>&1; do
		ctrd_n=$((ctrd_n + 1))
		[ $ctrd_n -le 1200 ] && kill -0 "$ctrd_pid" 2>/dev/null || return 1
		sleep 0.1
	done
}

# Ends the daemon alone: its containers go on.
containerd_kill()
{
	kill "$ctrd_pid" 2>/dev/null
	wait "$ctrd_pid" 2>/dev/null
	ctrd_pid=
}

containerd_stop()
{
	[ -n "$ctrd_pid" ] || return 0
	for ctrd_pod in $(ctr -n k8s.io containers list -q \
		'labels."io.cri-containerd.kind"==sandbox' 2>/dev/null); do
		cri StopPodSandbox "1=$ctrd_pod" >/dev/null 2>&1
		cri RemovePodSandbox "1=$ctrd_pod" >/dev/null 2>&1
	done
	for ctrd_ns in default k8s.io; do
		for ctrd_c in $(ctr -n $ctrd_ns containers list -q 2>/dev/null); do
			ctr -n $ctrd_ns task delete -f "$ctrd_c" >/dev/null 2>&1
			ctr -n $ctrd_ns containers delete "$ctrd_c" >/dev/null 2>&1
		done
	done
	containerd_kill
	awk -v d="$ctrd_dir/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo |
		sort -r | while read -r ctrd_m; do umount -l "$ctrd_m" 2>/dev/null; done
	cgroup_mounts | while read -r ctrd_m; do
		for ctrd_c in default k8s.io $ctrd_cgroups; do
			[ ! -d "$ctrd_m/$ctrd_c" ] || find "$ctrd_m/$ctrd_c" -depth -type d \
				-exec rmdir {} + 2>/dev/null
		done
	done
	return 0
}

# blob FILE: files it under its digest, and prints "DIGEST SIZE"
blob()
{
	ctrd_sum=$(sha256sum "$1" | cut -d ' ' -f 1)
	ctrd_size=$(wc -c <"$1")
	mv "$1" "$ctrd_dir/image/blobs/sha256/$ctrd_sum" && echo "$ctrd_sum $ctrd_size"
}

oci_image()
{
	rm -rf "$ctrd_dir/image"
	mkdir -p "$ctrd_dir/image/blobs/sha256" || return 1
	tar -C "$1" -c . >"$ctrd_dir/image/layer" || return 1
	ctrd_diff=$(sha256sum "$ctrd_dir/image/layer" | cut -d ' ' -f 1)
	ctrd_layer=$(blob "$ctrd_dir/image/layer")
	cat >"$ctrd_dir/image/config" <<END
{"architecture":"$(dpkg --print-architecture)","os":"linux","config":{"Cmd":["/pause"],
"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:$ctrd_diff"]}}
END
	ctrd_config=$(blob "$ctrd_dir/image/config")
	cat >"$ctrd_dir/image/manifest" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":
"application/vnd.oci.image.config.v1+json","digest":"sha256:${ctrd_config% *}","size":${ctrd_config#* }},
"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:${ctrd_layer% *}",
"size":${ctrd_layer#* }}]}
END
	ctrd_manifest=$(blob "$ctrd_dir/image/manifest")
	cat >"$ctrd_dir/image/index.json" <<END
{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",
"digest":"sha256:${ctrd_manifest% *}","size":${ctrd_manifest#* },
"annotations":{"io.containerd.image.name":"$2","org.opencontainers.image.ref.name":"$2"}}]}
END
	echo '{"imageLayoutVersion":"1.0.0"}' >"$ctrd_dir/image/oci-layout"
	tar -C "$ctrd_dir/image" -c blobs index.json oci-layout
}

# build_grpc: compile the client to $grpc
build_grpc()
{
	grpc=$work/grpc
	# shellcheck disable=SC2086
	${CC:-cc} -std=gnu17 -D_GNU_SOURCE -I. ${SAN:+-fsanitize=$SAN} tests/docker/grpc.c \
		"$B/libsysreel.a" -o "$grpc" -lcurl -lcjson -lxxhash -pthread
}

cri()
{
	ctrd_method=$1
	shift
	"$grpc" "$ctrd_sock" "/runtime.${cri_version:-v1}.RuntimeService/$ctrd_method" "$@"
}
