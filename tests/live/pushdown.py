#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A filter gives the same answer while recording as it gives on reading.

One workload is recorded at the same time by one recorder without a filter and by others that have
one each. What the filter selects from the first recording must be what the other one holds: rows,
names, and durations as far as two recorders can agree on them.
   tests/live/pushdown.py SYSREEL [COUNT [SEED]]      as root; COUNT random expressions"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 6  # recorders with a filter at a time
CONTAINER = "5a4e7edc0de5" + "0123456789abcdef" * 3 + "beef"
RETRIES = 5  # of a recording that lost events, as seven recorders on a busy machine may
SLACK = 2  # seconds by which durations may differ: a recorder's programs may wait for the CPU
FIELDS = (
    "thread.tid evt.type evt.rawres evt.res evt.failed evt.category evt.args proc.pid proc.ppid "
    "proc.name proc.exepath user.uid user.ruid group.gid fd.num fd.type fd.name fd.cip fd.sip "
    "fd.cport fd.sport fd.lport fd.rport container.id evt.flags"
).split()

# What is always asked: each field in both directions, and what once was wrong.
FIXED = """
proc.name=cat and fd.name startswith /etc
not proc.name=cat and evt.failed=true
not (evt.type in (read, write) and fd.type=file)
fd.sport=18080 or fd.cport=45001
not fd.name startswith /etc and evt.type in (openat, close)
container.id=5a4e7edc0de5 and evt.type!=mmap
not container.id=host
proc.ppid=1 or evt.res in (ENOENT, EBADF)
evt.category=net or evt.category=ipc
fd.ip=127.0.0.1 and not fd.port=18080
user.uid!=0 and (fd.num<=3 or evt.rawres>100)
fd.net=127.0.0.0/8 or fd.ip=::1
fd.name in (/etc/passwd, /, /dev/null) or fd.directory=/usr/bin
fd.name != /etc/passwd and fd.name exists and proc.name startswith user
fd.name pmatch (/, /dev/null)
evt.type=signalgenerate
evt.type in (accept, accept4) and fd.sport in (18080, 45001)
""".strip().splitlines()

NAMES = ["push-load", "python3", "cat", "thread-1", "thread-two", "user1234", "user65534", "nobody",
         "a-name-of-15-by", "thread-1xxxxxxxx"]
TYPES = ["read", "write", "openat", "close", "mmap", "connect", "accept4", "sendto", "recvfrom",
         "execve", "clone", "vfork", "prctl", "newfstatat", "exit_group", "dup", "dup2", "lseek",
         "pread64", "procexit", "signaldeliver", "getdents64", "setresuid", "socket", "pipe2"]
PATHS = ["/", "/etc", "/etc/", "/etc/passwd", "/usr", "/usr/lib", "/dev/null", "/tmp", "/tmp/push-",
         "/usr/lib/x86_64-linux-gnu/lib", "/no/such", "/etc/passw", "/usr/share"]
KINDS = ["file", "directory", "pipe", "ipv4", "ipv6", "unix", "event", "memfd"]
ADDRESSES = ["127.0.0.1", "::1", "10.0.0.1", "0.0.0.0"]
PORTS = [18080, 18081, 45001, 15353, 1, 443]


