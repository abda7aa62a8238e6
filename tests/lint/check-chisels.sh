#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The chisels that there have to be are there; each is in the man page and in a golden test, and
# shows something there.
set -eu

# Those of sysdig, without its internal helpers and those for its tracers.
sysdig='httplog httptop memcachelog spectrogram subsecoffset topcontainers_cpu topprocs_cpu
topcontainers_error topfiles_errors topprocs_errors echo_fds fdbytes_by fdcount_by fdtime_by iobytes
iobytes_file iobytes_net spy_file stderr stdin stdout topcontainers_file topfiles_bytes topfiles_time
topprocs_file udp_extract spy_logs spy_syslog around spy_ip spy_port topconns topcontainers_net
topports_server topprocs_net bottlenecks fileslower netlower scallslower proc_exec_time topscalls
topscalls_time list_login_shells shellshock_detect spy_users lscontainers lsof netstat ps'
# By the names that users know from bcc, perf and strace, and our own.
others='execsnoop exitsnoop threadsnoop opensnoop statsnoop killsnoop mountsnoop syncsnoop tcpconnect
tcpaccept tcplife filelife syscount oomkill setuids strace latency heatmap flame timeline proctree
netflow dns httplog httptop sqltop secrets escape'

rc=0
tell() {
	echo "$*"
	rc=1
}

for name in $sysdig $others; do
	[ -f "chisels/plugins/$name.c" ] || tell "chisels/plugins/$name.c: there is no such chisel"
done
for f in chisels/plugins/*.c; do
	name=$(basename "$f" .c) shown=
	grep -q "\*$name\*" docs/man/sysreel-chisel.7.scd ||
		tell "$f: is not in docs/man/sysreel-chisel.7.scd"
	# shellcheck disable=SC2046
	cat "$f" $(sed -n 's/^#include "\(chisels.*\)"/\1/p' "$f") |
		grep -q "sysreel \(read\|live\) .*-c \($name\|\" NAME\)" ||
		tell "$f: its help has no example"
	while read -r cmd; do
		out=${cmd%/cmd}/stdout
		[ -s "$out" ] && ! grep -q '^(no rows)$\|^0 events' "$out" && shown=1
	done < <(grep -lw -e "-c $name" tests/golden/*/*/cmd)
	[ -n "$shown" ] || tell "$f: no golden test in which it shows something (tests/golden/chisel)"
done
exit $rc
