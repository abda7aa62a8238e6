# SPDX-License-Identifier: Apache-2.0
# What files/good/chisels.reel shows: a little of everything that chisels look for. It plays both
# ends of the protocols itself, in namespaces of its own:
#   sysreel record -s 512 --env -w all.reel -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
#       unshare -nmp --fork python3 -I -S tests/files/chisels.py
#   sysreel read all.reel -w tests/files/good/chisels.reel 'proc.name in (python3, sh) and ...'
import ctypes
import os
import socket
import struct
import subprocess
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
TMP = "/tmp/sysreel-chisels"


def serve(sock, answers):
    """Answer what is sent to a socket, one message after the other."""

    def run():
        conn = sock.accept()[0]
        for answer in answers:
            conn.recv(4096)
            time.sleep(0.002)
            conn.send(answer)
        conn.close()

    t = threading.Thread(target=run)
    t.start()
    return t


def talk(port, messages, answers):
    listener = socket.create_server(("127.0.0.1", port))
    t = serve(listener, answers)
    client = socket.create_connection(("127.0.0.1", port))
    for message in messages:
        client.send(message)
        client.recv(4096)
    client.close()
    t.join()
    listener.close()


def name(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".")) + b"\0"


def dns():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(("127.0.0.1", 53))
    for number, host, code, address in (
        (7, "db.example.com", 0, bytes([10, 0, 0, 7])),
        (8, "beacon.evil.example", 3, None),
    ):
        question = name(host) + struct.pack(">HH", 1, 1)
        client.send(struct.pack(">6H", number, 0x100, 1, 0, 0, 0) + question)
        peer = server.recvfrom(512)[1]
        head = struct.pack(">6H", number, 0x8180 | code, 1, 1 if address else 0, 0, 0)
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + address if address else b""
        server.sendto(head + question + record, peer)
        client.recv(512)
    server.close()
    client.close()


def postgresql(sql):
    return b"Q" + struct.pack(">I", len(sql) + 5) + sql.encode() + b"\0"


def databases():
    done = b"C\0\0\0\x0dSELECT 1\0Z\0\0\0\5I"
    queries = [
        "SELECT name FROM users WHERE id = 42",
        "SELECT name FROM users WHERE id = 43",
        "UPDATE users SET name = 'eve' WHERE id = 7",
    ]
    talk(5432, [postgresql(q) for q in queries], [done] * 3)
    mysql = b"SELECT * FROM orders WHERE total > 100.50"
    talk(3306, [struct.pack("<I", len(mysql) + 1) + b"\3" + mysql], [b"\1\0\0\1\1"])
    redis = [b"*2\r\n$3\r\nGET\r\n$6\r\ncart:1\r\n", b"*1\r\n$4\r\nPING\r\n"]
    talk(6379, redis, [b"$2\r\n{}\r\n", b"+PONG\r\n"])
    cache = [b"set session:1 0 60 5\r\nhello\r\n", b"get session:1\r\n"]
    talk(11211, cache, [b"STORED\r\n", b"VALUE session:1 0 5\r\nhello\r\nEND\r\n"])


def web():
    request = (
        b"POST /login HTTP/1.1\r\nHost: shop.example.com\r\n"
        b"Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n\r\n"
        b"user=eve&password=hunter2"
    )
    talk(8080, [request], [b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 6\r\n\r\nwrong\n"])


def logs():
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(TMP + "/dev/log")
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.connect(TMP + "/dev/log")
    client.send(b"<38>sshd[4711]: Failed password for root")
    log.recv(512)
    with open(TMP + "/app.log", "w") as f:
        f.write("GET /login 401\n")
        f.flush()
        os.fsync(f.fileno())
    os.rename(TMP + "/app.log", TMP + "/app.log.1")
    os.unlink(TMP + "/app.log.1")


def escapes():
    libc.unshare(0x04000000)  # CLONE_NEWUTS
    libc.mount(b"none", TMP.encode(), b"tmpfs", 0, None)
    libc.umount2(TMP.encode(), 0)
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))
    fd = os.memfd_create("payload")
    with open("/bin/true", "rb") as f:
        os.write(fd, f.read())
    subprocess.run(["/proc/self/fd/%d" % fd], pass_fds=[fd], check=True)


def shells():
    subprocess.run(["sh", "-c", ":"], env={"X": "() { :; }; echo owned"}, check=True)
    subprocess.run(["sh", "-c", ": --password correcthorsebattery"], env={}, check=True)


os.makedirs(TMP + "/dev", exist_ok=True)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
web()
dns()
databases()
logs()
escapes()
shells()
