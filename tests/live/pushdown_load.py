#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A workload of a bit of everything that filters ask for: files, sockets, pipes, failures, other
users, names and parents. Run by tests/live/pushdown.py, which names two cgroup directories: the work
begins in the first one, and the second one has the name of a container's."""
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
CLONE_NEWNET, SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x8913, 0x8914, 1
CPUS = sorted(os.sched_getaffinity(0))


def rename(name):
    libc.prctl(PR_SET_NAME, name.encode(), 0, 0, 0)


def own_network():
    """A loopback interface where nobody else has any of the ports."""
    if libc.unshare(CLONE_NEWNET):
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        flags = struct.unpack_from("16sH", fcntl.ioctl(s, SIOCGIFFLAGS, b"lo".ljust(40, b"\0")))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))


def on_cpu(n):
    """Recorders see a call one after the other: it may not change its CPU in between."""
    os.sched_setaffinity(0, {CPUS[n % len(CPUS)]})


def enter(cgroup):
    with open(cgroup + "/cgroup.procs", "w") as f:
        f.write(str(os.getpid()))


def files():
    for path in ("/etc/passwd", "/etc/hostname", "/etc/no-such-file", "/usr/bin/env", "/dev/null"):
        try:
            fd = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        os.read(fd, 100)
        os.fstat(fd)
        os.lseek(fd, 0, os.SEEK_SET)
        os.close(fd)
    for d in ("/", "/etc", "/usr/share"):
        fd = os.open(d, os.O_RDONLY | os.O_DIRECTORY)
        os.listdir(fd)
        os.close(fd)
    with tempfile.TemporaryDirectory(prefix="push-") as top:
        deep = top + "/a/b/c/d/e/f/g/h/i/j"
        os.makedirs(deep)
        os.chdir(deep)
        for name in ("file", "other"):
            fd = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
            os.write(fd, b"x" * 300)
            os.rename(name, name + "2")
            os.pread(fd, 10, 0)
            os.unlink(name + "2")
            os.pread(fd, 10, 0)
            os.close(fd)
        os.mkfifo("fifo")
        fd = os.open("fifo", os.O_RDWR | os.O_NONBLOCK)
        os.write(fd, b"1")
        os.read(fd, 1)
        os.close(fd)
        os.chdir("/")
    for bad in (-1, 99, 1000):
        for call in (os.fstat, os.close, lambda fd: os.read(fd, 1)):
            try:
                call(bad)
            except OSError:
                pass


def pipes():
    r, w = os.pipe()
    os.write(w, b"abc")
    os.read(r, 3)
    second = os.dup(r)
    os.dup2(r, 40)
    for fd in (r, w, second, 40):
        os.close(fd)
    fd = os.eventfd(3)
    os.read(fd, 8)
    os.close(fd)
    fd = os.memfd_create("memory")
    os.write(fd, b"memory")
    os.close(fd)


def stream(family, address):
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind(address)
    server.listen(1)
    client = socket.socket(family, socket.SOCK_STREAM)
    client.connect(server.getsockname())
    peer, _ = server.accept()
    client.sendall(b"question")
    peer.recv(100)
    peer.sendall(b"answer")
    client.recv(100)
    client.shutdown(socket.SHUT_WR)
    peer.recv(1)
    for s in (client, peer, server):
        s.close()


def datagrams(family, address):
    a = socket.socket(family, socket.SOCK_DGRAM)
    a.bind(address)
    b = socket.socket(family, socket.SOCK_DGRAM)
    b.sendto(b"to nobody in particular", a.getsockname())
    _, back = a.recvfrom(100)
    b.connect(a.getsockname())
    b.send(b"connected")
    a.recv(100)
    a.sendto(b"back", back)
    b.recv(100)
    a.close()
    b.close()


def sockets():
    stream(socket.AF_INET, ("127.0.0.1", 18080))
    stream(socket.AF_INET, ("127.0.0.1", 45001))
    datagrams(socket.AF_INET, ("127.0.0.1", 15353))
    if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6"):
        try:
            stream(socket.AF_INET6, ("::1", 18081))
            datagrams(socket.AF_INET6, ("::1", 15354))
        except OSError:
            pass
    stream(socket.AF_UNIX, "\0push-test-%d" % os.getpid())
    path = tempfile.mktemp(prefix="push-socket-")
    stream(socket.AF_UNIX, path)
    os.unlink(path)
    a, b = socket.socketpair()
    a.send(b"pair")
    b.recv(10)
    a.close()
    b.close()
    s = socket.socket()
    try:
        s.connect(("127.0.0.1", 1))
    except OSError:
        pass
    s.close()


def in_child(work, *args):
    pid = os.fork()
    if pid == 0:
        try:
            work(*args)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def as_user(uid, gid):
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, 0 if uid == 65534 else uid)
    rename("user%d" % uid)
    files()
    pipes()


def sleeps(pid):
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "S"


def orphan():
    """The parent ends while its child works: another ppid, seen in the middle. Not in the middle of
    a call that two recorders may see at two moments: the child waits for the signal that tells."""
    r, w = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    pid = os.fork()
    if pid == 0:
        os.close(r)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGUSR1, 0, 0, 0)
        os.getppid()
        os.write(w, b"1")
        signal.sigwait([signal.SIGUSR1])  # until the parent has gone
        os.getppid()
        files()
        os._exit(0)
    os.read(r, 1)
    while not sleeps(pid):
        time.sleep(0.01)
    os._exit(0)


def threads():
    def one(name):
        rename(name)
        pipes()

    for name in ("thread-1", "thread-two", "a-name-of-15-by"):
        t = threading.Thread(target=one, args=(name,))
        t.start()
        t.join()


def main():
    own_network()
    on_cpu(0)
    enter(sys.argv[1])
    rename("push-load")
    files()
    pipes()
    sockets()
    on_cpu(1)
    threads()
    in_child(as_user, 65534, 65534)
    on_cpu(0)
    in_child(as_user, 1234, 4321)
    in_child(orphan)
    in_child(lambda: os.execv("/bin/cat", ["cat", "/etc/passwd", "/etc/no-such-file"]))
    in_child(lambda: os.execv("/bin/no-such-program", ["x"]))
    in_child(lambda: (enter(sys.argv[2]), files(), os.execv("/bin/cat", ["cat", "/etc/hostname"])))


main()
