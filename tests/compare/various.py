# SPDX-License-Identifier: Apache-2.0
"""Makes many kinds of system calls; recorded by strace.sh."""
import fcntl
import mmap
import os
import select
import signal
import socket
import subprocess
import threading
import time

a, b = socket.socketpair()
a.send(b"hi")
b.recv(10)
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()


def client():
    with socket.create_connection(server.getsockname()) as c:
        c.sendall(b"x" * 1000)


threads = [threading.Thread(target=client) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    conn, _ = server.accept()
    while conn.recv(400):
        pass
    conn.close()
    t.join()
subprocess.run(["true"], check=True)
subprocess.run(["/nowhere/program"], check=False) if os.path.exists("/nowhere") else None
try:
    os.open("/nowhere/x", os.O_RDONLY)
except OSError:
    pass
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as u:
    u.sendto(b"query", ("127.0.0.1", 9))
    u.sendmsg([b"two ", b"parts"], [], 0, ("127.0.0.1", 9))
socket.send_fds(a, [b"an fd"], [0])
socket.recv_fds(b, 100, 4)
poller = select.poll()
poller.register(a, select.POLLIN | select.POLLOUT)
poller.poll(10)
with select.epoll() as e:
    e.register(b.fileno(), select.EPOLLOUT)
    e.poll(1)
select.select([a], [b], [], 0.01)
os.kill(os.getpid(), 0)
r, w = os.pipe()
os.writev(w, [b"ab", b"cd"])
os.readv(r, [bytearray(3), bytearray(5)])
os.writev(w, [b"%02d" % i for i in range(40)])
os.read(r, 100)
with open("file", "w+b") as f, open("src", "w+b") as src, open("dst", "w+b") as dst:
    f.write(b"0123456789" * 10)
    f.flush()
    fcntl.flock(f, fcntl.LOCK_EX)
    fcntl.lockf(f, fcntl.LOCK_UN)
    fcntl.fcntl(f, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)
    os.sendfile(w, f.fileno(), 5, 20)
    os.pread(f.fileno(), 10, 3)
    os.pwritev(f.fileno(), [b"x", b"yz"], 50)
    os.posix_fallocate(f.fileno(), 0, 4096)
    os.copy_file_range(src.fileno(), dst.fileno(), 10, 0, 20)
    with mmap.mmap(f.fileno(), 4096) as m:
        m.flush()
    os.truncate("file", 10)
os.chmod("file", 0o640)
os.utime("file", (1, 2))
os.link("file", "hard")
os.symlink("file", "soft")
os.readlink("soft")
os.setxattr("file", "user.name", b"value")
os.getxattr("file", "user.name")
os.listxattr("file")
os.rename("hard", "harder")
os.mkdir("dir")
os.listdir(".")
os.rmdir("dir")
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.05)
time.sleep(0.1)
signal.sigtimedwait([signal.SIGUSR2], 0.01)
os.sched_getaffinity(0)
os.getpriority(os.PRIO_PROCESS, 0)
os.getgroups()
os.statvfs(".")
pid = os.fork()
if not pid:
    os.setsid()
    os._exit(7)
os.waitpid(pid, 0)
pid = os.posix_spawn("/bin/sleep", ["sleep", "10"], os.environ)
os.kill(pid, signal.SIGTERM)
os.waitid(os.P_PID, pid, os.WEXITED)
