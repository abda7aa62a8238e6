#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Chisels beside the tools that give the same figures: both look at one run, and tools.py compares.
#   tests/compare/tools.sh [NAME...]     KEEP=/tmp keeps what both said
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
SYSREEL=$(realpath "$SYSREEL")
SYSREEL_CHISELS=$(realpath "$B")/chisels
here=$PWD/tests/compare
PATH=$PATH:/usr/sbin:/sbin
export SYSREEL SYSREEL_CHISELS TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 PATH
python=/usr/bin/python3
read -ra wanted <<<"${*:-${T:-}}"

# begin NAME PROGRAM...: a folder for it, $d. False if it is not asked for, or a program is missing.
begin() {
	local p
	[ ${#wanted[@]} = 0 ] || [[ " ${wanted[*]} " == *" $1 "* ]] || return 1
	for p in "${@:2}"; do
		command -v "$p" >/dev/null || {
			skip "$1" "$p is not installed"
			return 1
		}
	done
	d=$TMP/$1
	mkdir "$d"
}

# record COMMAND...: into $d/rec.reel, with the command's output in $d/out. False if the recorder,
# or the command, fails.
record() {
	(cd "$d" && timeout -k 5 200 "$SYSREEL" record -s 2000 -w rec.reel -- "$@" >out 2>err </dev/null)
}

# verdict NAME: what tools.py says of $d.
verdict() {
	[ -z "${KEEP:-}" ] || cp -r "$d" "$KEEP/"
	"$python" "$here/tools.py" "$1" "$d" >"$d/verdict" 2>&1
	case $? in
	0) pass "$1: $(tail -n 1 "$d/verdict")" ;;
	77) skip "$1" "$(tail -n 1 "$d/verdict")" ;;
	*) fail "$1" "$(tail -n 40 "$d/verdict")" "$(tail -n 3 "$d/err" 2>/dev/null)" ;;
	esac
}

# Some calls of many kinds, without signals: what is interrupted is counted differently.
work='ls -l /etc /nowhere >list 2>&1; find /etc/dpkg /etc/apt >found; sort -r list -o sorted
	cp list copy; cat list found | tr a-z A-Z | wc -c; rm -f copy /nowhere/at/all'

compare_strace() {
	begin strace strace || return
	record strace -f -c -o counts sh -c "$work"
	verdict strace
}

# perf wants tracefs: in a mount namespace of its own it does not matter where it is.
compare_perf() {
	begin perf perf unshare || return
	# shellcheck disable=SC2016
	unshare -m sh -c 'mountpoint -q /sys/kernel/tracing || mount -t tracefs x /sys/kernel/tracing
		cd "$1" && perf trace -s -o probe true' sh "$d" >/dev/null 2>"$d/err" || {
		skip perf "perf trace does not work here: $(tail -n 1 "$d/err")"
		return
	}
	for _ in 1 2 3 4 5; do # a run in which it missed more than a few says nothing
		# shellcheck disable=SC2016
		record unshare -m sh -c \
			'mountpoint -q /sys/kernel/tracing || mount -t tracefs x /sys/kernel/tracing
			exec perf trace -m 4M -s -o counts sh -c "$1"' sh "$work"
		"$python" "$here/tools.py" perf "$d" >/dev/null 2>&1 && break
	done
	if grep -q LOST "$d/counts" "$d/err"; then
		skip perf 'perf lost events'
	else
		verdict perf
	fi
}

# A process with files, pipes and sockets, and what lsof, ss and ps say of it while it is recorded.
compare_state() {
	local pid
	begin state lsof ss ps unshare || return
	mkfifo "$d/go"
	"$python" -I -S "$here/holder.py" "$d/go" >"$d/ready" 2>"$d/err" &
	pid=$!
	if ! wait_for 60 test -s "$d/ready"; then
		kill $pid 2>/dev/null
		fail state "$(cat "$d/err")"
		return
	fi
	lsof -n -P -b -w -p $pid -F ftn >"$d/lsof" 2>/dev/null
	ss -H -n -t -u -a -p >"$d/ss" 2>/dev/null
	ps -o pid=,ppid=,user:32=,args= -p $pid >"$d/ps"
	"$SYSREEL" record --duration 1 --pid $pid -w "$d/rec.reel" >"$d/out" 2>"$d/err"
	echo go >"$d/go"
	wait $pid
	echo $pid >"$d/pid"
	for t in lsof ss ps; do
		verdict $t
	done
}

compare_io() {
	begin io || return
	record "$python" -I -S "$here/io.py"
	verdict io
}

compare_nginx() {
	local port=$((20000 + RANDOM % 10000))
	begin nginx nginx curl || return
	mkdir "$d/www"
	seq 1000 >"$d/www/numbers"
	echo hello >"$d/www/hello.txt"
	chmod 755 "$TMP" "$d" "$d/www"
	cat >"$d/nginx.conf" <<CONF
pid $d/nginx.pid;
error_log stderr;
daemon off;
worker_processes 1;
events { worker_connections 32; }
http {
	log_format all '\$request_method \$http_host\$request_uri \$status \$body_bytes_sent';
	access_log $d/access all;
	client_body_temp_path $d/body;
	proxy_temp_path $d/proxy;
	fastcgi_temp_path $d/fastcgi;
	uwsgi_temp_path $d/uwsgi;
	scgi_temp_path $d/scgi;
	server { listen 127.0.0.1:$port; root $d/www; }
}
CONF
	record sh -c "nginx -c $d/nginx.conf & p=\$!
		u=http://127.0.0.1:$port
		curl -s --retry 60 --retry-delay 1 --retry-connrefused -o /dev/null \$u/hello.txt
		curl -s -o /dev/null \$u/numbers -o /dev/null \$u/nowhere -o /dev/null '\$u/hello.txt?a=b'
		curl -s -I -o /dev/null \$u/numbers
		curl -s -o /dev/null -X DELETE \$u/hello.txt
		curl -s -o /dev/null -d name=value \$u/hello.txt
		kill -QUIT \$p; wait"
	verdict nginx
}

compare_redis() {
	local port=$((20000 + RANDOM % 10000))
	begin redis redis-server redis-cli redis-benchmark || return
	record sh -c "redis-server --port $port --save '' --dir . >server & p=\$!
		c='redis-cli -p $port'
		i=0; until \$c ping >/dev/null 2>&1 || [ \$i = 600 ]; do sleep 0.1; i=\$((i + 1)); done
		\$c config resetstat
		redis-benchmark -p $port -n 200 -c 5 -q -t set,get
		\$c lpush list one two three; \$c lrange list 0 -1; \$c del list
		\$c info stats >info
		\$c shutdown nosave; wait"
	verdict redis
}

if [ "$(id -u)" != 0 ]; then
	skip tools 'recording needs root (or CAP_BPF and CAP_PERFMON)'
	finish
fi
[ -x $python ] || {
	skip tools "$python is not there"
	finish
}
for t in strace perf state io nginx redis; do
	compare_$t
done
finish
