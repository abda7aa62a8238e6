# SPDX-License-Identifier: Apache-2.0
# What files/good/sockets.reel shows: sockets that are open when recording begins, and others that are
# bound later. Goes on when its input ends.
#   mkfifo go; unshare -nm env -i python3 -I -S tests/files/sockets.py <go & exec 3>go
#   sysreel record --pid $! -w tests/files/good/sockets.reel & ... exec 3>&-
import os
import socket
import subprocess
import sys

subprocess.run(["/sbin/ip", "link", "set", "lo", "up"], check=True)
listener = socket.create_server(("127.0.0.1", 8443))
client = socket.create_connection(("127.0.0.1", 8443))
server = listener.accept()[0]
listener6 = socket.create_server(("::1", 8443), family=socket.AF_INET6)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 5353))
log = open("/var/log/sockets.log", "w")
sys.stdin.read()
late = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(2)]
for s in late:
    try:
        s.bind(("127.0.0.1", 9443))
    except OSError:
        pass
log.close()
os.unlink("/var/log/sockets.log")
