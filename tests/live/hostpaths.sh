#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files of containers: the path inside, and the one by which the host reaches them, through
# overlays, bind mounts of folders and files, volumes in a new root, pivot_root, and mounts that the
# host does not see.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
SYSREEL=$(realpath "$SYSREEL")
TMP=$(realpath "$TMP")

# inside NAME SCRIPT: record a shell that runs SCRIPT in a mount namespace of its own.
inside() {
	mkdir -p "$TMP/$1"
	(cd "$TMP/$1" && "$SYSREEL" record -w ../rec.reel -- unshare -m --propagation private \
		busybox sh -c "$2" >out 2>err </dev/null) ||
		fail "recording $1" "$(cat "$TMP/$1/err")"
}

# is NAME FILE HOST-PATH: what opening FILE (its last name) says.
is() {
	local got
	got=$("$SYSREEL" read "$TMP/rec.reel" -p '%fd.name %fd.hostpath' \
		"evt.type in (open, openat) and fd.filename=${2##*/}" | sort -u)
	if [ "$got" = "$2 $3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2 $3" "is:       $got"
	fi
}

command -v busybox >/dev/null || {
	skip hostpaths 'busybox is not installed'
	finish
}

# A root like that of a container: busybox alone, over an overlay that the host sees.
root() { # DIR
	mkdir -p "$1/bin" "$1/data" "$1/tmp" "$1/old"
	cp "$(command -v busybox)" "$1/bin/"
}

inside plain 'echo x >here1'
is 'on the host itself' "$TMP/plain/here1" "$TMP/plain/here1"

mkdir -p "$TMP/vol/sub"
: >"$TMP/vol/one"
mkdir "$TMP/bind" && : >"$TMP/bind/single"
inside bind "mkdir to && mount --bind $TMP/vol to && echo x >to/sub/here2
	mount --bind $TMP/vol/one single && echo y >single"
is 'a folder that is bound' "$TMP/bind/to/sub/here2" "$TMP/vol/sub/here2"
is 'a file that is bound' "$TMP/bind/single" "$TMP/vol/one"

root "$TMP/jail"
inside chroot "mount --bind $TMP/vol $TMP/jail/data
	chroot $TMP/jail /bin/busybox sh -c 'echo x >/tmp/here3; echo y >/data/here4'"
is 'in a new root' /tmp/here3 "$TMP/jail/tmp/here3"
is 'a volume in a new root' /data/here4 "$TMP/vol/here4"

root "$TMP/lower"
mkdir -p "$TMP/upper" "$TMP/work" "$TMP/merged"
if mount -t overlay overlay -o "lowerdir=$TMP/lower,upperdir=$TMP/upper,workdir=$TMP/work" \
	"$TMP/merged" 2>/dev/null; then
	inside overlay "mount --rbind $TMP/merged $TMP/merged
		mount --bind $TMP/vol $TMP/merged/data
		cd $TMP/merged && pivot_root . old && exec /bin/busybox sh -c '
			/bin/busybox umount -l /old
			echo x >/tmp/here5; echo y >/data/here6'"
	umount "$TMP/merged"
	is 'in an overlay, after pivot_root' /tmp/here5 "$TMP/merged/tmp/here5"
	is 'a volume in it' /data/here6 "$TMP/vol/here6"
else
	skip overlay 'the kernel mounts no overlay here'
fi

inside hidden 'mkdir m && mount -t tmpfs tmpfs m && echo x >m/here7'
is 'what the host does not see is not guessed' "$TMP/hidden/m/here7" '<NA>'
finish
