#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Load for tests/live/retro_soak.sh, for SECONDS: everything that a recorder could remember is new
again and again: processes, users, files, ports, cgroups that look like containers.
    soak.py SECONDS FOLDER
"""
import os
import random
import socket
import subprocess
import sys
import time

until = time.monotonic() + float(sys.argv[1])
folder = sys.argv[2]
random.seed(7)


def own_cgroup():
    """Our folder in the cgroup v2 hierarchy, or None."""
    mount = path = None
    for line in open("/proc/self/mounts"):
        if line.split()[2] == "cgroup2":
            mount = line.split()[1]
    for line in open("/proc/self/cgroup"):
        if line.startswith("0::"):
            path = line[3:].strip()
    return mount + path if mount and path else None


def touch():
    for _ in range(20):
        name = "%s/%x" % (folder, random.getrandbits(64))
        with open(name, "w") as f:
            f.write(name)
        os.unlink(name)


def payload(f):
    """What cannot be compressed fills any memory soon."""
    for _ in range(100):
        f.write(os.urandom(4096))
        f.seek(0)


def connect():
    for _ in range(10):
        s = socket.socket()
        try:
            s.connect(("127.0.0.1", random.randrange(1, 65535)))
        except OSError:
            pass
        s.close()


def child(cgroup):
    if cgroup:
        with open(cgroup + "/cgroup.procs", "w") as f:
            f.write(str(os.getpid()))
    uid = random.randrange(1, 1 << 30)
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    open("/etc/hostname").read()
    os.execv("/bin/true", ["true", "%x" % random.getrandbits(200)])


def process(cgroup=None):
    pid = os.fork()
    if pid == 0:
        try:
            child(cgroup)
        finally:
            os._exit(1)
    os.waitpid(pid, 0)


def container(base):
    cgroup = "%s/docker-%064x.scope" % (base, random.getrandbits(256))
    os.mkdir(cgroup)
    process(cgroup)
    for _ in range(100):
        try:
            os.rmdir(cgroup)
            return
        except OSError:
            time.sleep(0.01)


base = own_cgroup()
noise = open(folder + "/noise", "wb", buffering=0)
n = 0
while time.monotonic() < until:
    n += 1
    touch()
    connect()
    payload(noise)
    process()
    if base:
        container(base)
    if n % 10 == 0:
        subprocess.run(["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=20000"], stderr=subprocess.DEVNULL)
print(n)
