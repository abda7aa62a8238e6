#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures what recording costs and how fast reading is. Only ratios within one run count: every
# round runs all variants once, each right after an untraced loop that its ratio is against, and
# the tables show medians. The loop is pinned to CPU 1, the recorder to CPU 0.
#   tests/bench/run.sh [record|read|start|others|buffers|large]...       from the project's root, as root
#   ROUNDS=7 SCALE=1                          more rounds, longer loops
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}" "${ROUNDS:=5}" "${SCALE:=1}"
bin=$B/tests/bench
rec=$TMP/rec.reel
[ $# != 0 ] || set -- record read

median() {
	sort -g | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}

number() { # FILE KEY
	"$SYSREEL" info --json "$1" | tr -d '\n' | sed -nE "s/^[^{]*\{.*\"$2\" *: *\"?([0-9]+)\"?.*/\1/p"
}

sysreel0() {
	taskset -c 0 "$SYSREEL" "$@" 2>"$TMP/err"
}

# ---- one run of a loop under a variant: prints ns per round ----
untraced() { "$bin/loop" "$@"; }
floor() { taskset -c 0 "$bin/floor" "$bin/loop" "$@" 2>"$TMP/err"; }
recorded() { sysreel0 record -w "$rec" -- "$bin/loop" "$@"; }
nolatency() { sysreel0 record --no-latency -w "$rec" -- "$bin/loop" "$@"; }
unwanted() { sysreel0 record -w "$rec" evt.type=openat -- "$bin/loop" "$@"; }
# The same loop under other tools, each told to watch this command alone.
strace_f() { taskset -c 0 strace -f -o "$TMP/other" "$bin/loop" "$@" 2>"$TMP/err"; }
perf_trace() { taskset -c 0 perf trace record -o "$TMP/other" -- "$bin/loop" "$@" 2>"$TMP/err"; }
perf_record() {
	taskset -c 0 perf record -q -e raw_syscalls:sys_enter,raw_syscalls:sys_exit \
		-o "$TMP/other" -- "$bin/loop" "$@" 2>"$TMP/err"
}
bpftrace_count() (
	set -o pipefail
	taskset -c 0 bpftrace -q -o "$TMP/other" -c "$bin/loop $*" -e '
		tracepoint:raw_syscalls:sys_enter /pid == cpid/ { @start[tid] = nsecs; }
		tracepoint:raw_syscalls:sys_exit /pid == cpid && @start[tid]/ {
			@calls[args->id] = hist(nsecs - @start[tid]); delete(@start[tid]);
		}' 2>"$TMP/err" | grep -E '^[0-9.]+$' | tail -n 1
)
# One program on sys_exit that sends 64 bytes per call, by one way or another.
nothing() { "$bin/buffers" nothing "$bin/loop" "$@" 2>"$TMP/err"; }
ring_waking() { "$bin/buffers" ring_waking "$bin/loop" "$@" 2>"$TMP/err"; }
ring_shared() { "$bin/buffers" ring_shared "$bin/loop" "$@" 2>"$TMP/err"; }
ring_per_cpu() { "$bin/buffers" ring_per_cpu "$bin/loop" "$@" 2>"$TMP/err"; }
log_per_cpu() { "$bin/buffers" log_per_cpu "$bin/loop" "$@" 2>"$TMP/err"; }
outside() {
	local pid
	taskset -c 0 "$SYSREEL" record -w "$rec" -- sleep 1000 >/dev/null 2>"$TMP/err" &
	pid=$!
	wait_for 10 test -s "$rec"
	sleep 0.3
	"$bin/loop" "$@"
	kill -TERM $pid
	wait $pid || true # its status is that of sleep
}

row() { # LOOP ROUNDS-OF-IT VARIANT...
	local loop=$1 n=$(($2 * SCALE)) round v base ns what
	shift 2
	for ((round = 0; round < ROUNDS; round++)); do
		for v; do
			base=$(untraced "$loop" "$n") || return
			echo "$base" >>"$TMP/$loop.untraced"
			rm -f "$rec"
			if ! ns=$("$v" "$loop" "$n") || [ -z "$ns" ]; then
				echo "bench: $loop, $v: it failed: $(tail -n 3 "$TMP/err")" >&2
				return 1
			fi
			awk -v a="$ns" -v b="$base" 'BEGIN {print a / b}' >>"$TMP/$loop.$v"
			echo "$ns" >>"$TMP/$loop.$v.ns"
			[ "$v" != recorded ] ||
				echo "$(number "$rec" events) $(number "$rec" lost) $(stat -c %s "$rec")" \
					>>"$TMP/$loop.counts"
		done
	done
	base=$(median <"$TMP/$loop.untraced")
	for v; do
		case $v in
		floor) what='an empty pair of programs' ;;
		recorded) what='recorded to a file' ;;
		nolatency) what='recorded, --no-latency' ;;
		outside) what='outside the recorded cgroup' ;;
		unwanted) what='a call the filter does not want' ;;
		nothing) what='nothing is sent' ;;
		ring_waking) what='ring buffer, waking the reader' ;;
		ring_shared) what='ring buffer, no wake-ups' ;;
		ring_per_cpu) what='ring buffer per CPU, no wake-ups' ;;
		log_per_cpu) what='mapped log per CPU' ;;
		strace_f) what='strace -f to a file' ;;
		perf_trace) what='perf trace record' ;;
		perf_record) what='perf record -e raw_syscalls:*' ;;
		bpftrace_count) what='bpftrace: a histogram per call' ;;
		esac
		awk -v loop="$loop" -v what="$what" -v base="$base" -v r="$(median <"$TMP/$loop.$v")" \
			-v most="${most[$loop.$v]:-}" 'BEGIN {
			printf "%-9s %-32s %9.0f ns %9.0f ns %+9.0f ns %7.2f %7s\n",
				loop, what, base, base * r, base * (r - 1), r, most
		}'
	done
	[ ! -f "$TMP/$loop.counts" ] || awk -v loop="$loop" '
		{ e += $1; l += $2; b += $3 }
		END {
			printf "%-9s   %d events recorded, %d lost, %.2f bytes per event\n", loop, e, l,
				e ? b / e : 0
		}' "$TMP/$loop.counts"
}