class Expressions:
    """Random expressions over what the kernel can decide, and a few that it cannot."""

    def __init__(self, seed, pids):
        self.r = random.Random(seed)
        self.pids = pids

    def some(self, values):
        n = self.r.randint(1, 3)
        return "(%s)" % ", ".join(str(v) for v in self.r.sample(values, min(n, len(values))))

    def text(self, field, values, more=()):
        op = self.r.choice(["=", "=", "!=", "in", *more])
        if op in ("in", "pmatch"):
            return "%s %s %s" % (field, op, self.some(values))
        value = self.r.choice(values)
        if op == "glob":
            value += "*"
        return "%s %s %s" % (field, op, value)

    def number(self, field, values):
        op = self.r.choice(["=", "!=", "<", "<=", ">", ">=", "in"])
        return "%s %s %s" % (field, op, self.some(values) if op == "in" else self.r.choice(values))

    def check(self):
        r = self.r
        make = r.choice([
            lambda: self.text("evt.type", TYPES),
            lambda: "evt.category " + r.choice(["=", "!="]) + " " +
            r.choice(["file", "net", "ipc", "process", "memory", "io-read", "io-other"]),
            lambda: "evt.failed=" + r.choice(["true", "false"]),
            lambda: self.text("evt.res", ["SUCCESS", "ENOENT", "EBADF", "EAGAIN", "ECHILD"]),
            lambda: self.number("evt.rawres", [0, 1, 3, 4, 100, 300, -1, -2, -9]),
            lambda: self.number("evt.buflen", [0, 1, 8, 100, 300]),
            lambda: self.number("evt.buflen.out", [0, 1, 8, 300]),
            lambda: self.number("evt.cpu", [0, 1, 2]),
            lambda: self.number("proc.pid", self.pids),
            lambda: self.number("thread.tid", self.pids),
            lambda: self.number("proc.ppid", [1, *self.pids]),
            lambda: self.number(r.choice(["user.uid", "user.ruid", "user.suid"]), [0, 1234, 65534]),
            lambda: self.number(r.choice(["group.gid", "group.rgid"]), [0, 4321, 65534]),
            lambda: self.text("proc.name", NAMES, ["startswith", "contains"]),
            lambda: self.text("container.id", [CONTAINER[:12], "host"]),
            lambda: self.number("fd.num", [-1, 0, 2, 3, 4, 5, 40, 99]),
            lambda: self.text("fd.type", KINDS),
            lambda: self.text("fd.typechar", ["f", "d", "4", "u", "p"]),
            lambda: self.number(r.choice(["fd.port", "fd.cport", "fd.sport", "fd.lport",
                                          "fd.rport"]), PORTS),
            lambda: r.choice(["fd.ip", "fd.cip", "fd.sip", "fd.lip", "fd.rip"]) +
            r.choice([" = ", " != "]) + r.choice(ADDRESSES),
            lambda: r.choice(["fd.net", "fd.snet"]) + " = " +
            r.choice(["127.0.0.0/8", "10.0.0.0/8", "0.0.0.0/0", "127.0.0.1/32"]),
            lambda: self.text("fd.name", PATHS, ["startswith", "startswith", "glob", "pmatch"]),
            lambda: self.text("fd.directory", PATHS, ["startswith"]),
            lambda: self.text("fd.filename", ["passwd", "null"]),
            lambda: r.choice(["fd.num", "fd.name", "fd.cip", "proc.name"]) + " exists",
        ])
        return make()

    def tree(self, depth=0):
        kind = self.r.random()
        if depth == 3 or kind < 0.25 + 0.15 * depth:
            return self.check()
        if kind < 0.45 + 0.1 * depth:
            return "not (%s)" % self.tree(depth + 1)
        op = self.r.choice([" and ", " and ", " or "])
        return op.join("(%s)" % self.tree(depth + 1) for _ in range(self.r.randint(2, 3)))


def cgroup2():
    for d in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        if os.path.exists(d + "/cgroup.procs") and os.path.exists(d + "/cgroup.controllers"):
            return d
    return None


class Failure(Exception):
    pass


