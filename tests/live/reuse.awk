# SPDX-License-Identifier: Apache-2.0
# Checks the names that sysreel gives the calls of reuse.c. Lines: tid, call, offset, name, command
# line. The offset of an lseek() says what the name is (see reuse.c); a close() that follows one on
# the same thread has the same. -v dir=FOLDER -v marks=N: how many lseeks there must be at least.
BEGIN { FS = "\t" }
{
	if ($2 == "lseek") {
		kind = int($3 / 1e11)
		rest = $3 - kind * 1e11
		t = int(rest / 1e9)
		n = int((rest - t * 1e9) / 1e5)
		v = rest % 1e5
		want = name(kind, rest)
		seen++
		kinds[kind] = 1
		if (kind == 10 && rest != $1)
			complain("a thread " $1 " that is " rest)
		if (kind == 9 && index($5, sprintf(" mark %.0f ", $3)) == 0)
			complain("a program " $5 " at offset " $3)
		last[$1] = kind == 10 ? "" : want
	} else {
		want = last[$1]
		last[$1] = ""
	}
	if (want == "")
		next
	if ($4 == "" || $4 == "<NA>") {
		if ($2 == "lseek")
			complain("an lseek without a name at offset " $3)
		unknown++
	} else if ($4 != want) {
		complain($2 " of " $4 ", which is " want)
	}
}
function name(kind, rest) {
	if (kind == 1 || kind == 9)
		return dir "/t" t "/n" n "_" v
	if (kind == 2)
		return dir "/t" t "/d" v "/f" n
	if (kind == 3)
		return "memfd:m" t "_" n "_" v
	if (kind == 4)
		return sprintf("pipe:[%.0f]", rest)
	if (kind == 5)
		return "127.0.0.1:" v
	if (kind == 6)
		return "127.0.0.1:" v "->127.0.0.1:" int(rest / 1e5)
	if (kind == 7)
		return "@t" t "_n" n "_" v
	if (kind == 8)
		return "/n" n "_" v
	return ""
}
function complain(what) {
	if (wrong++ < 10)
		print what
}
END {
	for (k = 1; k <= 10; k++)
		if (!(k in kinds))
			complain("nothing of kind " k)
	if (seen + lost < marks)
		complain(seen " calls of " marks " are there, " lost " are told to be lost")
	printf "%d names, %d unknown (close on another CPU), %d wrong\n", seen, unknown, wrong
	exit wrong > 0
}
