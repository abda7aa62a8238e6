#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# A runtime's socket that behaves as told, for tests of what becomes of names:
#   runtime.py SOCKET names     answers as Docker does; the container with the id abc... is "n-abc..."
#   runtime.py SOCKET hang      accepts, and never answers
#   runtime.py SOCKET giant     answers that it would have 40 MB of an inspect document
#   runtime.py SOCKET junk      answers what is none, in another way for each first digit of the id
#   runtime.py SOCKET relay OTHER  passes everything on to the socket OTHER and back
# It ends with its standard input.
import os
import socket
import sys
import threading

path, mode = sys.argv[1:3]


def head(status, length):
    return f"HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n".encode()


def answer(status, body):
    return head(status, len(body)) + body


def inspect(cid, name):
    return f'{{"Id":"{cid}","Name":"/{name}","Config":{{"Image":"img"}},"State":{{}}}}'.encode()


JUNK = [
    lambda cid: b"",  # the connection ends
    lambda cid: b"\0\xff\x7fELF" * 100,
    lambda cid: answer(200, b""),
    lambda cid: answer(200, b"null"),
    lambda cid: answer(200, inspect(cid, "wrong")[:-9]),
    lambda cid: answer(200, inspect(cid[::-1], "wrong")),  # of another container
    lambda cid: answer(200, b"[" * 100000),
    lambda cid: head(200, 1 << 40) + b"{",
    lambda cid: head(200, -5) + inspect(cid, "wrong"),
    lambda cid: answer(200, b'{"Id":{"Id":7},"Name":["wrong"]}'),
    lambda cid: answer(500, b"{}"),
    lambda cid: answer(301, b""),
    lambda cid: b"HTTP/1.1 200 x\r\n" + b"X-Long: " + b"a" * 400000 + b"\r\n\r\n",
    lambda cid: b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n{",
    lambda cid: answer(200, ('{"Id":"' + cid + '","Name":7}').encode()),
    lambda cid: answer(404, b"\xff" * 1000),
]


def giant(sock):
    piece = b" " * 65536
    sock.sendall(head(200, 40 << 20))
    for _ in range((40 << 20) // len(piece)):
        sock.sendall(piece)


def respond(sock, url):
    parts = url.split("/")
    cid = parts[2] if len(parts) == 4 and parts[1] == "containers" else ""
    if not cid:
        sock.sendall(answer(404, b"{}"))
    elif mode == "names":
        sock.sendall(answer(200, inspect(cid, "n-" + cid[:12])))
    elif mode == "giant":
        giant(sock)
    else:
        sock.sendall(JUNK[int(cid[0], 16)](cid))


def serve(sock):
    data = b""
    try:
        while piece := sock.recv(4096):
            data += piece
            if mode != "hang" and b"\r\n\r\n" in data:
                respond(sock, data.split(b" ")[1].decode())
                if mode != "names":
                    break
                data = b""
    except OSError:
        pass
    sock.close()


def copy(source, to):
    try:
        while piece := source.recv(65536):
            to.sendall(piece)
    except OSError:
        pass
    to.shutdown(socket.SHUT_WR)


def relay(sock):
    other = socket.socket(socket.AF_UNIX)
    try:
        other.connect(sys.argv[3])
        back = threading.Thread(target=copy, args=(other, sock), daemon=True)
        back.start()
        copy(sock, other)
        back.join()
    except OSError:
        pass
    sock.close()
    other.close()


def accept(listener):
    serve_one = relay if mode == "relay" else serve
    while True:
        threading.Thread(target=serve_one, args=(listener.accept()[0],), daemon=True).start()


listener = socket.socket(socket.AF_UNIX)
listener.bind(path + ".new")
listener.listen(64)
os.rename(path + ".new", path)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
sys.stdin.read()
os.unlink(path)
