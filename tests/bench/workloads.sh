#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Five real programs of Debian under load, recorded by sysreel: bytes per event (with and without
# payload) beside the same events as text and as .scap.gz, and what recording costs them, beside
# perf trace record in the same run.
#   tests/bench/workloads.sh [nginx redis compiler postgres files]     as root
#   SECONDS_EACH=4 ROUNDS=3
# Needs: nginx-light wrk redis-server redis-tools postgresql gcc tar findutils, linux-perf for the
# comparison. What is missing is left out, and said.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}" "${SECONDS_EACH:=4}" "${ROUNDS:=3}"
SYSREEL=$(realpath "$SYSREEL")
chmod 755 "$TMP"
export TMP SECONDS_EACH
[ $# != 0 ] || set -- nginx redis compiler postgres files
pg=$(echo /usr/lib/postgresql/*/bin | tr ' ' '\n' | tail -n 1)
mounted=

# Each prints one number, the more the better; servers run in the recorded command itself, those
# who load them do not have to.
run_nginx() {
	mkdir -p "$TMP/nginx"
	head -c 4096 /dev/urandom >"$TMP/nginx/page.html"
	cat >"$TMP/nginx.conf" <<-END
		worker_processes 1; daemon off; pid $TMP/nginx.pid; error_log $TMP/nginx.err;
		events { worker_connections 512; }
		http { access_log $TMP/nginx.log; server { listen 127.0.0.1:8089; root $TMP/nginx; } }
	END
	nginx -c "$TMP/nginx.conf" -e "$TMP/nginx.err" &
	wait_for 5 curl -s -o /dev/null http://127.0.0.1:8089/page.html
	wrk -t1 -c16 -d"${SECONDS_EACH}s" http://127.0.0.1:8089/page.html |
		awk '/Requests\/sec/ { print $2 }'
	kill %1
	wait
}
run_redis() {
	redis-server --port 6399 --save '' --dir "$TMP" >/dev/null &
	wait_for 5 redis-cli -p 6399 ping
	redis-benchmark -p 6399 -q -t set,get,lpush -n $((SECONDS_EACH * 20000)) --csv |
		awk -F'[",]+' '$3 + 0 { s += $3 } END { print s }'
	kill %1
	wait
}
run_compiler() {
	local begin n=0
	begin=$(date +%s%N)
	while [ $(($(date +%s%N) - begin)) -lt $((SECONDS_EACH * 1000000000)) ]; do
		gcc -std=gnu17 -D_GNU_SOURCE -I. -O1 -c formats/schema.c -o "$TMP/o.o" 2>/dev/null || return
		n=$((n + 1))
	done
	awk -v n=$n -v t=$(($(date +%s%N) - begin)) 'BEGIN { print n * 1e9 / t }'
}
run_postgres() {
	install -d -o postgres "$TMP/pg"
	[ -d "$TMP/pg/data" ] || setpriv --reuid=postgres --regid=postgres --clear-groups \
		"$pg/initdb" -D "$TMP/pg/data" -A trust >/dev/null || return
	setpriv --reuid=postgres --regid=postgres --clear-groups "$pg/postgres" -D "$TMP/pg/data" \
		-p 5499 -k "$TMP/pg" >"$TMP/pg.log" 2>&1 &
	wait_for 10 "$pg/pg_isready" -q -h "$TMP/pg" -p 5499
	"$pg/pgbench" -q -i -U postgres -h "$TMP/pg" -p 5499 postgres >/dev/null 2>&1
	"$pg/pgbench" -U postgres -h "$TMP/pg" -p 5499 -c 4 -T "$SECONDS_EACH" postgres 2>/dev/null |
		awk '/^tps/ { print $3 }'
	kill %1
	wait
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
export -f run_nginx run_redis run_compiler run_postgres run_files wait_for

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

costs() { # NAME: a line of the table of costs: median ratio to an unrecorded run just before
	local name=$1 base i
	rm -f "$TMP"/ratio.*
	for ((i = 0; i < ROUNDS; i++)); do
		for way in recorded nolatency perf; do
			[ $way != perf ] || command -v perf >/dev/null || continue
			base=$(bash -c "run_$name")
			case $way in
			recorded) recorded "$TMP/c.reel" -- bash -c "run_$name" ;;
			nolatency) recorded "$TMP/c.reel" --no-latency -- bash -c "run_$name" ;;
			perf) perf trace record -o "$TMP/perf.data" -- bash -c "run_$name" 2>"$TMP/err" ;;
			esac | awk -v base="$base" '{ print 100 * (1 - $1 / base) }' >>"$TMP/ratio.$way"
		done
	done
	printf '%-9s %11s %% %12s %% %10s %%\n' "$name" "$(median <"$TMP/ratio.recorded")" \
		"$(median <"$TMP/ratio.nolatency")" \
		"$([ ! -f "$TMP/ratio.perf" ] || median <"$TMP/ratio.perf")"
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
printf 'bytes per event\n%-9s %9s %8s %10s %10s %10s %10s\n' workload events lost payload none text \
	.scap.gz
for name in "${names[@]}"; do
	sizes "$name"
done
printf '\nloss of throughput, median of %d\n%-9s %13s %14s %12s\n' "$ROUNDS" workload recorded \
	--no-latency 'perf trace'
for name in "${names[@]}"; do
	costs "$name"
done
[ -z "$mounted" ] || umount /sys/kernel/tracing
