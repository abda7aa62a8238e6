# SPDX-License-Identifier: Apache-2.0
"""A server in a thread, its client, children, a pipe, files, and what fails."""
import os
import socket
import threading

s = socket.create_server(('127.0.0.1', 0))


def serve():
    for _ in range(3):
        c, _ = s.accept()
        c.sendall(c.recv(100).upper())
        c.close()


t = threading.Thread(target=serve, name='server')
t.start()
for i in range(3):
    client = socket.create_connection(s.getsockname())
    client.sendall(b'hello %d' % i)
    client.recv(100)
    client.close()
t.join()
for _ in range(3):
    pid = os.fork()
    if not pid:
        open('/etc/hostname', 'rb').read()
        os._exit(7)
    os.waitpid(pid, 0)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.connect(('127.0.0.1', 9))
u.send(b'x')
u.close()
r, w = os.pipe()
os.write(w, b'pipe')
os.read(r, 4)
open('f', 'w').write('text')
os.rename('f', 'g')
os.unlink('g')
for fails in (lambda: open('/nosuch/file'), lambda: socket.create_connection(('127.0.0.1', 1))):
    try:
        fails()
    except OSError:
        pass
