# SPDX-License-Identifier: Apache-2.0
# Holds files, pipes and sockets open until it can read from the fifo that it is given: for tools.sh.
import os
import socket
import sys
import tempfile

folder = tempfile.mkdtemp()
files = [open(os.path.join(folder, name), "w+") for name in ("one", "two with blanks", "three")]
pipe = os.pipe()
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
both = socket.socketpair()
print("ready", flush=True)
with open(sys.argv[1]) as go:
    go.read()
for f in files:
    os.unlink(f.name)
os.rmdir(folder)
