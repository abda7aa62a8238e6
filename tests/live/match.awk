# SPDX-License-Identifier: Apache-2.0
# Every line of the first file must be found in the second, in this order; other lines may stand
# between. A '*' of an expected line stands for anything. Tells what is missing, with the lines of
# the same call that there are; the exit status is 1 then.
#   awk -f match.awk EXPECTED GOT
function pattern(s) {
	gsub(/[][\\.^$+?(){}|]/, "\\\\&", s)
	gsub(/\*/, ".*", s)
	return "^" s "$"
}

function call_of(s) {
	sub(/\(.*/, "", s)
	return s
}

FNR == NR { want[++nwant] = $0; next }
{ got[++ngot] = $0 }

END {
	at = 0
	for (i = 1; i <= nwant; i++) {
		re = pattern(want[i])
		for (j = at + 1; j <= ngot && got[j] !~ re; j++)
			;
		if (j <= ngot) {
			at = j
			continue
		}
		bad++
		print "missing: " want[i]
		shown = 0
		for (j = at + 1; j <= ngot && shown < 4; j++)
			if (call_of(got[j]) == call_of(want[i])) {
				print "    has: " got[j]
				shown++
			}
		for (j = 1; !shown && j <= at; j++)
			if (got[j] ~ re) {
				print "    has it earlier, as line " j " of " ngot
				shown++
			}
	}
	exit bad > 0
}
