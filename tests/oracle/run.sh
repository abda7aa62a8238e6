#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the reference tool answered on real captures, and what we answer. Every row of
# ../shared/oracle/manifest.csv is asked; rows of passing.txt must go on passing, rows of
# differences.csv may differ, for the reason given there. -v shows the differences of the rows whose
# ids are given (all without ids).
# Usage: run.sh SYSREEL [-v] [ID...]
here=$(dirname "$0")
shared=${SHARED:-$here/../../../shared}
if [ ! -f "$shared/oracle/manifest.csv" ]; then
	echo "skipped: no $shared/oracle/manifest.csv"
	exit 77
fi
exec python3 "$here/compare.py" "$shared" "$@"
