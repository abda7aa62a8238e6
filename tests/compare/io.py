# SPDX-License-Identifier: Apache-2.0
# Reads and writes, and tells what /proc/self/io counts from its first reading to the second.
import os
import socket
import tempfile


def counters(fd):
    text = os.pread(fd, 4096, 0).decode()
    return {k: int(v) for k, v in (line.split(":") for line in text.splitlines())}


fd = os.open("/proc/self/io", os.O_RDONLY)
before = counters(fd)
with tempfile.TemporaryFile(buffering=0) as f:
    for n in range(50):
        f.write(b"x" * (n * 37))
    os.pwrite(f.fileno(), b"y" * 5000, 100)
    os.writev(f.fileno(), [b"a" * 10, b"b" * 20, b""])
    f.seek(0)
    while f.read(999):
        pass
    os.preadv(f.fileno(), [bytearray(100), bytearray(200)], 50)
pipe = os.pipe()
os.write(pipe[1], b"z" * 3000)
os.read(pipe[0], 2000)
a, b = socket.socketpair()
os.write(a.fileno(), b"hello")
os.read(b.fileno(), 100)
after = counters(fd)
for k in ("rchar", "wchar", "syscr", "syscw"):
    print(k, after[k] - before[k])
