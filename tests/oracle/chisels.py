# SPDX-License-Identifier: Apache-2.0
# The chisels of the reference tool and ours, on the same captures: the same figures where they mean
# the same.   chisels.py SYSREEL CAPTURE...
# Ends with a line of counts; exit status 1 after telling what differs without an explanation.
import json
import os
import subprocess
import sys

# Chisel, arguments, what the reference tool is asked beside it, our keys and value, and how many rows
# it shows at most. It counts both halves of a call, and adds up results below 0: errors, as bytes.
CASES = (
    ("topscalls", (), "evt.dir=<", ("syscall",), "calls", 30),
    ("topscalls_time", (), "", ("syscall",), "time", 30),
    ("topprocs_errors", (), "", ("process", "pid"), "errors", 100),
    ("topprocs_file", (), "evt.rawres>0", ("process", "pid"), "bytes", 10),
    ("topprocs_net", (), "evt.rawres>0", ("process", "pid"), "bytes", 100),
    ("topfiles_bytes", (), "evt.rawres>0", ("file",), "bytes", 10),
    ("topfiles_time", (), "", ("file",), "time", 10),
    ("topconns", (), "evt.rawres>0", ("proto", "connection"), "bytes", 30),
    ("topports_server", (), "evt.rawres>0", ("port",), "bytes", 100),
    ("fdbytes_by", ("fd.type",), "evt.rawres>0", ("key",), "bytes", 30),
    ("fdbytes_by", ("proc.name",), "evt.rawres>0", ("key",), "bytes", 30),
    ("fdtime_by", ("fd.type",), "", ("key",), "time", 10),
)

# What differs for a reason: a word of the capture's name, the chisel and the key.
EARLY = "a read that began before the capture: it is not known of what, sysdig takes a guess"
NAMELESS = "the capture has <NA> for a name, and sysdig leaves that out"
EXPLAINED = {
    ("", "topscalls", "clone"): "a child's return from the call that made it is no call",
    ("", "topscalls_time", "switch"): "no call, but what the scheduler does",
    ("run_as_user_0", "topprocs_file", "docker"): EARLY,
    ("run_as_user_0", "fdbytes_by", "file"): EARLY,
    ("", "topprocs_errors", "<NA>"): NAMELESS,
    ("", "topprocs_net", "<NA>"): NAMELESS,
    ("", "fdbytes_by", "<NA>"): NAMELESS,
}


def run(*cmd):
    done = subprocess.run(cmd, capture_output=True, text=True, timeout=120)
    try:
        return json.loads(done.stdout)
    except ValueError:
        sys.exit("%s: %s%s" % (" ".join(cmd), done.stdout[:200], done.stderr))


def theirs(capture, chisel, args, extra):
    rows = run("sysdig", "-j", "-r", capture, "-c", chisel, *args, *extra.split())["data"]
    return {tuple(map(str, r[:-1])): r[-1] for r in rows if r[-1] and "<NA>" not in r}


def ours(capture, chisel, args, keys, value):
    doc = run(sysreel, "read", "--json", capture, "-c", chisel, *args, "top=0")
    table = {}
    for r in doc["tables"][0]["rows"]:
        key = tuple(str(r[k]) for k in keys)
        table[key] = table.get(key, 0) + (r[value] or 0)
    return {k: v for k, v in table.items() if v}


def explanation(capture, chisel, key):
    for known in EXPLAINED:
        if known[0] in capture and known[1] == chisel and known[2] == key[0]:
            return known
    return None


def compare(capture, case):
    """Return how many figures are the same."""
    chisel, args, extra, keys, value, most = case
    a, b = theirs(capture, chisel, args, extra), ours(capture, chisel, args, keys, value)
    # What it does not show may be below what it shows.
    asked = set(a) | (set(b) if len(a) < most else set())
    for k in sorted(k for k in asked if a.get(k) != b.get(k)):
        known = explanation(capture, chisel, k)
        used.add(known)
        if not known:
            what = " ".join((capture, chisel) + args)
            bad.append("%s: %s: sysdig %s, sysreel %s" % (what, ", ".join(k), a.get(k), b.get(k)))
    return sum(a.get(k) == b.get(k) for k in asked)


sysreel, captures = sys.argv[1], sys.argv[2:]
bad, used = [], set()
same = sum(compare(c, case) for c in captures for case in CASES)
bad += ["an explanation that is not needed: %s" % (k,) for k in EXPLAINED if k not in used]
for line in bad:
    print(line)
print("%d figures of %d captures are the same, %d differ for a reason" % (same, len(captures), len(used - {None})))
sys.exit(1 if bad or not same else 0)