class Bench:
    """A scratch folder, cgroups, and the program."""

    def __init__(self, sysreel):
        self.sysreel = sysreel
        self.total = 0
        self.tmp = tempfile.mkdtemp(prefix="sysreel-push.")
        self.top = "%s/sysreel-push-%d" % (cgroup2(), os.getpid())
        self.inner = self.top + "/docker-" + CONTAINER + ".scope"
        self.plain = self.top + "/plain"
        for d in (self.top, self.plain, self.inner):
            os.mkdir(d)

    def close(self):
        for d in (self.inner, self.plain, self.top):
            for _ in range(100):
                try:
                    os.rmdir(d)
                    break
                except OSError:
                    time.sleep(0.05)
        shutil.rmtree(self.tmp, ignore_errors=True)

    def recorder(self, name, words):
        path = "%s/%s.reel" % (self.tmp, name)
        if os.path.exists(path):
            os.unlink(path)
        with open(path + ".err", "wb") as err:
            proc = subprocess.Popen(
                [self.sysreel, "record", "-w", path, "--docker-socket", "/nonexistent", "--cgroup",
                 self.top, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
        return proc, path

    def record(self, filters):
        """Paths of the recording of everything, and of those of each filter."""
        jobs = [self.recorder("all", [])]
        jobs += [self.recorder("f%d" % i, [f]) for i, f in enumerate(filters)]
        try:
            for proc, path in jobs:
                self.wait_for(proc, path)
            subprocess.run([sys.executable, HERE + "/pushdown_load.py", self.plain, self.inner],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                           timeout=200)
            self.wait_empty()
        finally:
            for proc, _ in jobs:
                proc.send_signal(signal.SIGINT)
            for proc, _ in jobs:
                proc.wait()
        return [path for _, path in jobs]

    def wait_empty(self):
        """Until the last process, an orphan, has ended."""
        deadline = time.monotonic() + 60
        while any(open(d + "/cgroup.procs").read() for d in (self.plain, self.inner)):
            if time.monotonic() > deadline:
                raise Failure("the load does not end")
            time.sleep(0.01)

    def wait_for(self, proc, path):
        """Until it records: the file has its head then."""
        deadline = time.monotonic() + 120
        while not (os.path.exists(path) and os.path.getsize(path)):
            if proc.poll() is not None or time.monotonic() > deadline:
                with open(path + ".err", errors="replace") as err:
                    raise Failure("it does not record: %s\n%s" % (" ".join(proc.args), err.read()))
            time.sleep(0.01)

    def read(self, path, words):
        fmt = "\t".join("%" + f for f in ["evt.latency", *FIELDS])
        r = subprocess.run([self.sysreel, "read", path, "-p", fmt, *words], capture_output=True,
                           text=True, errors="backslashreplace", check=False)
        if r.returncode > 1:
            raise Failure("reading: " + r.stderr)
        return [steady(line).split("\t", 1) for line in r.stdout.splitlines()]

    def telling(self, make):
        """A random expression, if possible one that selects a part of the last recording."""
        for _ in range(12):
            f = make.tree()
            n = len(self.read(self.tmp + "/all.reel", [f]))
            if 0 < n < self.total:
                break
        return f

    def lost(self, path):
        r = subprocess.run([self.sysreel, "read", path, "-p", "%evt.num", "evt.type=lost"],
                           capture_output=True, text=True, check=False)
        return len(r.stdout.splitlines())


def steady(line):
    """Without what two recorders may see differently: the caller's memory that its new thread may
    have changed meanwhile, and the totals of a process, whose end goes on meanwhile."""
    line = re.sub(r"\bcl_args=\{[^\t]*", "", line)
    if "\tprocusage\t" in line:
        line = re.sub(r"=\d+", "", line)
    if "\tprocexit\t" in line:
        line = re.sub(r"\b(\w+_ns|maxrss_kb|minflt|majflt)=\d+", "", line)
    return line


def same(a, b):
    """The program of a process that has let go of its memory may be unknown to one recorder: a log
    knows it only if it knew the thread before. Two that are known agree."""
    if a == b or "\tsignalgenerate\t" not in a or "sig=SIGCHLD" not in a:
        return a == b
    at, a, b = FIELDS.index("proc.exepath"), a.split("\t"), b.split("\t")
    unknown = "<NA>" in (a[at], b[at])
    a[at] = b[at] = ""
    return unknown and a == b


def by_thread(rows):
    """Rows of one thread have an order; those of different CPUs may change places."""
    return sorted(rows, key=lambda r: r[1].split("\t", 1)[0])


def difference(want, got):
    want, got = by_thread(want), by_thread(got)
    for i in range(max(len(want), len(got))):
        a = want[i] if i < len(want) else None
        b = got[i] if i < len(got) else None
        if not a or not b or not same(a[1], b[1]):
            return "row %d of %d, %d\n  on reading:   %s\n  on recording: %s" % (
                i, len(want), len(got), a and a[1], b and b[1])
        if (a[0] == "<NA>") != (b[0] == "<NA>"):
            return "row %d: duration %s, %s of %s" % (i, a[0], b[0], a[1])
        if a[0] != "<NA>" and abs(int(a[0]) - int(b[0])) > SLACK * 1e9:
            return "row %d: duration %s, %s of %s" % (i, a[0], b[0], a[1])
    return None


def compare(bench, filters):
    """Yields (filter, number of rows, what is wrong or None)."""
    for _ in range(RETRIES):
        paths = bench.record(filters)
        if not any(bench.lost(p) for p in paths):
            break
    else:
        raise Failure("events were lost, %d times" % RETRIES)
    total = bench.total = len(bench.read(paths[0], []))
    for f, path in zip(filters, paths[1:]):
        want = bench.read(paths[0], [f])
        yield f, len(want), total, difference(want, bench.read(path, []))


def main():
    sysreel = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    bench = Bench(sysreel)
    bad = rows = empty = done = 0
    try:
        # the pids of the next runs are not known, but near
        pids = [os.getpid() + d for d in (10, 30, 60, 100, 200)]
        make = Expressions(seed, pids)
        filters = list(FIXED)
        while filters:
            batch, filters = filters[:BATCH], filters[BATCH:]
            for f, n, total, wrong in compare(bench, batch):
                done += 1
                rows += n
                empty += n in (0, total)
                if wrong:
                    bad += 1
                    print("FAILED  %s\n        %s" % (f, wrong.replace("\n", "\n        ")))
            while len(filters) < BATCH and count > 0:
                filters.append(bench.telling(make))
                count -= 1
    finally:
        bench.close()
    print("%d expressions, %d rows, %d select nothing or everything, %d differ (seed %d)" % (
        done, rows, empty, bad, seed))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
