#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boots Debian's kernels in qemu and runs tests/guest/checks.sh in them, as root, with nothing
# else in the guest: other kernels, whole-host recording, pure cgroup v2; with -v1 behind a series
# pure cgroup v1, of which only containers are tested.
#   tests/guest/run.sh [SERIES...]       default: 6.1 6.12 6.12-v1
# Kernels are kept in $SR_CACHE (default: guest/ in the build folder).
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
export B SYSREEL
cache=${SR_CACHE:-$B/guest}
[ $# != 0 ] || set -- 6.1 6.12 6.12-v1

# Not being able to is a skip for a person, and a failure in CI.
cannot() { # NAME WHY
	if [ -n "${CI:-}" ]; then
		fail "$1" "$2"
	else
		skip "$1" "$2"
	fi
}

# The initramfs with a module of the kernel @1 behind it, as /src/dummy.ko.
with_module() { # KERNEL OUTPUT
	local ko d=$TMP/module
	rm -rf "$d"
	ko=$(find "${1%/boot/*}" -name 'dummy.ko*')
	mkdir -p "$d/src"
	case $ko in
	*.xz) xz -dc "$ko" >"$d/src/dummy.ko" ;;
	*) cp "$ko" "$d/src/dummy.ko" ;;
	esac
	cat "$TMP/initramfs" >"$2"
	(cd "$d" && find . -print0 | cpio --null -o -H newc --quiet) | gzip -1 >>"$2"
}

# thread=single: attaching programs patches the code of the running kernel, and with a thread per
# CPU qemu now and then runs a translation from before the patch: the guest dies of a stray int3.
boot() { # KERNEL INITRAMFS CONSOLE-LOG WORDS-FOR-THE-KERNEL
	timeout -k 5 "${GUEST_SECONDS:-1200}" qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 1024 \
		-display none -nodefaults -no-reboot -serial "file:$3" \
		-kernel "$1" -initrd "$2" \
		-append 'console=ttyS0 panic=-1 quiet mitigations=off random.trust_cpu=on'"$4" </dev/null
}

# They run side by side: each has one thread.
start() { # SERIES
	local image
	local words=
	case $1 in *-v1) words=' sysreel.cgroup=v1' ;; esac
	[ -z "${AGAIN:-}" ] || words="$words sysreel.again"
	image=$(tests/guest/kernel.sh "${1%-v1}" "$cache" 2>"$TMP/err-$1") || return
	with_module "$image" "$TMP/initramfs-$1"
	(
		boot "$image" "$TMP/initramfs-$1" "$TMP/console-$1" "$words"
		echo $? >"$TMP/status-$1"
	) &
}

ended() { # SERIES
	[ ! -f "$TMP/status-$1" ] || grep -q '^sysreel-test [0-9]* passed' "$TMP/console-$1"
}

guest() { # SERIES
	local log=$TMP/console-$1 rc version
	if [ ! -f "$TMP/status-$1" ]; then
		cannot "kernel $1" "no kernel to boot: $(tail -n 1 "$TMP/err-$1")"
		return
	fi
	rc=$(cat "$TMP/status-$1")
	tr -d '\r' <"$log" >"$log.txt"
	version=$(sed -n 's/^sysreel-test kernel //p' "$log.txt")
	printf -- '-- kernel %s (%s)\n' "${version:-$1}" "$1"
	if ! out=$(sed -n 's/^sysreel-test \([0-9]* passed.*\)/\1/p' "$log.txt") || ! add_counts "$out"; then
		fail "kernel $1" "the guest did not come to its end (qemu: status $rc)" \
			"$(tail -n 40 "$log.txt")"
		return
	fi
	sed -n '/^sysreel-test kernel/,/^sysreel-test [0-9]/p' "$log.txt" | sed '/^sysreel-test/d'
}

if [ "$(uname -m)" != x86_64 ] || ! command -v qemu-system-x86_64 cpio busybox runc >/dev/null; then
	cannot guests 'they need x86_64, qemu-system-x86_64, cpio, busybox and runc (make deps)'
	finish
fi
tests/guest/initramfs.sh "$TMP/initramfs" || {
	fail initramfs 'tests/guest/initramfs.sh failed'
	finish
}
for series; do
	start "$series"
done
wait
for series; do
	ended "$series" || ! once_more "kernel $series" || start "$series"
done
wait
for series; do
	guest "$series"
done
finish
