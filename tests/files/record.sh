#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes files/good/demo.reel anew: workload.sh in a Docker container, recorded. Only needed when
# the capture format gets a new version; the old file stays then, under another name.
#   tests/files/record.sh OUTPUT        from the project's root, as root
set -eu
out=$1 # as it is given: the path of the command line is in the file
. tests/lib.sh
. demo/dockerd.sh
: "${SYSREEL:=build/sysreel}"
TMP=$(mktemp -d)
trap 'set +e; dockerd_stop; rm -rf "$TMP"' EXIT

mkdir "$TMP/docker"
dockerd_start "$TMP/docker" || {
	echo "$dockerd_why" >&2
	exit 2
}
dockerd_image shop/web:1.4
docker create --name web --network none --label team=shop shop/web:1.4 \
	sh -c 'until [ -e /srv/go ]; do sleep 0.1; done; sh /srv/workload.sh' >/dev/null
docker cp tests/files/workload.sh web:/srv/workload.sh
docker start web >/dev/null
rm -f "$out"
"$SYSREEL" record --container web -w "$out" &
recorder=$!
wait_for 10 test -s "$out"
sleep 0.5
docker exec web touch /srv/go
docker wait web
sleep 0.5
kill -INT $recorder
wait $recorder
"$SYSREEL" verify "$out"
