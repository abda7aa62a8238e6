#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ways to load the driver: without root but with the capabilities, with a BTF file, on raw
# tracepoints.
set -u
. tests/lib.sh
new_tmp
chmod 755 "$TMP"
work=$TMP/nobody
install -d -o nobody -g nogroup "$work"
cp "$SYSREEL" "$work/sysreel"

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then pass "$name"; else fail "$name" "$(cat "$TMP/err")"; fi
}
opened() { # FILE-OF-RECORDING: the names that cat opened
	"$SYSREEL" read "$1" -p '%fd.name' evt.type=openat and proc.name=cat 2>>"$TMP/err"
}

# ---- who may ----
as_nobody() { # CAPABILITIES COMMAND
	capsh --caps="${1:+$1+eip }cap_setpcap,cap_setuid,cap_setgid+ep" --keep=1 --user=nobody \
		${1:+--addamb="$1"} -- -c "cd $work && $2"
}
if command -v capsh >/dev/null; then
	as_nobody cap_bpf,cap_perfmon './sysreel record -w x.reel -- cat /etc/hostname' \
		>/dev/null 2>"$TMP/err"
	check 'nobody with CAP_BPF and CAP_PERFMON records' test $? = 0
	check 'and the names are there' grep -qx /etc/hostname <(opened "$work/x.reel")
	check 'the file is its own, and private' \
		test "$(stat -c '%U %a' "$work/x.reel")" = 'nobody 600'
	as_nobody '' './sysreel record -w y.reel -- true' >/dev/null 2>"$TMP/err"
	check 'without them it ends with status 2' test $? = 2
	check 'and says what is missing and what to do' \
		grep -q 'right to load BPF programs is missing.*setcap cap_bpf' "$TMP/err"
	as_nobody '' './sysreel doctor' >"$TMP/err" 2>&1
	check 'so does doctor' grep -q 'setcap cap_bpf,cap_perfmon=ep' "$TMP/err"
else
	skip 'capabilities without root' 'capsh is not installed (make deps)'
fi

# ---- type information from a file ----
cp /sys/kernel/btf/vmlinux "$TMP/kernel.btf"
"$SYSREEL" record --btf "$TMP/kernel.btf" -w "$TMP/b.reel" -- cat /etc/hostname >/dev/null 2>"$TMP/err"
check 'a BTF file is used' grep -qx /etc/hostname <(opened "$TMP/b.reel")
"$SYSREEL" record --btf "$TMP/none.btf" -w "$TMP/n.reel" -- true 2>"$TMP/err"
check 'a BTF file that is not there: status 2' test $? = 2
check 'and it is named' grep -q 'none.btf.*No such file' "$TMP/err"
head -c 5000 /dev/urandom >"$TMP/bad.btf"
"$SYSREEL" record --btf "$TMP/bad.btf" -w "$TMP/n.reel" -- true 2>"$TMP/err"
check 'a BTF file that is none: status 2' test $? = 2
check 'and it is named, too' grep -q 'bad.btf.*type information' "$TMP/err"

# ---- without latency there is no program where calls begin ----
# (of this recorder: there may be others)
cat >"$TMP/programs" <<'END'
#!/bin/sh
sed -n 's/^prog_id:[[:space:]]*//p' /proc/$PPID/fdinfo/* 2>/dev/null | while read -r id; do
	"$BPFTOOL" prog show id "$id"
done
END
chmod +x "$TMP/programs"
BPFTOOL=$(command -v bpftool || echo /usr/sbin/bpftool)
export BPFTOOL
"$SYSREEL" record --no-latency -w "$TMP/l.reel" -- "$TMP/programs" >"$TMP/err" 2>&1
check 'the hook at the end of calls is there' grep -q 'name sr_sys_exit' "$TMP/err"
check '--no-latency: the one at their start is not' \
	test "$(grep -c 'name sr_sys_enter' "$TMP/err")" = 0
"$SYSREEL" record -w "$TMP/l.reel" -- "$TMP/programs" >"$TMP/err" 2>&1
check 'with latency it is' grep -q 'name sr_sys_enter' "$TMP/err"

# ---- raw tracepoints: the programs of the other live tests see the same ----
cat >"$TMP/raw" <<'END'
#!/bin/sh
command=$1
shift
[ "$command" != record ] || exec "$REAL" record --hook raw_tp "$@"
exec "$REAL" "$command" "$@"
END
chmod +x "$TMP/raw"
REAL=$SYSREEL
export REAL
SYSREEL=$TMP/raw tests/live/run.sh every events files procs signals sockets identity \
	>"$TMP/err" 2>&1
check 'on raw tracepoints the same calls are seen' test $? = 0
finish
