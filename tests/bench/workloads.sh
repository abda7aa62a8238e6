#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Five real programs of Debian under load, recorded by sysreel: bytes per event (with and without
# payload) beside the same events as text and as .scap.gz, what recording costs them, beside perf
# trace record in the same run, and what CPU time the recorder itself takes.
#   tests/bench/workloads.sh [nginx redis compiler postgres files]     as root
#   SECONDS_EACH=4 ROUNDS=3 TABLES='sizes costs servers'
# Needs: nginx-light wrk redis-server redis-tools postgresql gcc tar findutils, linux-perf for the
# comparison. What is missing is left out, and said.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}" "${SECONDS_EACH:=4}" "${ROUNDS:=3}"
: "${TABLES:=sizes costs servers}"
SYSREEL=$(realpath "$SYSREEL")
chmod 755 "$TMP"
export TMP SECONDS_EACH
[ $# != 0 ] || set -- nginx redis compiler postgres files
pg=$(echo /usr/lib/postgresql/*/bin | tr ' ' '\n' | tail -n 1)
mounted=

# serve_ is a server until it is killed, ready_ whether it answers, load_ puts it to work and prints
# one number, the more the better.
serve_nginx() {
	mkdir -p "$TMP/nginx"
	head -c 4096 /dev/urandom >"$TMP/nginx/page.html"
	cat >"$TMP/nginx.conf" <<-END
		worker_processes 1; daemon off; pid $TMP/nginx.pid; error_log $TMP/nginx.err;
		events { worker_connections 512; }
		http { access_log $TMP/nginx.log; server { listen 127.0.0.1:8089; root $TMP/nginx; } }
	END
	exec nginx -c "$TMP/nginx.conf" -e "$TMP/nginx.err"
}
ready_nginx() { curl -s -o /dev/null http://127.0.0.1:8089/page.html; }
load_nginx() {
	wrk -t1 -c16 -d"${SECONDS_EACH}s" http://127.0.0.1:8089/page.html |
		awk '/Requests\/sec/ { print $2 }'
}
serve_redis() {
	exec redis-server --port 6399 --save '' --dir "$TMP" >/dev/null
}
ready_redis() { redis-cli -p 6399 ping; }
load_redis() {
	redis-benchmark -p 6399 -q -t set,get,lpush -n $((SECONDS_EACH * 20000)) --csv |
		awk -F'[",]+' '$3 + 0 { s += $3 } END { print s }'
}
serve_postgres() {
	exec setpriv --reuid=postgres --regid=postgres --clear-groups "$pg/postgres" \
		-D "$TMP/pg/data" -p 5499 -k "$TMP/pg" >"$TMP/pg.log" 2>&1
}
ready_postgres() { "$pg/pg_isready" -q -h "$TMP/pg" -p 5499; }
load_postgres() {
	"$pg/pgbench" -q -i -U postgres -h "$TMP/pg" -p 5499 postgres >/dev/null 2>&1
	"$pg/pgbench" -U postgres -h "$TMP/pg" -p 5499 -c 4 -T "$SECONDS_EACH" postgres 2>/dev/null |
		awk '/^tps/ { print $3 }'
}
prepare_postgres() {
	install -d -o postgres "$TMP/pg"
	[ -d "$TMP/pg/data" ] || setpriv --reuid=postgres --regid=postgres --clear-groups \
		"$pg/initdb" -D "$TMP/pg/data" -A trust >/dev/null
}

# Each run_ is all of a workload, and prints its number.
served() { # NAME: server and load
	"serve_$1" &
	wait_for 20 "ready_$1"
	"load_$1"
	kill $!
	wait $!
}
run_nginx() { served nginx; }
run_redis() { served redis; }
run_postgres() { served postgres; }
run_compiler() {
	local begin n=0
	begin=$(date +%s%N)
	while [ $(($(date +%s%N) - begin)) -lt $((SECONDS_EACH * 1000000000)) ]; do
		gcc -std=gnu17 -D_GNU_SOURCE -I. -O1 -c formats/schema.c -o "$TMP/o.o" 2>/dev/null || return
		n=$((n + 1))
	done
	awk -v n=$n -v t=$(($(date +%s%N) - begin)) 'BEGIN { print n * 1e9 / t }'
}
run_files() {
	local begin n=0
	begin=$(date +%s%N)
	while [ $(($(date +%s%N) - begin)) -lt $((SECONDS_EACH * 1000000000)) ]; do
		find /usr/share/doc /usr/include -type f -newer /etc/passwd >/dev/null
		tar -cf - /usr/include 2>/dev/null | cat >/dev/null
		n=$((n + 1))
	done
	awk -v n=$n -v t=$(($(date +%s%N) - begin)) 'BEGIN { print n * 1e9 / t }'
}
declare -A what=([nginx]='nginx wrk curl' [redis]='redis-server redis-benchmark' [compiler]=gcc
	[postgres]="$pg/pgbench" [files]='find tar')
export pg

# What CPU time a process has had so far, its threads but not its children: "user system", in ticks.
ticks() { # PID
	sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 12,13
}
# COMMAND...: and what its parent, a recorder, had to do meanwhile. What came last is written
# within a second and a half.
watched() {
	local before
	before=$(ticks $PPID)
	"$@"
	sleep 2
	echo "$before $(ticks $PPID)" >"$TMP/ticks"
}
export -f serve_nginx serve_redis serve_postgres ready_nginx ready_redis ready_postgres \
	load_nginx load_redis load_postgres served \
	run_nginx run_redis run_compiler run_postgres run_files wait_for ticks watched

number() { # FILE KEY
	"$SYSREEL" info --json "$1" | tr -d '\n' | sed -nE "s/^[^{]*\{.*\"$2\" *: *\"?([0-9]+)\"?.*/\1/p"
}
median() {
	sort -g | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}
recorded() { # FILE OPTIONS... -- COMMAND...
	local file=$1
	shift
	rm -f "$file"
	"$SYSREEL" record -q -w "$file" "$@" 2>"$TMP/err"
}

sizes() { # NAME: a line of the table of sizes
	local name=$1 events
	recorded "$TMP/full.reel" -- bash -c "run_$name" >/dev/null
	recorded "$TMP/bare.reel" -s 0 -- bash -c "run_$name" >/dev/null
	events=$(number "$TMP/full.reel" events)
	"$SYSREEL" read -q "$TMP/full.reel" >"$TMP/text"
	"$SYSREEL" convert -q "$TMP/full.reel" "$TMP/full.scap.gz" 2>"$TMP/err"
	awk -v name="$name" -v n="$events" -v m="$(number "$TMP/bare.reel" events)" \
		-v full="$(stat -c %s "$TMP/full.reel")" -v bare="$(stat -c %s "$TMP/bare.reel")" \
		-v text="$(stat -c %s "$TMP/text")" -v scap="$(stat -c %s "$TMP/full.scap.gz")" \
		-v lost="$(number "$TMP/full.reel" lost)" 'BEGIN {
		printf "%-9s %9d %8d %10.2f %10.2f %10.1f %10.1f\n", name, n, lost, full / n, bare / m,
			text / n, scap / n }'
	rm -f "$TMP"/full.* "$TMP/bare.reel" "$TMP/text"
}

