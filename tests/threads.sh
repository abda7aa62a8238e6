#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whatever the number of threads, `read` prints the same: every golden command that reads is run with
# one thread and with several, on its own capture and on one of many small blocks with the same
# events. Output, messages and exit status must not differ.
#   tests/threads.sh          from the project's root
set -u
. tests/lib.sh
new_tmp
: "${B:=build}" "${SYSREEL:=$B/sysreel}"
export TZ=UTC LC_ALL=C.UTF-8 COLUMNS=100 TERM=dumb NO_COLOR=1 TMP
program=$SYSREEL
many=$TMP/many.reel
several=5

"$B/tests/bench/replay" "$many" 12000 37 tests/files/good/*.reel || exit
cat >"$TMP/wrapped" <<END
#!/bin/bash
[ "\$1" = read ] || exec '$program' "\$@"
exec '$program' read --threads "\$THREADS" "\${@:2}"
END
chmod +x "$TMP/wrapped"

run() { # THREADS LINE: what it gave, in $TMP/THREADS.*
	THREADS=$1 SYSREEL=$TMP/wrapped timeout -k 5 200 bash -c "$2" \
		>"$TMP/$1.out" 2>"$TMP/$1.err" </dev/null
	echo "$?" >"$TMP/$1.exit"
}

same() { # NAME LINE
	local why='' what
	run 1 "$2"
	run $several "$2"
	for what in out err exit; do
		cmp -s "$TMP/1.$what" "$TMP/$several.$what" ||
			why+=$(diff --label 'one thread' --label 'several' -u "$TMP/1.$what" \
				"$TMP/$several.$what" | head -n 20)
	done
	if [ -z "$why" ]; then
		pass "$1"
	else
		fail "$1" "$2" "$why"
	fi
}

for f in tests/golden/*/*/cmd; do
	line=$(cat "$f")
	[[ $line == *' read '* ]] || continue
	name=${f#tests/golden/}
	same "${name%/cmd}" "$line"
	# what is copied on the way comes in blocks that hang on the time it takes
	[[ $line == *tests/files/good/*.reel* && $line != *' -w - '* ]] || continue
	same "${name%/cmd}, many blocks" "${line//tests\/files\/good\/[a-z]*.reel/$many}"
done

# What no golden command does.
head -c 400000 "$many" >"$TMP/short.reel"
{
	head -c 300001 "$many"
	printf 'what is this'
	tail -c +300101 "$many"
} >"$TMP/holed.reel"
cp "$many" "$TMP/flipped.reel"
for at in 20000 200000 200001 350000 600000; do
	printf '\377' | dd of="$TMP/flipped.reel" bs=1 seek=$at conv=notrunc 2>/dev/null
done
R='$SYSREEL read'
while IFS= read -r line; do
	same "$line" "${line//MANY/$many}"
done <<END
$R MANY --json
$R MANY -t D
$R MANY -t r
$R MANY -x
$R MANY -n 1
$R MANY -n 3000
$R MANY --json -n 3001 evt.failed=true
$R MANY --stats -n 700 --state
$R MANY --stats --from +60s --to +90s
$R MANY --stats proc.name=nobody
$R MANY --stats proc.name=cat -p '%evt.num %evt.time %evt.latency %evt.args'
$R - <MANY
$R - --json <MANY
cat MANY | $R - evt.type=openat -p '%container.name %user.name %fd.name'
cat MANY | $R - -c topfiles_time
$R MANY | head -n 3
$R $TMP/short.reel
$R $TMP/short.reel --json
$R $TMP/holed.reel --stats
$R $TMP/flipped.reel --stats
cat $TMP/flipped.reel | $R - --stats
$R $TMP/flipped.reel -c topscalls
$R MANY --by proc.name,evt.type --sum evt.latency --p99 evt.latency --distinct fd.name
$R MANY --by evt.num --max evt.latency --top 5
$R MANY --by proc.name --avg evt.latency.s --rate evt.count
$R MANY --by fd.name --count --json --top 0
$R MANY -c latency by=proc.name -c execsnoop -c topfiles_errors evt.latency exists
$R MANY -c execsnoop -c opensnoop -c topprocs_errors --json
$R MANY -c topscalls -n 500
$R MANY -w $TMP/copy.reel proc.name=cat && $program read $TMP/copy.reel
END

# What makes the first line quick: one block is read for it, however many there are.
told=$("$SYSREEL" read "$many" -n 1 --stats 2>&1 >/dev/null)
if [[ $told == *': 1 block read '* && $("$SYSREEL" info "$many") == *' in 3'??' blocks'* ]]; then
	pass 'the first line takes one block'
else
	fail 'the first line takes one block' "$told" "$("$SYSREEL" info "$many" | grep size)"
fi
finish
