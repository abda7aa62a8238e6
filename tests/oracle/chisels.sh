#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Our chisels beside those of the reference tool on the captures that lie beside the repository, see
# chisels.py. The tool does not read every capture to its end: those are left out.
set -u
: "${SYSREEL:=build/sysreel}" "${SHARED:=../shared}"
captures=("$SHARED"/captures/*.scap)
if [ ! -f "${captures[0]}" ]; then
	echo "skipped: no captures in $SHARED/captures"
	exit 77
fi
if ! command -v sysdig >/dev/null; then
	echo "skipped: sysdig is not installed"
	exit 77
fi
whole=()
for c in "${captures[@]}"; do
	sysdig -r "$c" evt.num=0 >/dev/null 2>&1 && whole+=("$c")
done
exec python3 "${0%/*}/chisels.py" "$SYSREEL" "${whole[@]}"
