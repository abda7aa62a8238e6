#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The dependency direction: a folder includes only from folders below it, every project include is
# written from the root, and plugins see nothing of ours but their public header and what they
# share among themselves.
set -u
. "${0%/*}/files.sh"

# What each folder may include; a file obeys the longest folder name that fits it.
declare -A may=(
	[formats]='formats'
	[driver-bpf]='driver-bpf formats'
	[filters]='filters formats'
	[container]='container formats'
	[capture]='capture driver-bpf filters container formats'
	[chisels]='chisels capture driver-bpf filters container formats'
	[chisels/plugins]='chisels/plugins'
	[chisels/include]=''
	[cli]='cli chisels capture driver-bpf filters container formats'
)

rule_of() { # FILE: the folder whose rule it obeys
	local dir=${1%/*}
	until [ -n "${may[$dir]+x}" ]; do
		[[ $dir == */* ]] || return 1
		dir=${dir%/*}
	done
	echo "$dir"
}

check_include() { # FILE FOLDER INCLUDED
	local top
	if [[ $3 != */* ]]; then
		echo "$1: \"$3\": write project includes from the root, \"folder/file.h\""
		return 1
	fi
	for top in ${may[$2]}; do
		[[ $3 == "$top"/* ]] || continue
		[ "$top" != chisels ] || [[ $3 != chisels/plugins/* ]] || break
		return 0
	done
	echo "$1: $2/ may not include \"$3\" (allowed: ${may[$2]:-system headers only})"
	return 1
}

bad=0
while IFS= read -r f; do
	case $f in tests/* | demo/*) continue ;; esac
	if [[ $f != */* ]] || ! folder=$(rule_of "$f"); then
		echo "$f: its folder has no rule in ${0##*/}"
		bad=1
		continue
	fi
	while IFS= read -r inc; do
		check_include "$f" "$folder" "$inc" || bad=1
	done < <(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$f")
	# sysreel's public header in angle brackets: for plugins and who serves them.
	own=$(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*<\(sysreel\/[^>]*\)>.*/\1/p' "$f")
	for inc in $own; do
		[ "$inc" = sysreel/chisel.h ] && [[ $folder == chisels* || $folder == cli ]] && continue
		echo "$f: $folder/ may not include <$inc>"
		bad=1
	done
done < <(files '*.c' '*.cc' '*.h' '*.def')
exit $bad
