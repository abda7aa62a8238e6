#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A CRI-O of our own, which Debian has not: gRPC on a unix socket, as CRI-O 1.2x answers.

usage: crio.py SOCKET MODE
    v1         answers, by the interface's name of today
    v1alpha2   by that of before 2021 only
    bare       without the verbose part, and without a pod
    hang       never answers
    giant      an answer without end
    garbage    an answer that is no message
    trouble    "unavailable" to the first two questions, then as v1
    other      tells of another container
"""
import json
import sys
import threading
from concurrent import futures

import grpc

ID = "c0" * 32
POD = "d0" * 32
UID = "0c9d7e41-2b3a-4f58-8e6d-a1b2c3d4e5f6"
STARTED = 1795259777500000000


def varint(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def message(*fields):
    return b"".join(field(number, value) for number, value in fields)


def texts(number, entries):
    return b"".join(field(number, message((1, k), (2, v))) for k, v in entries.items())


SPEC = {
    "ociVersion": "1.0.2-dev",
    "process": {"args": ["/usr/bin/api", "-v"], "user": {"uid": 1001, "gid": 0},
                "env": ["PATH=/bin", "TOKEN=hunter2"],
                "capabilities": {"bounding": ["CAP_CHOWN"]}},
    "annotations": {"io.kubernetes.cri-o.ImageName": "registry/shop/api:3"},
    "linux": {"namespaces": [{"type": "pid"}, {"type": "network", "path": "/var/run/netns/x"}]},
}


def container(cid, verbose):
    status = message(
        (1, cid), (2, message((1, "api"), (2, 4))), (3, 2), (4, STARTED), (5, STARTED),
        (6, STARTED + 10**9), (7, 137), (8, message((1, "registry/shop/api:3"))),
        (9, "registry/shop/api@sha256:" + "ab" * 32), (10, "OOMKilled"),
        (14, message((1, "/data"), (2, "/var/lib/data"), (5, 2))), (15, "/var/log/pods/x"))
    status += texts(12, {"io.kubernetes.container.name": "api", "tier": "back"})
    status += texts(13, {"io.kubernetes.container.restartCount": "4"})
    info = {"sandboxID": POD, "pid": 4711, "runtimeSpec": SPEC, "privileged": False}
    return field(1, status) + (texts(2, {"info": json.dumps(info)}) if verbose else b"")


def sandbox():
    status = message(
        (1, POD), (2, message((1, "api-5b9"), (2, UID), (3, "shop"))), (4, STARTED),
        (5, message((1, "10.128.0.7"))),
        (6, message((1, message((2, message((1, 2), (2, 1))))))))  # the host's network
    status += texts(7, {"app": "shop"}) + texts(8, {"openshift.io/scc": "restricted"})
    return field(1, status)


class Server(grpc.GenericRpcHandler):
    def __init__(self, mode):
        self.mode = mode
        self.asked = 0
        self.lock = threading.Lock()

    def answer(self, method, request, context):
        with self.lock:
            self.asked += 1
            n = self.asked
        known = ID.encode() in request
        if self.mode == "hang":
            threading.Event().wait()
        if self.mode == "giant":
            return b"\0" * (17 << 20)
        if self.mode == "garbage":
            return b"\x0a\xff\xff\xff\xff\x0f"
        if self.mode == "trouble" and n <= 2:
            context.abort(grpc.StatusCode.UNAVAILABLE, "starting")
        if method == "Version":
            return message((1, "0.1.0"), (2, "cri-o"), (3, "1.27.4"), (4, "v1"))
        if method == "ContainerStatus" and (known or self.mode == "other"):
            return container("e0" * 32 if self.mode == "other" else ID, self.mode != "bare")
        if method == "ListContainers" and self.mode != "bare":
            return field(1, message((1, ID), (2, POD), (3, message((1, "api"))), (6, 1)))
        if method == "PodSandboxStatus" and POD.encode() in request:
            return sandbox()
        if method == "ListContainers":
            return b""
        return context.abort(grpc.StatusCode.NOT_FOUND, "could not find it")

    def service(self, call):
        service, _, method = call.method.lstrip("/").partition("/")
        version = "v1alpha2" if self.mode == "v1alpha2" else "v1"
        if service != f"runtime.{version}.RuntimeService":
            return None
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self.answer(method, request, context))


def main():
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers((Server(sys.argv[2]),))
    server.add_insecure_port(f"unix:{sys.argv[1]}")
    server.start()
    server.wait_for_termination()


main()
