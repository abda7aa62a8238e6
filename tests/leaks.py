#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does a file that was cut out of another one hold only what the chosen events refer to? Both are
decoded by tests/reel.py; every entry of a dictionary, string, payload and document of the copy has
to be one that events of the process, in the original, refer to.
    tests/leaks.py ORIGINAL COPY NAME       (COPY has the events of processes of that NAME)"""
import json
import sys

import reel


def decode(path):
    """Blocks and documents of a file."""
    with open(path, "rb") as f:
        data = f.read()
    blocks, documents = [], []
    for kind, _, n, _, _, _, payload in reel.frames(data):
        if kind == 1:
            blocks.append(reel.Block(payload, n))
        elif kind == 2:
            documents.append(json.loads(payload))
    return blocks, documents


class Held:
    """Everything that rows of a block refer to, by content."""

    def __init__(self):
        self.threads, self.files, self.cgroups = set(), set(), set()
        self.strings, self.payloads, self.types = {b""}, {b""}, set()
        self.uids, self.gids, self.paths = set(), set(), set()

    def entry(self, block, entry, strings):
        for key in strings:
            self.strings.add(block.strs[entry[key]])
        return tuple(sorted((k, block.strs[v] if k in strings else v) for k, v in entry.items()
                            if k not in ("cgroup", "cgroup1", "parent")))

    def cgroup(self, block, i):
        if i:
            self.cgroups.add(self.entry(block, block.cgroups[i], ["path"]))
            self.paths.add(block.strs[block.cgroups[i]["path"]].decode("latin-1"))

    def thread(self, block, i):
        t = block.threads[i]
        if not i:
            return
        names = ["comm", "exepath", "args", "env", "cwd"] + [f"anc[{k}].comm" for k in range(8)]
        self.threads.add(self.entry(block, t, names))
        self.cgroup(block, t["cgroup"])
        self.cgroup(block, t["cgroup1"])
        self.uids |= {t[k] for k in ("uid", "euid", "suid", "fsuid", "loginuid")}
        self.gids |= {t[k] for k in ("gid", "egid", "sgid", "fsgid")}
        self.thread(block, t["parent"])

    def file(self, block, i):
        if i:
            self.files.add(self.entry(block, block.files[i], ["path", "peer_path"]))

    def row(self, block, i, nth):
        self.types.add(block.types[block.type[i]][0])
        self.thread(block, block.thread[i])
        self.file(block, block.file[i])
        for arg in block.columns[block.type[i]]:
            if "file" in arg:
                self.file(block, arg["file"][nth])
            if "str" in arg:
                self.strings.add(block.strs[arg["str"][nth]])
            if "bytes" in arg:
                self.payloads.add(arg["bytes"][nth])


def rows(block):
    seen = [0] * block.ntypes
    for i, t in enumerate(block.type):
        yield i, seen[t]
        seen[t] += 1


def wanted(blocks, name):
    held, n = Held(), 0
    for b in blocks:
        for i, nth in rows(b):
            if b.strs[b.threads[b.thread[i]]["comm"]] == name or b.types[b.type[i]][0] == "lost":
                held.row(b, i, nth)
                n += 1
    return held, n


def present(blocks):
    """All that is in a file, referred to or not."""
    held, n = Held(), 0
    for b in blocks:
        for i in range(1, b.nthreads):
            held.thread(b, i)
        for i in range(1, b.nfiles):
            held.file(b, i)
        for i in range(1, b.ncgroups):
            held.cgroup(b, i)
        for i, nth in rows(b):
            held.row(b, i, nth)
        held.strings |= set(b.strs)
        held.types |= {t[0] for t in b.types}
        for ident, cursor in b.opened.items():
            assert cursor.at == len(cursor.data), f"bytes in stream {ident} that nobody has"
        assert set(b.streams) == set(b.opened), "streams that nobody has"
        n += b.n
    return held, n


def check_documents(documents, held):
    told = []
    for d in documents:
        if d["kind"] == "of-host":
            d = d["doc"]
        if d["kind"] in ("container", "service") and not any(
                d["id"].rpartition("/")[2] in p for p in held.paths):
            told.append(f"{d['kind']} {d['id'][:12]}")
        for key, ids in (("users", held.uids), ("homes", held.uids), ("shells", held.uids),
                         ("groups", held.gids)):
            told += [f"{key}: {i}" for i in d.get(key, {}) if int(i) not in ids]
    return told


def main():
    name = sys.argv[3].encode()
    original, _ = decode(sys.argv[1])
    copy, documents = decode(sys.argv[2])
    want, n = wanted(original, name)
    have, m = present(copy)
    told = check_documents(documents, want)
    for what in ("threads", "files", "cgroups", "strings", "payloads", "types"):
        told += [f"{what}: {x}" for x in getattr(have, what) - getattr(want, what)]
    if n != m or not n:
        told.append(f"{m} rows of {n}")
    sys.exit("\n".join(str(t)[:300] for t in told[:20]) or 0)


if __name__ == "__main__":
    main()