bench_record() {
	declare -A most=(
		[getppid.recorded]=2.5 [getppid.nolatency]=2.0 [getppid.outside]=1.35
		[open.recorded]=1.7 [open.nolatency]=1.5
		[pingpong.recorded]=1.3 [spawn.recorded]=1.05 [both.recorded]=3.0
	)
	printf '%-9s %-32s %12s %12s %12s %7s %7s\n' loop what untraced traced added ratio 'budget'
	row getppid 3000000 floor recorded nolatency outside unwanted &&
		row open 300000 floor recorded nolatency &&
		row pingpong 100000 floor recorded &&
		row spawn 500 floor recorded &&
		row both 3000000 floor recorded || return
	awk -v ns="$(median <"$TMP/getppid.recorded.ns")" -v both="$(median <"$TMP/both.recorded.ns")" \
		'BEGIN {printf "sustained: %.2f M events/s from one CPU, %.2f M events/s from two\n",
			1e3 / ns, 2e3 / both}'
}

# How records get to user space.
bench_buffers() {
	declare -A most=()
	printf '%-9s %-32s %12s %12s %12s %7s\n' loop what untraced traced added ratio
	for loop in getppid both; do
		row $loop 2000000 nothing ring_waking ring_shared ring_per_cpu log_per_cpu || return
	done
}

