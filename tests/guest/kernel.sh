#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a Debian cloud kernel of a series, fetched from Debian once. In the package's
# folder of the cache there is a module of it, too.
#   tests/guest/kernel.sh 6.1|6.12 CACHE-FOLDER
set -eu
series=$1
cache=$2

have() {
	find "$cache" -path "*/boot/vmlinuz-$series.*" 2>/dev/null | sort -V | while read -r image; do
		[ -z "$(find "${image%/boot/*}" -name 'dummy.ko*')" ] || echo "$image"
	done | tail -n 1
}

# The package that holds the newest image of the series: what its metapackage asks for, or the
# image package with the highest version.
package() {
	local meta p
	for meta in "linux-image-$series-cloud-amd64" linux-image-cloud-amd64; do
		p=$(apt-cache depends "$meta" 2>/dev/null |
			sed -n "s/^ *Depends: \(linux-image-$series\..*\)/\1/p" | head -n 1)
		[ -z "$p" ] || break
	done
	[ -n "$p" ] || p=$(apt-cache search --names-only "^linux-image-$series\..*-cloud-amd64(-unsigned)?$" |
		cut -d ' ' -f 1 | sort -V | tail -n 1)
	echo "$p"
}

image=$(have)
if [ -z "$image" ]; then
	pkg=$(package)
	if [ -z "$pkg" ] && [ "$(id -u)" = 0 ]; then
		apt-get update -q >&2
		pkg=$(package)
	fi
	[ -n "$pkg" ] || {
		echo "no package linux-image-$series.*-cloud-amd64 is known to apt" >&2
		exit 1
	}
	mkdir -p "$cache/deb" "$cache/$pkg"
	(cd "$cache/deb" && apt-get download -q "$pkg") >&2
	dpkg-deb --fsys-tarfile "$cache/deb/$pkg"_*.deb |
		tar -x -C "$cache/$pkg" --wildcards './boot/*' '*/drivers/net/dummy.ko*'
	rm -f "$cache/deb/$pkg"_*.deb
	image=$(have)
fi
[ -n "$image" ]
echo "$image"
