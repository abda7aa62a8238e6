#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every source file names its licence in its first line (scripts: in the second).
set -u
. "${0%/*}/files.sh"

ours='/* SPDX-License-Identifier: Apache-2.0 */'
both='/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */' # what the kernel loads
bad=0
wrong() {
	echo "$1: $2"
	bad=1
}

while IFS= read -r f; do
	case $f in
	*.bpf.c | *.bpf.h | formats/event_abi.h | formats/predicate.h) want=$both ;;
	driver-bpf/*.h) want=$(grep -Fx "$both" "$f" || echo "$ours") ;;
	*) want=$ours ;;
	esac
	[ "$(head -n 1 "$f")" = "$want" ] || wrong "$f" "the first line must be $want"
done < <(files '*.c' '*.cc' '*.h' '*.def')

while IFS= read -r f; do
	head -n 2 "$f" | grep -qx '# SPDX-License-Identifier: Apache-2.0' ||
		wrong "$f" "no '# SPDX-License-Identifier: Apache-2.0' in its first two lines"
done < <(scripts)
exit $bad