# What others cost, beside ourselves. perf and bpftrace need tracefs, which is mounted for them.
bench_others() {
	local tools=() mounted='' t ns
	declare -A most=() needs=([strace_f]=strace [perf_trace]=perf [perf_record]=perf
		[bpftrace_count]=bpftrace)
	if ! mountpoint -q /sys/kernel/tracing; then
		mount -t tracefs tracefs /sys/kernel/tracing && mounted=1
	fi
	for t in perf_trace perf_record bpftrace_count strace_f; do
		if ! command -v "${needs[$t]}" >/dev/null; then
			echo "left out: ${needs[$t]} is not installed"
		elif ! ns=$("$t" getppid 1000) || [ -z "$ns" ]; then
			echo "left out: $t does not run here: $(tail -n 1 "$TMP/err")"
		else
			tools+=("$t")
		fi
		rm -f "$TMP/other"
	done
	printf '%-9s %-32s %12s %12s %12s %7s\n' loop what untraced traced added ratio
	row getppid 300000 floor recorded "${tools[@]}" && row open 60000 floor recorded "${tools[@]}" &&
		row pingpong 20000 floor recorded "${tools[@]}" && row spawn 100 floor recorded "${tools[@]}"
	[ -z "$mounted" ] || umount /sys/kernel/tracing
}

# one_query FILE THREADS CPUS ARGUMENTS-OF-READ...: a line "seconds KiB" is added to $TMP/q.THREADS
one_query() {
	local file=$1 threads=$2 on=$3
	shift 3
	taskset -c "$on" "$bin/timed" "$TMP/t" "$SYSREEL" read -q --threads "$threads" "$file" "$@" \
		>/dev/null 2>"$TMP/err"
	[ $? -le 1 ] || {
		echo "bench: read $*: it failed: $(tail -n 3 "$TMP/err")" >&2
		return 1
	}
	cat "$TMP/t" >>"$TMP/q.$threads"
}

query() { # WHAT BUDGET-IN-M ARGUMENTS-OF-READ...
	local what=$1 budget=$2 i
	shift 2
	rm -f "$TMP"/q.*
	for ((i = 0; i < ROUNDS; i++)); do
		one_query "$TMP/mix.reel" 1 0 "$@" && one_query "$TMP/mix.reel" 2 0,1 "$@" || return
	done
	awk -v what="$what" -v n="$mix" -v budget="$budget" \
		-v one="$(cut -d ' ' -f 1 "$TMP/q.1" | median)" \
		-v two="$(cut -d ' ' -f 1 "$TMP/q.2" | median)" \
		-v mem1="$(cut -d ' ' -f 2 "$TMP/q.1" | median)" \
		-v mem2="$(cut -d ' ' -f 2 "$TMP/q.2" | median)" 'BEGIN {
		printf "%-32s %9.3f s %9.2f M/s %7s %9.2f M/s %6.2f %7.1f %7.1f MiB\n", what, one,
			n / one / 1e6, budget, n / two / 1e6, one / two, mem1 / 1024, mem2 / 1024
	}'
}

bench_read() {
	"$SYSREEL" record -w "$TMP/mix.reel" -- sh -c "$bin/loop getppid $((2000000 * SCALE))
		$bin/loop open $((300000 * SCALE)); $bin/loop pingpong $((100000 * SCALE))" \
		>/dev/null 2>"$TMP/err" || {
		echo "bench: recording failed: $(tail -n 3 "$TMP/err")" >&2
		return 1
	}
	mix=$(number "$TMP/mix.reel" events)
	awk -v n="$mix" -v b="$(stat -c %s "$TMP/mix.reel")" -v l="$(number "$TMP/mix.reel" lost)" 'BEGIN {
		printf "a mix of loops: %d events, %d lost, %d bytes, %.2f bytes per event\n", n, l, b, b / n
	}'
	printf '%-32s %11s %13s %7s %13s %6s %19s\n' query 'one thread' events/s budget 'two threads' \
		ratio 'memory of one, two'
	query 'filter, no hits' 60 'evt.type=openat and fd.name contains no-such-name'
	query 'filter, a process not there' 1000 proc.name=nobody
	query 'filter, complex' 30 \
		'(evt.type in (openat, read) and fd.name startswith /nowhere) or' \
		'(evt.failed=true and not proc.name=loop)'
	query 'chisel topscalls' 30 -c topscalls
	query "-p '%evt.num'" 10 -p '%evt.num'
	query 'default line' 4
	query 'JSON' 2 --json
	query 'cut out: a third of the calls' 10 -w "$TMP/out.reel" 'evt.type in (open, openat, read, close)'
	query 'cut out: all calls that worked' 10 -w "$TMP/out.reel" evt.failed=false
}

