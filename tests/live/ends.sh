#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The fields of a socket's ends, of the connections and datagrams that ends.c makes.
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
SYSREEL=$(realpath "$SYSREEL")
prog=$(realpath "$B")/tests/live/ends

mkdir "$TMP/w"
(cd "$TMP/w" && "$SYSREEL" record -w ../rec.reel -- "$prog" >/dev/null 2>../err) ||
	fail 'recording' "$(cat "$TMP/err")"

# all NAME FILTER CONDITION: the calls that the filter selects are there, and all fulfil it.
all() {
	local n rest
	n=$("$SYSREEL" read "$TMP/rec.reel" "$2" | wc -l)
	rest=$("$SYSREEL" read "$TMP/rec.reel" "($2) and not ($3)")
	if [ "$n" -gt 0 ] && [ -z "$rest" ]; then
		pass "$1"
	else
		fail "$1" "$n calls, of which without:" "$rest"
	fi
}
lo=127.0.0.1
all 'in the background: both ends' 'evt.type=connect and evt.res=EINPROGRESS' \
	"fd.lip=$lo and fd.rip=$lo and fd.lport > 0 and fd.rport > 0 and fd.cip=$lo and fd.sip=$lo"
all 'refused: where to' 'evt.type=connect and evt.res=ECONNREFUSED' \
	"fd.rip=$lo and fd.sip=$lo and fd.rport > 0 and fd.sport > 0 and fd.lport > 0"
all 'reset: both ends' 'evt.res=ECONNRESET' \
	"fd.lip=$lo and fd.rip=$lo and fd.lport > 0 and fd.rport > 0"
all 'sent without a peer: port, and where to' 'evt.type in (sendto, sendmmsg) and fd.type=ipv4' \
	"fd.rip=$lo and fd.rport > 0 and fd.lport > 0 and fd.l4proto=udp"
all 'received without a peer: from where' 'evt.type in (recvfrom, recvmmsg) and fd.type=ipv4' \
	"fd.lip=$lo and fd.rip=$lo and fd.rport > 0 and fd.lport > 0"
all 'unix: the other end' 'evt.type in (sendto, recvfrom) and fd.type=unix and evt.buflen=2 and
	fd.name exists' 'fd.name in (here, @there)'
all 'unix: where a datagram goes' 'evt.type=sendto and fd.type=unix' 'fd.peer.name=here'
all 'unix: a pair knows both ends' 'evt.type in (sendmsg, recvmsg) and fd.type=unix' \
	'fd.ino > 0 and fd.peer.ino > 0'
finish
