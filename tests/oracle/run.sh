#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the reference tool answered on real captures, and what we answer. Every row of
# ../shared/oracle/manifest.csv is asked; rows of passing.txt must go on passing, rows of
# differences.csv may differ, for the reason given there. -v shows the differences of the rows whose
# ids are given, of all without ids.
#   tests/oracle/run.sh [-v] [ID...]
set -u
: "${SYSREEL:=build/sysreel}" "${SHARED:=../shared}"
if [ ! -f "$SHARED/oracle/manifest.csv" ]; then
	echo "skipped: no $SHARED/oracle/manifest.csv"
	exit 77
fi
exec python3 "${0%/*}/compare.py" "$SHARED" "$SYSREEL" "$@"