# How long a recorder takes to begin and to end, with the arguments that it has beside the target:
# lines "begin" and "end", in ms. Begun it has with the first call after which none is missing.
one_start() { # FLOOD ARGUMENTS-OF-RECORD...
	local flood=$1
	shift
	rm -f "$rec"
	if ! "$bin/start" "$cgroup" "$flood" "$SYSREEL" record -q -w "$rec" --cgroup "$cgroup" "$@" \
		>"$TMP/times" 2>"$TMP/err" ||
		! "$SYSREEL" read -q "$rec" -p '%evt.arg.offset %evt.arg.count' \
			evt.type=readahead >"$TMP/ticks" 2>"$TMP/err"; then
		echo "bench: start: it failed: $(tail -n 3 "$TMP/err")" >&2
		return 1
	fi
	if ! awk 'FNR == NR { begun = $1; told = $2; ended = $3; next }
		last && $2 != last + 1 { missing++ }
		!last { first = $1 }
		{ last = $2 }
		END {
			if (missing || !last)
				exit 1
			print "begin", (first - begun) / 1e6
			print "end", (ended - told) / 1e6
		}' "$TMP/times" "$TMP/ticks" >"$TMP/start"; then
		echo 'bench: start: calls are missing behind the first' >&2
		return 1
	fi
	sed -n 's/^begin //p' "$TMP/start" >>"$TMP/begin"
	sed -n 's/^end //p' "$TMP/start" >>"$TMP/end"
}

start_row() { # WHAT FLOOD ARGUMENTS-OF-RECORD...
	local what=$1 i
	shift
	rm -f "$TMP/begin" "$TMP/end"
	for ((i = 0; i < ROUNDS; i++)); do
		one_start "$@" || return
	done
	printf '%-32s %7.0f ms %7s ms %9.0f ms %7s ms\n' "$what" "$(median <"$TMP/begin")" 300 \
		"$(median <"$TMP/end")" 500
}

# From the start of the recorder to the first call of its command.
start_command() {
	local i begun
	rm -f "$TMP/begin"
	for ((i = 0; i < ROUNDS; i++)); do
		begun=$("$bin/start" now)
		"$SYSREEL" record -q -w "$rec" -- "$bin/start" now >"$TMP/times" 2>"$TMP/err" || {
			echo "bench: start: it failed: $(tail -n 3 "$TMP/err")" >&2
			return 1
		}
		awk -v a="$begun" '{ print ($1 - a) / 1e6 }' "$TMP/times" >>"$TMP/begin"
	done
	printf '%-32s %7.0f ms %7s ms\n' 'a command' "$(median <"$TMP/begin")" 300
}

bench_start() {
	local top rc=0
	top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	cgroup=$top/sysreel-bench-$$
	mkdir "$cgroup" || return
	printf '%-32s %10s %10s %12s %10s\n' 'recorder of' begins budget ends budget
	start_row 'a cgroup' 0 &&
		start_row 'a cgroup, with a filter' 0 evt.type=readahead and proc.name=start &&
		start_row 'a cgroup, on raw tracepoints' 0 --hook raw_tp &&
		start_row 'a cgroup that never rests' 1 &&
		start_command || rc=1
	wait_for 10 rmdir "$cgroup"
	return $rc
}

