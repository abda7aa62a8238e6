#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same questions of many captures, put to the reference tool itself: the stored ones of every
# capture; with -a also every field that it has, and many filters (minutes). What differs for a
# reason stands in wider.csv; -v shows what else differs.
#   tests/oracle/wider.sh [-a] [-v] [CAPTURE...]
set -u
: "${SYSREEL:=build/sysreel}" "${SHARED:=../shared}"
if [ ! -f "$SHARED/oracle/manifest.csv" ]; then
	echo "skipped: no $SHARED/oracle/manifest.csv"
	exit 77
fi
if ! command -v sysdig >/dev/null; then
	echo "skipped: sysdig is not installed"
	exit 77
fi
exec python3 "${0%/*}/wider.py" "$SHARED" "$SYSREEL" "$@"
