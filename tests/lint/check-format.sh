#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-format has nothing to say (make fmt mends it). Version 14, as Debian 12 has it: another
# version formats otherwise.
set -u
. "${0%/*}/files.sh"

cf=$(command -v clang-format-14 || command -v clang-format) || {
	echo "clang-format is not installed (make deps)"
	exit 77
}
"$cf" --version | grep -q ' version 14\.' || {
	echo "$("$cf" --version): version 14 is needed"
	exit 77
}
files '*.c' '*.h' | xargs -d '\n' -r "$cf" --dry-run -Werror --ferror-limit=1 2>&1 | grep ' error: ' &&
	exit 1
exit 0