# What a query costs in a file of 100 million events: recordings of real programs, again and again.
large_query() { # WHAT ARGUMENTS-OF-READ...
	local what=$1 threads=2 i
	shift
	rm -f "$TMP"/q.*
	for ((i = 0; i < ROUNDS; i++)); do
		one_query "$TMP/large.reel" "$threads" 0,1 "$@" || return
	done
	"$SYSREEL" read --stats "$TMP/large.reel" "$@" 2>"$TMP/err" >"$TMP/rows"
	awk -v what="$what" -v rows="$(wc -l <"$TMP/rows")" -v work="$(tail -n 1 "$TMP/err")" \
		-v s="$(cut -d ' ' -f 1 "$TMP/q.$threads" | median)" \
		-v mem="$(cut -d ' ' -f 2 "$TMP/q.$threads" | median)" 'BEGIN {
		sub(/.*reel: /, "", work)
		printf "%-36s %9d lines %8.1f ms %6.1f MiB\n%36s %s\n", what, rows, s * 1e3, mem / 1024, "", work
	}'
}

first_line() {
	local i start
	rm -f "$TMP/q"
	for ((i = 0; i < ROUNDS; i++)); do
		start=$EPOCHREALTIME
		"$SYSREEL" read "$TMP/large.reel" 2>/dev/null | head -n 1 >/dev/null
		awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN {print b - a}' >>"$TMP/q"
	done
	awk -v s="$(median <"$TMP/q")" 'BEGIN {printf "the first line is there after %.1f ms\n", s * 1e3}'
}

bench_large() {
	local events=${EVENTS:-100000000} start=$SECONDS
	{
		"$SYSREEL" record -q -w "$TMP/tar.reel" -- sh -c 'tar cf - /usr/share /usr/include | wc -c' &&
			"$SYSREEL" record -q -w "$TMP/find.reel" -- \
				sh -c 'find /usr -name "*.h" | sort | head -n 3000 | xargs cat | md5sum' &&
			"$SYSREEL" record -q -w "$TMP/sh.reel" -- \
				sh -c 'i=0; while [ $i -lt 500 ]; do ls -l /etc | grep conf; i=$((i + 1)); done' &&
			"$bin/replay" "$TMP/large.reel" "$events" 32768 "$TMP"/{tar,find,sh}.reel
	} >/dev/null 2>"$TMP/err" || {
		echo "bench: the large file could not be made: $(tail -n 1 "$TMP/err")" >&2
		return 1
	}
	awk -v n="$(number "$TMP/large.reel" rows)" -v b="$(stat -c %s "$TMP/large.reel")" \
		-v s="$((SECONDS - start))" 'BEGIN {
		printf "tar, find, a shell: %d rows, %.0f MB, %.2f bytes per row, made in %d s\n", n, b / 1e6,
			b / n, s
	}'
	large_query 'md5sum, within five seconds' proc.name=md5sum --from +300s --to +305s
	large_query 'tar, within five seconds' proc.name=tar --from +300s --to +305s
	large_query 'connect, anywhere' evt.type=connect
	large_query 'a process that is not there' proc.name=nobody
	large_query 'failures with a file, anywhere' 'fd.name=/etc/host.conf and evt.failed=true'
	first_line
	rm -f "$TMP/large.reel"
}

if [ "$(id -u)" != 0 ]; then
	echo 'make bench: recording needs root' >&2
	exit 2
fi
printf '%s, kernel %s, %s CPUs, %d rounds\n' "$(date +%F)" "$(uname -r)" "$(nproc)" "$ROUNDS"
read -r load _ </proc/loadavg
awk -v l="$load" 'BEGIN {exit l < 0.5}' &&
	echo "The machine is not idle (load $load): do not trust these figures."
for part; do
	"bench_$part" || exit 1
done
