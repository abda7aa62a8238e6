#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Library folders have no policy: they do not print, exit, read the environment or take signals.
# And nobody uses the string functions that know no bounds.
set -u
. "${0%/*}/files.sh"

policy='printf|vprintf|puts|putchar|perror|exit|_exit|_Exit|quick_exit|abort|getenv'
policy="$policy|secure_getenv|setenv|putenv|signal|sigaction|setlocale|errx?|warnx?"
unsafe='strcpy|strcat|sprintf|vsprintf|gets|stpcpy|alloca|strtok|atoi|atol'

# Calls of one of the functions $2 in file $1, without comments and strings; members do not count.
calls() {
	gcc -fpreprocessed -dD -E -x c "$1" 2>/dev/null |
		sed -E 's/"([^"\\]|\\.)*"/""/g' |
		awk -v file="$1" -v re="(^|[^A-Za-z0-9_.>])($2)[ \t]*\\\\(" -v any="$3" '
		/^# [0-9]+ "/ { line = $2 - 1; next }
		{ line++ }
		/^[ \t]*#/ { next }
		$0 ~ re || (any != "" && $0 ~ any) {
			sub(/^[ \t]+/, "")
			print file ":" line ": " $0
			bad = 1
		}
		END { exit bad }'
}

bad=0
while IFS= read -r f; do
	case $f in
	*.bpf.c | *.bpf.h | tests/* | demo/*) continue ;;
	cli/* | chisels/plugins/*) calls "$f" "$unsafe" '' || bad=1 ;;
	# a process of its own may end
	capture/freezer.c) calls "$f" "$unsafe" '' || bad=1 ;;
	*) calls "$f" "$policy|$unsafe" '(^|[^A-Za-z0-9_])(stdout|stderr)([^A-Za-z0-9_]|$)' || bad=1 ;;
	esac
done < <(files '*.c' '*.h')
exit $bad
