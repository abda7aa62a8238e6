#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No complaint of shellcheck about any script.
set -u
. "${0%/*}/files.sh"

command -v shellcheck >/dev/null || {
	echo "shellcheck is not installed (make deps)"
	exit 77
}
# SC1090, SC1091: sourced files are not followed; they are checked on their own.
# SC2317: functions that are called by name, through a parameter.
# SC2034, SC2154: variables are used and set by the sourced file.
scripts | xargs -d '\n' -r shellcheck -f gcc -e SC1090,SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
