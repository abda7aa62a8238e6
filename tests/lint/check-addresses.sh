#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rows of system calls against the prototypes of the kernel that runs here, as its tracepoints
# tell them: as many arguments, and each that is a pointer is of a kind that copies what is there, or
# formats/addresses.def says why not. V=1 lists those.
set -u
export LC_ALL=C
cd "${0%/*}/../.." || exit 1

events=/sys/kernel/tracing/events/syscalls
[ -r "$events"/sys_enter_openat/format ] || {
	echo "the kernel's tracepoints of system calls cannot be read: $events"
	exit 77
}

# Tables, then prototypes: "call ARGUMENT pointer", in their order.
{
	sed -nE 's/^SR_KIND\((\w+), *(\w+),.*/kind \1 \2/p' formats/kinds.def
	sed -nE 's/^SR_SYSCALL\((\w+), (-?[0-9]+), -?[0-9]+, \w+, \w+, [^,]*(, (.*))?\)$/row \1 \2 \4/p' \
		formats/syscalls.def
	sed -nE 's/^SR_ADDRESS\((\w+), (\w+), "(.*)"\)$/reason \1 \2 \3/p' formats/addresses.def
	for f in "$events"/sys_enter_*/format; do
		sed -nE 's/^name: sys_enter_(.*)/call \1/p
			s/^\tfield:(.*[ *])(\w+);\toffset:([0-9]+);.*/field \3 \2 \1/p' "$f"
	done
} | awk -v verbose="${V:-}" '
	BEGIN { # what the tracepoints call otherwise than the table
		other["newstat"] = "stat"; other["newfstat"] = "fstat"; other["newlstat"] = "lstat"
		other["newuname"] = "uname"; other["umount"] = "umount2"; other["sendfile64"] = "sendfile"
	}
	function tell(text) { print text; bad = 1 }
	function ends() {
		if (call in rows && n != rows[call])
			tell(call ": " n " arguments, the row has " rows[call])
	}
	$1 == "kind" { class[$2] = $3 }
	$1 == "row" {
		call = $2
		if ($3 < 0)
			next
		sub(/^row [^ ]+ [^ ]+ ?/, "")
		rows[call] = 0
		while (match($0, /[AXL]\([^()]*\)/)) {
			split(substr($0, RSTART + 2, RLENGTH - 3), part, ", ")
			name[call, rows[call]] = part[1]
			kind[call, rows[call]++] = part[2]
			$0 = substr($0, RSTART + RLENGTH)
		}
		call = ""
	}
	$1 == "reason" {
		key = $2 SUBSEP $3
		sub(/^reason [^ ]+ [^ ]+ /, "")
		why[key] = $0
	}
	$1 == "call" {
		if (call != "")
			ends()
		call = $2 in other ? other[$2] : $2
		n = 0
		calls++
		if (!(call in rows))
			tell("no row for " call)
	}
	$1 == "field" && $2 >= 16 { # before it the head and the number
		pointer = /\*/
		k = kind[call, n]
		key = call SUBSEP name[call, n]
		if (pointer && class[k] == "NUM") {
			if (!(key in why))
				tell(call ", " name[call, n] ": a pointer, but of kind " k ", and" \
					" formats/addresses.def has no reason")
			else if (verbose)
				print call ", " name[call, n] ": " why[key]
		}
		n++
	}
	END {
		ends()
		if (calls < 300)
			tell("only " calls + 0 " prototypes found")
		exit bad
	}'