# note_work SECONDS: the events of a recording, and what the recorder took for them, by $TMP/ticks.
note_work() {
	awk -v s="$1" -v n="$(number "$TMP/c.reel" events)" -v hz="$(getconf CLK_TCK)" \
		'{ print n / s, ($3 - $1) / hz, ($4 - $2) / hz, ($3 + $4 - $1 - $2) / hz / n * 1e9 }' \
		"$TMP/ticks" >>"$TMP/work"
}
loss() { # BASE: of numbers on standard input
	awk -v base="$1" '{ print 100 * (1 - $1 / base) }'
}
head_of_costs() {
	printf '%-9s %10s %12s %12s %11s %7s %7s %9s\n' workload recorded --no-latency 'perf trace' \
		events/s 'user s' 'sys s' ns/event
}
line_of_costs() { # NAME
	local way
	printf '%-9s' "$1"
	for way in recorded nolatency perf; do
		printf ' %10s %%' "$([ ! -f "$TMP/ratio.$way" ] || median <"$TMP/ratio.$way")"
	done
	awk '{ for (i = 1; i <= NF; i++) sum[i] += $i }
		END { printf " %11.0f %7.2f %7.2f %9.0f\n", sum[1] / NR, sum[2] / NR, sum[3] / NR,
			sum[4] / NR }' "$TMP/work"
}

