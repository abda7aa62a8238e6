#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Property 1, accounted and fair: one cgroup floods reads on all CPUs while the recorder is kept
# from draining a small buffer, another does a little. Nothing of the gentle one is lost and no
# critical event of the flooder, and what was recorded and what was told to be lost add up to
# what an independent program counted, per cgroup and class. It counts calls; signals that are sent
# are left out, being of a class of calls.
set -u
. tests/lib.sh
new_tmp
. tests/flood/lib.sh
flood_cgroups flood

flood_recorder --buffer 4 evt.type!=signalgenerate
# What the gentle one does in all has room in its share, however long the recorder sleeps.
flood_while_it_sleeps 1000000 30 more_reads 200000
if out=$(flood_adds_up); then
	pass 'a flood takes nothing from others and nothing critical, and all of it is accounted for'
else
	fail 'a flood takes nothing from others and nothing critical, and is accounted for' "$out" \
		"$(cat "$TMP/err")"
fi
printf '%s\n' "$out" | sed 's/^/        /'
finish
