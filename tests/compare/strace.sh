#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Real programs run under strace while sysreel records both: per thread the same calls in the same
# order, with the same results and the same arguments where both decode them (compare.py). What
# differs by nature stands in differences.txt.
#   tests/compare/strace.sh [NAME...]     VERBOSE=1 tells which explanations were needed
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
SYSREEL=$(realpath "$SYSREEL")
live=$(realpath "$B")/tests/live
here=$PWD/tests/compare
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1
read -ra wanted <<<"${*:-${T:-}}"

# What strace tells of.
filter='syscall.type exists'

# same NAME COMMAND...: run it in a folder of its own, recorded and traced.
same() {
	local name=$1 d=$TMP/$1 p got=
	shift
	[ ${#wanted[@]} = 0 ] && got=1
	for p in "${wanted[@]}"; do
		[ "$p" = "$name" ] && got=1
	done
	[ -n "$got" ] || return 0
	mkdir -p "$d/w"
	(cd "$d/w" && timeout -k 5 200 "$SYSREEL" record -s 64 -w ../rec.reel -- \
		strace -f -y -s 64 -o ../strace "$@" >../out 2>../err </dev/null)
	"$SYSREEL" read "$d/rec.reel" -p '%thread.tid %evt.call' "$filter" \
		>"$d/sysreel" 2>"$d/read.err" || {
		fail "$name" "nothing was recorded: $(tail -n 3 "$d/err" "$d/read.err")"
		return
	}
	[ -z "${KEEP:-}" ] || cp -r "$d" "$KEEP/"
	if /usr/bin/python3 "$here/compare.py" "$d/strace" "$d/sysreel" "$here/differences.txt" \
		${VERBOSE:+-v} >"$d/compare" 2>&1; then
		pass "$name: $(tail -n 1 "$d/compare")"
		[ -z "${VERBOSE:-}" ] || sed '$d' "$d/compare"
	else
		fail "$name" "$(tail -n 60 "$d/compare")"
	fi
}

# notices NAME SED-SCRIPT: a recording that is wrong must not pass.
notices() {
	local d=$TMP/ls
	[ -s "$d/sysreel" ] || return 0
	sed "$2" "$d/sysreel" >"$d/wrong"
	if cmp -s "$d/sysreel" "$d/wrong" ||
		/usr/bin/python3 "$here/compare.py" "$d/strace" "$d/wrong" "$here/differences.txt" \
			>"$d/compare" 2>&1; then
		fail "notices $1" "$(tail -n 3 "$d/compare")"
	else
		pass "notices $1"
	fi
}

# needs PROGRAM NAME: is it there?
needs() {
	command -v "$1" >/dev/null || {
		skip "$2" "$1 is not installed"
		return 1
	}
}

if [ "$(id -u)" != 0 ]; then
	skip compare 'recording needs root (or CAP_BPF and CAP_PERFMON)'
	finish
fi
needs strace compare || finish
[ -x /usr/bin/python3 ] || {
	skip compare '/usr/bin/python3 is not there'
	finish
}

mkdir "$TMP/tree"
for i in 1 2 3 4 5; do
	seq "$i" 300 >"$TMP/tree/f$i"
done
cat >"$TMP/hello.c" <<'C'
#include <stdio.h>
int main(void) { puts("hello"); return 0; }
C
port=$((20000 + RANDOM % 10000))

same ls ls -l /etc /nowhere
notices 'a wrong result' '/ openat(/s/ENOENT/EPERM/'
notices 'a wrong string' '/ openat(/s/ld.so.cache"/ld.so.cachf"/'
notices 'a wrong name of a file' '/ close(/s/<.*libc.*>/<\/etc\/passwd>/'
notices 'a wrong member' '/ newfstatat(/s/st_size=[1-9]/st_size=99/'
notices 'a call that is missing' '/ set_robust_list(/d'
same cp cp -a "$TMP/tree" copy
same tar tar czf tree.tgz -C "$TMP" tree
same find find "$TMP/tree" /etc/dpkg -name 'f*' -size -4k
same sort sort -rn "$TMP/tree/f1" -o sorted
# shellcheck disable=SC2016
same shell busybox sh -c 'for i in 1 2 3; do echo $i | cat >x$i; done; mv x1 y1; (exit 3)
	kill -0 $$; ls | wc -l; sleep 0.1 & wait; trap "echo got" USR1; kill -USR1 $$; kill -9 $$'
same gcc gcc -O1 "$TMP/hello.c" -o hello
same python3 /usr/bin/python3 "$here/various.py"
needs curl curl && same curl sh -c "/usr/bin/python3 -m http.server $port --bind 127.0.0.1 \
	--directory $TMP/tree & p=\$!
	curl -s --retry 20 --retry-delay 1 --retry-connrefused -o one http://127.0.0.1:$port/f1
	kill \$p; wait"

needs git git && same git sh -c 'git init -q r && cd r && echo one >f && git add f &&
	git -c user.name=n -c user.email=e commit -qm first && git log --stat && git gc -q'
needs sqlite3 sqlite3 && same sqlite3 sqlite3 base 'pragma journal_mode=wal;
	create table t(a, b); insert into t values(1, 2), (3, 4); select sum(b) from t; vacuum;'
needs ip ip && same ip ip -s address
# shellcheck disable=SC2016 # of the shell that is traced
needs socat socat && same socat sh -c 'socat -u \
		tcp-listen:$0,bind=127.0.0.1,reuseaddr,rcvtimeo=20,so-linger=1,keepidle=9 - & p=$!
	socat -u exec:"echo over tcp" tcp:127.0.0.1:$0,retry=50,interval=0.2,sndtimeo=5,nodelay
	wait $p
	socat -u exec:"echo datagram" udp-sendto:224.0.0.9:9,ip-multicast-loop=0,ip-ttl=1
	socat -T1 -u unix-recvfrom:sock,so-timestamp - & p=$!
	until [ -e sock ]; do sleep 0.1; done
	echo peer | socat -u - unix-sendto:sock; wait $p' $((port + 20))

if needs redis-server redis; then
	port=$((port + 1))
	same redis sh -c "redis-server --port $port --save '' --dir . & p=\$!
		until redis-cli -p $port ping >/dev/null 2>&1; do sleep 0.1; done
		redis-benchmark -p $port -n 400 -q -t set,get
		kill \$p; wait"
fi

if command -v nginx >/dev/null || [ -x /usr/sbin/nginx ]; then
	port=$((port + 1))
	chmod 755 "$TMP"
	cat >"$TMP/nginx.conf" <<CONF
pid $TMP/nginx.pid;
error_log stderr;
daemon off;
worker_processes 1;
events { worker_connections 32; }
http {
	access_log off;
	client_body_temp_path $TMP/body;
	proxy_temp_path $TMP/proxy;
	fastcgi_temp_path $TMP/fastcgi;
	uwsgi_temp_path $TMP/uwsgi;
	scgi_temp_path $TMP/scgi;
	server { listen 127.0.0.1:$port; root $TMP/tree; }
}
CONF
	same nginx sh -c "PATH=\$PATH:/usr/sbin nginx -c $TMP/nginx.conf & p=\$!
		until curl -s -o one http://127.0.0.1:$port/f2; do sleep 0.1; done
		curl -s -o two http://127.0.0.1:$port/nowhere
		kill \$p; wait"
else
	skip nginx 'nginx is not installed'
fi

for p in files sockets sockopts procs signals memory identity namespaces cases controls; do
	[ ! -x "$live/$p" ] || same "$p" "$live/$p"
done
same pointers "$live/pointers" old # without what strace has no name for
finish