costs() { # NAME: a line of the table of costs: median ratio to an unrecorded run just before
	local name=$1 base i way start
	rm -f "$TMP"/ratio.* "$TMP/work"
	for ((i = 0; i < ROUNDS; i++)); do
		for way in recorded nolatency perf; do
			[ $way != perf ] || command -v perf >/dev/null || continue
			base=$(bash -c "run_$name")
			start=$SECONDS
			case $way in
			recorded) recorded "$TMP/c.reel" -- bash -c "watched run_$name" ;;
			nolatency) recorded "$TMP/c.reel" --no-latency -- bash -c "run_$name" ;;
			perf) perf trace record -o "$TMP/perf.data" -- bash -c "run_$name" 2>"$TMP/err" ;;
			esac | loss "$base" >>"$TMP/ratio.$way"
			[ $way != recorded ] || note_work $((SECONDS - start - 2))
		done
	done
	line_of_costs "$name"
}

# A server alone is recorded, as one in a container is: those who ask it run outside.
server() { # NAME WAY: prints the load's number
	local name=$1 way=$2 tool server before start
	rm -f "$TMP/c.reel"
	case $way in
	base) bash -c "serve_$name" & ;;
	recorded) "$SYSREEL" record -q -w "$TMP/c.reel" -- bash -c "serve_$name" 2>"$TMP/err" & ;;
	nolatency)
		"$SYSREEL" record -q --no-latency -w "$TMP/c.reel" -- bash -c "serve_$name" \
			2>"$TMP/err" &
		;;
	perf) perf trace record -o "$TMP/perf.data" -- bash -c "serve_$name" 2>"$TMP/err" & ;;
	esac
	tool=$!
	wait_for 20 "ready_$name" || return
	server=$tool
	[ "$way" = base ] || server=$(ps -o pid= --ppid $tool | head -n 1)
	before=$(ticks $tool) start=$EPOCHREALTIME
	bash -c "load_$name"
	awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }' >"$TMP/took"
	if [ "$way" = recorded ]; then
		sleep 2
		echo "$before $(ticks $tool)" >"$TMP/ticks"
	fi
	kill "$server"
	wait $tool 2>/dev/null
}
servers() { # NAME: a line of the table of servers
	local name=$1 base i way
	rm -f "$TMP"/ratio.* "$TMP/work"
	for ((i = 0; i < ROUNDS; i++)); do
		for way in recorded nolatency perf; do
			[ $way != perf ] || command -v perf >/dev/null || continue
			base=$(server "$name" base)
			server "$name" $way | loss "$base" >>"$TMP/ratio.$way"
			[ $way != recorded ] || note_work "$(cat "$TMP/took")"
		done
	done
	line_of_costs "$name"
}

if [ "$(id -u)" != 0 ]; then
	echo 'workloads: recording needs root' >&2
	exit 2
fi
names=()
for name; do
	for tool in ${what[$name]}; do
		command -v "$tool" >/dev/null || {
			echo "left out: $name, there is no $tool"
			continue 2
		}
	done
	names+=("$name")
done
mountpoint -q /sys/kernel/tracing || { mount -t tracefs tracefs /sys/kernel/tracing && mounted=1; }
if [[ " ${names[*]} " = *" postgres "* ]]; then
	prepare_postgres
fi
for table in $TABLES; do
	case $table in
	sizes)
		printf 'bytes per event\n%-9s %9s %8s %10s %10s %10s %10s\n' workload events lost payload \
			none text .scap.gz
		;;
	costs)
		printf '\nloss of throughput, median of %d; the work of the recorder itself\n' "$ROUNDS"
		head_of_costs
		;;
	servers)
		printf '\nthe same of servers, with those who ask them outside of the recorded cgroup\n'
		head_of_costs
		;;
	esac
	for name in "${names[@]}"; do
		[ "$table" != servers ] || declare -F "serve_$name" >/dev/null || continue
		"$table" "$name"
	done
done
[ -z "$mounted" ] || umount /sys/kernel/tracing
