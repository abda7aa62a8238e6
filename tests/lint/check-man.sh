#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every man page compiles, mandoc has nothing to say about it, and it is called as its file is.
set -u
. "${0%/*}/files.sh"

if ! command -v scdoc mandoc >/dev/null; then
	echo "scdoc or mandoc is not installed (make deps)"
	exit 77
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
while IFS= read -r f; do
	page=${f##*/}
	page=${page%.scd}
	if ! SOURCE_DATE_EPOCH=0 scdoc <"$f" >"$tmp/$page" 2>"$tmp/err"; then
		sed "s|^|$f: |" "$tmp/err"
		bad=1
		continue
	fi
	head -n 1 "$f" | grep -q "^${page%.*}(${page##*.})" || {
		echo "$f: its first line must begin with ${page%.*}(${page##*.})"
		bad=1
	}
	# Not about the page but about how scdoc writes: the date, and .P after a heading.
	mandoc -T lint -W warning "$tmp/$page" | sed "s|$tmp/||" |
		grep -vE 'skipping paragraph macro|missing date|cannot parse date|undefined escape' && bad=1
done < <(files 'docs/man/*.scd')
exit $bad
