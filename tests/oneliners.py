#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Groups of the command line against a naive count of the same events.
  tests/oneliners.py SYSREEL FILE N      N made-up command lines, the same ones each time
Counts, sums, extremes, means, rates, histograms, and distinct values up to 256 must be equal, more
distinct values within 10%, percentiles within a 64th. In JSON, in CSV, by intervals, with one thread and with several."""
import csv
import io
import json
import random
import subprocess
import sys

KEYS = ["proc.name", "evt.type", "container.name", "fd.name", "evt.failed", "proc.pid", "thread.tid"]
NUMBERS = ["evt.latency", "evt.rawres", "evt.buflen", "proc.pid", "evt.count"]
OPS = ["sum", "min", "max", "avg", "distinct", "rate", "p50", "p75", "p90", "p95", "p99", "p999"]
FILTERS = ["", "evt.is_io=true", "proc.name!=sh", "evt.failed=false", "fd.name exists",
           "evt.latency>5us"]


def run(*args):
    p = subprocess.run(args, capture_output=True, text=True, check=False)
    if p.returncode > 1:
        sys.exit(f"{' '.join(args)}: {p.stderr}")
    return p.stdout


class Case:
    def __init__(self, program, file, seed):
        r = random.Random(seed)
        self.program, self.file = program, file
        self.keys = r.sample(KEYS, r.randint(0, 3))
        self.values = []
        for _ in range(r.randint(1, 5)):
            v = (r.choice(OPS), r.choice(NUMBERS))
            if v not in self.values:
                self.values.append(v)
        self.count = r.random() < 0.7
        self.hist = r.choice([None, None, "evt.latency", "proc.pid"])
        self.every = r.choice([0, 0, 10 ** 9, 250 * 10 ** 6])
        self.filter = r.choice(FILTERS)
        self.threads = str(r.choice([1, 3]))

    def args(self):
        a = [self.program, "read", "-q", "--threads", self.threads, self.file, "--top", "0"]
        if self.keys:
            a += ["--by", ",".join(self.keys)]
        for op, field in self.values:
            a += ["--" + op, field]
        if self.count:
            a.append("--count")
        if self.hist:
            a += ["--hist", self.hist]
        if self.every:
            a += ["--every", f"{self.every // 10 ** 6}ms"]
        return a, [self.filter] if self.filter else []

    def events(self):
        """A list of values for each event, None where one is absent."""
        fields = list(dict.fromkeys(["evt.rawtime", *self.keys, *[f for _, f in self.values],
                                     *([self.hist] if self.hist else [])]))
        out = run(self.program, "read", "-q", self.file, "--json", "-p",
                  " ".join("%" + f for f in fields), *([self.filter] if self.filter else []))
        return [json.loads(line) for line in out.splitlines()]


def number(v):
    return int(v) if isinstance(v, (str, bool)) else v


def naive(case, events, seconds):
    """group: {column: value}"""
    groups = {}
    for e in events:
        groups.setdefault(tuple(e.get(k) for k in case.keys), []).append(e)
    for key, es in groups.items():
        row = {"count": len(es)}
        for op, field in case.values:
            vs = sorted(number(e[field]) for e in es if e.get(field) is not None)
            row[f"{op} {field}"] = aggregate(op, vs, seconds)
        groups[key] = row
    return groups


def aggregate(op, vs, seconds):
    if op == "distinct":
        return len(set(vs))
    if not vs:
        return None
    if op == "avg":
        return sum(vs) / len(vs)
    if op == "rate":
        return sum(vs) / seconds if seconds else None
    if op[0] == "p":
        mille = int(op[1:]) * (10 if len(op) == 3 else 1)
        return vs[max(0, -(-len(vs) * mille // 1000) - 1)]
    return {"sum": sum, "min": min, "max": max}[op](vs)


def near(op, have, want):
    if want is None or have is None:
        return want is None and have is None
    if op[0] == "p":
        return abs(have - want) <= abs(want) / 64 + 1
    if op == "distinct" and want > 256:
        return abs(have - want) <= want * 0.1
    if op in ("avg", "rate"):  # means of durations are whole nanoseconds
        return abs(have - want) <= max(1.0, abs(want) * 1e-9)
    return have == want


def key_of(case, row):
    def plain(v):  # an empty value of CSV is absent, and what is in it is text
        return None if v in (None, "") else str(v).lower()
    return tuple(plain(row[k]) for k in case.keys)


def compare(case, rows, want):
    want = {key_of(case, dict(zip(case.keys, k))): v for k, v in want.items()}
    have = {key_of(case, r): r for r in rows}
    if set(have) != set(want):
        return f"groups: {sorted(map(str, set(have) ^ set(want)))[:3]}"
    for key, row in want.items():
        for op, field in case.values + ([("count", None)] if case.count else []):
            name = f"{op} {field}" if field else op
            value = have[key][name]
            if isinstance(value, str):
                value = json.loads(value) if value else None
            if not near(op, value, row[name]):
                return f"{key} {name}: {value}, not {row[name]}"
    return None


def compare_hist(case, plots, events):
    want = {}
    for e in events:
        v = e.get(case.hist)
        if v is None:
            continue
        name = ";".join("<na>" if e.get(k) is None else str(e[k]).lower() for k in case.keys)
        bucket = 1 << (number(v).bit_length() - 1) if number(v) else 0
        counts = want.setdefault(name, {})
        counts[bucket] = counts.get(bucket, 0) + 1
    have = {g["group"].lower(): {b["from"]: b["count"] for b in g["buckets"]}
            for g in (plots[0]["groups"] if plots else [])}
    if len(want) <= 1000 and have != want:
        return f"histogram: {set(map(str, have)) ^ set(map(str, want))}"
    return None


def check(case):
    events = case.events()
    times = [int(e["evt.rawtime"]) for e in events]
    args, rest = case.args()
    objects = [json.loads(x) for x in run(*args, "--json", *rest).splitlines()]
    tables = [row for part in run(*args, "--csv", *rest).split("\n\n")  # histograms are between
              if not part.startswith("group,from")
              for row in csv.DictReader(io.StringIO(part))]
    if not case.every:
        want = naive(case, events, (max(times) - min(times)) / 1e9 if times else 0)
        if not case.keys and not events:
            return None  # the one group of nothing has no row
        why = compare(case, objects[0]["tables"][0]["rows"], want) or compare(case, tables, want)
        if not why and case.hist:
            why = compare_hist(case, objects[0].get("plots"), events)
        return why
    ends = sorted({(t // case.every + 1) * case.every for t in times})
    if [o["time"] for o in objects[:-1]] != ends:
        return f"intervals: {[o['time'] for o in objects[:-1]]}, not {ends}"
    for o in objects[:-1]:
        end = o["time"]
        some = [e for e in events if end - case.every <= int(e["evt.rawtime"]) < end]
        rows = [r for r in tables if r["interval_end"] == str(end)]
        # The last one ends with the last event; or, if others came after that, as all of them.
        for upto in [end] if end != ends[-1] else [max(times), end]:
            want = naive(case, some, (upto - max(end - case.every, min(times))) / 1e9)
            why = compare(case, o["tables"][0]["rows"], want) or compare(case, rows, want)
            if not why:
                break
        else:
            return f"until {end}: {why}"
    return None


def main():
    program, file, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    for seed in range(n):
        case = Case(program, file, seed)
        why = check(case)
        if why:
            args, rest = case.args()
            print(" ".join(args + rest))
            sys.exit(why)
    print(f"{n} command lines: as by hand")


if __name__ == "__main__":
    main()
