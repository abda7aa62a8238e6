# SPDX-License-Identifier: Apache-2.0
"""gaps.py SYSREEL CGROUP FILE: a log that is damaged behind the recorder's back has a gap in that
place, with the exact number.

Records getppid calls of a child in CGROUP into FILE. Several times: stops the recorder, has calls
made, damages records in the log that nobody has read yet (its maps are found by the recorder's
descriptors), lets the recorder go on, and waits until the gap is in the file. Prints a line per
damage and fails if anything is wrong.
"""
import ctypes
import glob
import json
import mmap
import os
import re
import signal
import struct
import subprocess
import sys
import time

CHUNK, RECORD_MAX = 1 << 20, 96 << 10
STRIDE = CHUNK + RECORD_MAX
SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
MAP_GET_FD_BY_ID, OBJ_GET_INFO_BY_FD = 14, 15
GETPPID = {"x86_64": 110, "aarch64": 173}[os.uname().machine]
CALLS = 25000  # more than a chunk holds
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attr):
    buf = ctypes.create_string_buffer(attr, 128)
    rc = libc.syscall(SYS_BPF, command, buf, 128)
    if rc < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"bpf({command})")
    return rc


def maps_of(pid):
    """Name -> (memory, bytes per element, elements) of the maps that are mapped."""
    found = {}
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            m = re.search(r"^map_id:\s*(\d+)", open(path).read(), re.M)
        except OSError:
            continue
        if not m:
            continue
        fd = bpf(MAP_GET_FD_BY_ID, struct.pack("=I", int(m[1])))
        info = ctypes.create_string_buffer(256)
        bpf(OBJ_GET_INFO_BY_FD, struct.pack("=IIQ", fd, 256, ctypes.addressof(info)))
        size, n = struct.unpack_from("=II", info, 12)
        name = info.raw[24:40].split(b"\0")[0].decode()
        if name in ("logs", "ctls"):
            found[name] = (mmap.mmap(fd, size * n), size, n)
        os.close(fd)
    return found


class Log:
    """The log of one CPU."""

    def __init__(self, maps, cpu):
        self.mem, stride, n = maps["logs"]
        self.ctl, self.size, logs = maps["ctls"]
        assert stride == STRIDE
        self.cpu, self.chunks = cpu, n // logs

    def events(self, since):
        """Offsets of the getppid records that were written after `since`, with their chunk."""
        head = struct.unpack_from("=Q", self.ctl, self.cpu * self.size)[0]
        tail = struct.unpack_from("=Q", self.ctl, self.cpu * self.size + self.size - 64)[0]
        for chunk in range(tail, (head >> 32) + 1):
            base = (self.cpu * self.chunks + chunk % self.chunks) * STRIDE
            off = 0
            while off < (head & 0xFFFFFFFF if chunk == head >> 32 else CHUNK):
                words, nr, _, _, t = struct.unpack_from("=HHHHQ", self.mem, base + off)
                if nr == 0xFFFF or not words:
                    break
                if nr == GETPPID and t > since:
                    yield base + off, chunk
                off += words * 8


def another_kind(log, events):
    for off, _ in events[100:105]:
        struct.pack_into("=H", log.mem, off + 2, 0xFF77)
    return 5


def no_length(log, events):
    """The rest of the chunk cannot be found."""
    off, chunk = events[200]
    struct.pack_into("=H", log.mem, off, 0)
    return sum(1 for o, c in events if c == chunk and o >= off)


def swallowed(log, events):
    off, _ = events[300]
    words = struct.unpack_from("=H", log.mem, off)[0]
    struct.pack_into("=H", log.mem, off, words * 4)
    return 3


def overwritten(log, events):
    """Zeros, up to the end of the chunk."""
    off, chunk = events[50]
    last = max(o for o, c in events if c == chunk)
    log.mem[off : last + 8] = bytes(last + 8 - off)
    return sum(1 for o, c in events if c == chunk and o >= off)


def at_the_end(log, events):
    """In a chunk that is not full: no later one tells."""
    off, _ = events[-3]
    struct.pack_into("=H", log.mem, off, 0xFFF0)
    return 3


DAMAGES = [another_kind, no_length, swallowed, overwritten, at_the_end]


def worker(cgroup, cpu, orders, answers):
    """The child: so many calls for each byte that it is sent."""
    os.sched_setaffinity(0, {cpu})
    with open(f"{cgroup}/cgroup.procs", "w") as f:
        f.write("0")
    os.write(answers, b"!")
    while os.read(orders, 1):
        for _ in range(CALLS):
            os.getppid()
        os.write(answers, b"!")
    os._exit(0)


def wait_for(what, check, seconds=120):
    end = time.monotonic() + seconds
    while not (r := check()):
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {seconds} seconds")
        time.sleep(0.05)
    return r


def read(sysreel, path, *words):
    return subprocess.run([sysreel, "read", path, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False, text=True).stdout.splitlines()


def gaps(sysreel, path):
    return [json.loads(line) for line in read(sysreel, path, "--json", "evt.type=lost")]


def runs_of(sysreel, path):
    """How many calls there are before, between and after the gaps."""
    runs = [0]
    for t in read(sysreel, path, "-p", "%evt.type", "evt.type in (getppid, lost)"):
        if t == "lost":
            runs.append(0)
        elif t == "getppid":
            runs[-1] += 1
    return runs


def main(sysreel, cgroup, path):
    cpu = max(os.sched_getaffinity(0))
    orders, answers = os.pipe(), os.pipe()
    if os.fork() == 0:
        os.close(orders[1])
        worker(cgroup, cpu, orders[0], answers[1])
    os.close(orders[0])
    os.read(answers[0], 1)
    recorder = subprocess.Popen([sysreel, "record", "-w", path, "--cgroup", cgroup, "--buffer",
                                 "16", "evt.type=getppid"], stderr=subprocess.DEVNULL)

    def calls():
        os.write(orders[1], b"!")
        os.read(answers[0], 1)

    wait_for("recording", lambda: os.path.exists(path) and os.path.getsize(path) and
             "logs" in maps_of(recorder.pid))
    bad, lost = 0, 0
    try:
        log = Log(maps_of(recorder.pid), cpu)
        calls()
        for i, damage in enumerate(DAMAGES):
            os.kill(recorder.pid, signal.SIGSTOP)
            wait_for("stopping", lambda: re.search(r"^State:\s*T", open(
                f"/proc/{recorder.pid}/status").read(), re.M))
            since = time.monotonic_ns()
            calls()
            n = damage(log, list(log.events(since)))
            os.kill(recorder.pid, signal.SIGCONT)
            wait_for("a gap", lambda i=i: len(gaps(sysreel, path)) > i)
            calls()
            lost += n
            gap = gaps(sysreel, path)[i]
            told = gap["args"]
            fine = (told["count"], gap["evt.cpu"]) == (n, cpu)
            print(f"{damage.__name__}: {n} of {CALLS} damaged, {told}", "" if fine else "WRONG")
            bad += not fine
    finally:
        os.kill(recorder.pid, signal.SIGCONT)
        os.close(orders[1])
        recorder.send_signal(signal.SIGTERM)
        recorder.wait()
    runs = runs_of(sysreel, path)
    made = CALLS * (1 + 2 * len(DAMAGES))
    print(f"{made} made, {sum(runs)} recorded, {lost} lost; between gaps: {runs}")
    # the calls of a round before its damage and those of the round behind it are told on their side
    return bad or sum(runs) + lost != made or len(runs) != len(DAMAGES) + 1 or min(runs) < CALLS


sys.exit(main(*sys.argv[1:]))
