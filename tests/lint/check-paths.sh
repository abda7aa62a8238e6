#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No path of somebody's machine in the project's files, no leftovers of work not done.
set -u
. "${0%/*}/files.sh"

# Written in pieces so that this file does not find itself.
machine="(^|[^A-Za-z0-9_.])/(wo""rk|fa""rm)/|/tmp/b""-[a-z]"
undone='\b(TO''DO|FIX''ME|XX''X)\b'
bad=0
files ':!LICENSE' ':!LICENSES/*' ':!*.reel' ':!tests/fuzz/corpus/*' |
	xargs -d '\n' -r grep -nIE "$machine" && bad=1
files '*.c' '*.h' '*.def' '*.sh' | xargs -d '\n' -r grep -nIE "$undone" && bad=1
exit $bad
