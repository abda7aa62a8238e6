#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens, passes on and closes descriptors in every way, and says in its own system calls what the
kernel has of them: lseek(-1, N, 0) that N are open, lseek(-1, N, 1) that so many may be,
rmdir("/no/such/std/0/NAME") what a standard descriptor is called, rmdir("/no/such/type/FD/KIND")
what kind of file a descriptor leads to. Prints how many are open, a line each time.
   tests/live/fds.py [SEED]"""
import array
import ctypes
import fcntl
import os
import random
import resource
import select
import socket
import subprocess
import sys
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_FILES, CLONE_PIDFD, SIGCHLD = 0x400, 0x1000, 17
SYS = {"x86_64": {"clone": 56, "close_range": 436, "pidfd_getfd": 438},
       "aarch64": {"clone": 220, "close_range": 436, "pidfd_getfd": 438}}[os.uname().machine]
HERE = os.path.abspath(__file__)


def say(n, what):
    try:
        os.lseek(-1, n, what)
    except OSError:
        pass


def open_now():
    return len(os.listdir("/proc/thread-self/fd")) - 1  # not the one that lists


def mark():
    n = open_now()
    say(n, 0)
    # with one write, or another thread's line could stand in it
    os.write(1, b"%d\n" % n)


def told(path):
    try:
        os.rmdir(path)
    except OSError:
        pass


def mark_std():
    for fd in range(3):
        try:
            told("/no/such/std/%d/%s" % (fd, os.readlink("/proc/thread-self/fd/%d" % fd)))
        except FileNotFoundError:
            told("/no/such/std/%d/<NA>" % fd)


def mark_type(fd, kind):
    told("/no/such/type/%d/%s" % (fd, kind))


def child(what):
    """In a process of its own."""
    pid = os.fork()
    if not pid:
        try:
            what()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    mark()


def limits():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    say(soft, 1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 7, hard))
    say(soft - 7, 1)
    child(lambda: say(soft - 7, 1))
    subprocess.run([sys.executable, "-S", HERE, "limit", str(soft - 7)], check=True)


def kinds():
    fds = [(os.open("/etc/passwd", os.O_RDONLY), "file"), (os.open("/", os.O_RDONLY), "directory"),
           (os.memfd_create("x"), "memfd"), (os.pipe()[0], "pipe")]
    for fd, kind in fds:
        mark_type(fd, kind)
    mark()
    for fd, _ in fds:
        os.close(fd)
    mark_type(fds[0][0], "<NA>")
    mark()


def messages():
    a, b = socket.socketpair()
    files = [os.open("/etc/passwd", os.O_RDONLY) for _ in range(3)]
    socket.send_fds(a, [b"x"], files)
    got = socket.recv_fds(b, 1, 8)[1]
    mark()
    for fd in got:
        os.read(fd, 1)  # now its name is known
        mark_type(fd, "file")
    b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    rights = array.array("i", files[:1])
    a.sendmsg([b"y"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    b.recvmsg(1, 256)  # credentials, and a descriptor
    mark()
    a.close()
    b.close()
    mark()


def many():
    base = max(int(n) for n in os.listdir("/proc/thread-self/fd")) + 10
    for i in range(20):
        os.dup2(0, base + i)
    mark()
    LIBC.syscall(SYS["close_range"], base + 2, base + 5, 0)
    mark()
    LIBC.syscall(SYS["close_range"], base + 6, base + 9, 4)  # on exec
    subprocess.run([sys.executable, "-S", HERE, "mark"], close_fds=False, check=True)
    os.close(base)
    mark()
    LIBC.syscall(SYS["close_range"], base + 1, base + 30, 0)
    mark()


def shared():
    pid = LIBC.syscall(SYS["clone"], CLONE_FILES | SIGCHLD, 0, 0, 0, 0)
    if not pid:
        LIBC.open(b"/etc/hostname", 0)
        LIBC.dup(0)
        LIBC._exit(0)
    os.waitpid(pid, 0)
    mark()
    number = ctypes.c_int(-1)
    pid = LIBC.syscall(SYS["clone"], CLONE_PIDFD | SIGCHLD, 0, ctypes.byref(number), 0, 0)
    if not pid:
        LIBC._exit(0)
    os.waitpid(pid, 0)
    mark()
    fd = os.pidfd_open(os.getpid())
    LIBC.syscall(SYS["pidfd_getfd"], fd, 0, 0)
    mark()


def threads():
    def work(seed):
        r = random.Random(seed)
        mine = []
        for _ in range(150):
            if mine and r.random() < 0.5:
                os.close(mine.pop(r.randrange(len(mine))))
            else:
                mine.append(os.open("/etc/passwd", os.O_RDONLY) if r.random() < 0.7 else os.dup(0))
        for fd in mine:
            os.close(fd)

    def apart():
        LIBC.unshare(CLONE_FILES)
        os.open("/etc/passwd", os.O_RDONLY)
        mark()

    for todo in (work, work, work), (apart,):
        ts = [threading.Thread(target=t, args=(i,) if t is work else ()) for i, t in enumerate(todo)]
        for t in ts:
            t.start()
        for t in ts:
            t.join()
        mark()


def at_random(r, depth=0):
    mine = []

    def new():
        kind = r.randrange(8)
        inherit = r.random() < 0.5
        if kind == 0:
            fds = [os.open("/etc/passwd", os.O_RDONLY)]
        elif kind == 1:
            fds = list(os.pipe())
        elif kind == 2:
            fds = [s.detach() for s in socket.socketpair()]
        elif kind == 3:
            fds = [os.eventfd(0)]
        elif kind == 4:
            fds = [os.dup(r.choice(mine) if mine else 0)]
        elif kind == 5:
            fds = [fcntl.fcntl(0, r.choice([fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC]), 20)]
        elif kind == 6:
            e = select.epoll()
            fds = [os.dup(e.fileno())]
            e.close()
        else:
            fds = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()]
        for fd in fds:
            os.set_inheritable(fd, inherit)
        mine.extend(fds)

    for _ in range(60):
        what = r.random()
        if what < 0.45 or not mine:
            new()
        elif what < 0.75:
            os.close(mine.pop(r.randrange(len(mine))))
        elif what < 0.85:
            a, b = r.choice(mine), r.choice(mine)
            if a != b:  # dup3 refuses that
                os.dup2(a, b, inheritable=r.random() < 0.5)
        elif what < 0.88 and depth < 2:
            child(lambda: at_random(r, depth + 1))
        elif what < 0.91 and depth < 2:
            subprocess.run([sys.executable, "-S", HERE, "mark"], close_fds=False, check=True)
        mark()
    for fd in mine:
        os.close(fd)
    mark()


def main():
    words = sys.argv[1:] or ["1"]
    if words[0] == "mark":
        mark()
        mark_std()
        return
    if words[0] == "limit":
        say(int(words[1]), 1)
        mark()
        return
    mark()
    mark_std()
    limits()
    kinds()
    messages()
    many()
    shared()
    threads()
    at_random(random.Random(int(words[0])))
    null = os.open("/dev/zero", os.O_RDONLY)
    os.dup2(null, 0)
    os.close(2)
    mark()
    mark_std()
    os.execv(sys.executable, [sys.executable, "-S", HERE, "mark"])


main()
