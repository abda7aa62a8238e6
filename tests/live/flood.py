# SPDX-License-Identifier: Apache-2.0
"""flood.py COUNTS EVENTS LOSSES GENTLE FLOODED: does what was recorded and what was told to be
lost add up to what was counted, per cgroup and class?

COUNTS is what tests/flood/flood printed, EVENTS has a line "CGROUP TYPE" for each call that
returned, LOSSES a line "CGROUP CLASS COUNT" for each gap. Prints a line per cgroup and class and
what is wrong; fails if anything is. With LOSSLESS in the environment nothing may be lost at all;
else something must be.
"""
import collections
import os
import sys


def main(counts, events, losses, gentle, flooded):
    names = {"0": gentle, "1": flooded}
    made, kept, lost = (collections.Counter() for _ in range(3))
    classes = {}
    for line in open(counts):
        group, call, cls, n = line.split()
        classes[call] = cls
        made[names[group], cls] += int(n)
    for line in open(events):
        group, call = line.split()
        kept[group, classes.get(call, "?" + call)] += 1
    for line in open(losses):
        group, cls, n = line.split()
        lost[group, cls] += int(n)
    bad = 0
    for key in sorted(made.keys() | kept.keys() | lost.keys()):
        group, cls = key
        why = []
        if kept[key] + lost[key] != made[key]:
            why.append("does not add up")
        if lost[key] and (group == gentle or cls == "CRITICAL"):
            why.append("must not be lost")
        bad += bool(why)
        print(f"{group} {cls}: {made[key]} made, {kept[key]} recorded, {lost[key]} lost", *why)
    lossless = "LOSSLESS" in os.environ
    if (sum(lost.values()) == 0) != lossless:
        print("something was lost" if lossless else "nothing was lost: the flood was no flood")
        bad = 1
    return bad != 0


sys.exit(main(*sys.argv[1:]))
