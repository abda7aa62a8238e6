#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second reader of capture files, written from docs/reel-format.md alone, to keep that page
honest. Prints what a file holds as JSON lines; tests/check-reel-py.sh compares them with what
the program's own reader sees.     tests/reel.py FILE"""
import ctypes
import ctypes.util
import json
import struct
import sys

M64 = (1 << 64) - 1


def library(name, file):
    return ctypes.CDLL(ctypes.util.find_library(name) or file)


zstd = library("zstd", "libzstd.so.1")
zstd.ZSTD_decompress.restype = ctypes.c_size_t
zstd.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
xxhash = library("xxhash", "libxxhash.so.0")
xxhash.XXH3_64bits.restype = ctypes.c_uint64
xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


class Damage(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Damage(what)


def checksum(data):
    return xxhash.XXH3_64bits(data, len(data))


def decompress(data, raw_len):
    out = ctypes.create_string_buffer(max(raw_len, 1))
    got = zstd.ZSTD_decompress(out, raw_len, data, len(data))
    need(got == raw_len, "zstd")
    return out.raw[:raw_len]


def unzigzag(z):
    return (z >> 1) ^ (-(z & 1) & M64)


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def bytes(self, n):
        need(self.at + n <= len(self.data), "too short")
        self.at += n
        return self.data[self.at - n:self.at]

    def u8(self):
        return self.bytes(1)[0]

    def unpack(self, form):
        return struct.unpack("<" + form, self.bytes(struct.calcsize("<" + form)))

    def varint(self):
        value = 0
        for i in range(10):
            byte = self.u8()
            need(i < 9 or byte < 2, "varint")
            value |= (byte & 0x7f) << (7 * i)
            if byte < 0x80:
                return value
        raise Damage("varint")

    def planes(self, width, m):
        need(width <= 8, "width")
        planes = [self.bytes(m) for _ in range(width)]
        return [sum(p[i] << (8 * k) for k, p in enumerate(planes)) for i in range(m)]

    def column(self, count):
        if count == 0:
            return []
        head = self.u8()
        width, delta, zigzag, palette = head & 15, head & 16, head & 32, head & 64
        need(not head & 128 and not (palette and (delta or zigzag)), "head of a column")
        if palette:
            entries = self.varint()
            need(1 <= entries <= 4096, "palette")
            pwidth = self.u8()
            pbase = unzigzag(self.varint())
            table = [(x + pbase) & M64 for x in self.planes(pwidth, entries)]
        else:
            base = unzigzag(self.varint())
        out = []
        if delta:
            out.append(unzigzag(self.varint()))
        for x in self.planes(width, count - len(out)):
            if palette:
                need(x < len(table), "palette entry")
                out.append(table[x])
                continue
            x = ((unzigzag(x) if zigzag else x) + base) & M64
            out.append((x + out[-1]) & M64 if delta else x)
        return out

    def indexes(self, count, limit):
        values = self.column(count)
        need(all(v < limit for v in values), "index")
        return values


THREAD = {
    1: "id", 2: "start", 3: "pid_start", 4: "tid", 5: "pid", 6: "ppid", 7: "vtid", 8: "vpid",
    9: "sid", 10: "pgid", 11: "vsid", 12: "vpgid", 13: "tty", 14: "uid", 15: "gid", 16: "euid",
    17: "egid", 18: "suid", 19: "sgid", 20: "fsuid", 21: "fsgid", 22: "loginuid",
    23: "cap_inheritable", 24: "cap_permitted", 25: "cap_effective", 26: "ns_pid", 27: "ns_mnt",
    28: "ns_net", 29: "ns_user", 30: "ns_uts", 31: "ns_ipc", 32: "ns_cgroup", 33: "exe_dev",
    34: "exe_ino", 35: "exe_mtime", 36: "exe_ctime", 37: "exe_flags", 38: "cgroup",
    39: "cgroup1", 40: "comm", 41: "exepath", 42: "args", 43: "env", 44: "cwd", 45: "why",
    46: "nanc", 47: "nthreads", 48: "parent", 49: "host",
}
for _k in range(8):
    THREAD[64 + 2 * _k] = f"anc[{_k}].pid"
    THREAD[65 + 2 * _k] = f"anc[{_k}].comm"
FILE = {
    1: "ino", 2: "dev", 3: "rdev", 4: "mode", 5: "kind", 6: "flags", 7: "l4proto",
    8: "sock_type", 9: "family", 10: "lport", 11: "rport", 12: "laddr[0]", 13: "laddr[8]",
    14: "raddr[0]", 15: "raddr[8]", 16: "peer_ino", 17: "path", 18: "peer_path",
    19: "host_path",
}
CGROUP = {1: "id", 2: "hierarchy", 3: "path", 4: "host"}


class Block:
    def __init__(self, payload, n):
        c = Cursor(payload)
        self.n = n
        (self.ntypes, self.nthreads, self.nfiles, self.ncgroups, self.nstrs,
         ngroups, nstreams) = c.unpack("5I2H")
        groups = [c.unpack("IIHBB") for _ in range(ngroups)]
        need(sum(g[2] for g in groups) == nstreams, "streams of the groups")
        tables = [[c.unpack("HHI") for _ in range(g[2])] for g in groups]
        self.streams, self.opened = {}, {}
        for (packed_len, raw_len, _, codec, _), streams in zip(groups, tables):
            raw = c.bytes(packed_len)
            need(codec <= 1, "codec")
            if codec == 1:
                raw = decompress(raw, raw_len)
            need(len(raw) == raw_len == sum(s[2] for s in streams), "lengths of a group")
            at = 0
            for ident, _, length in streams:
                self.streams.setdefault(ident, raw[at:at + length])
                at += length
        need(c.at == len(payload), "bytes behind the groups")
        self.types_()
        self.rows_()
        self.strs_()
        self.threads = self.dictionary(12, THREAD, self.nthreads)
        self.files = self.dictionary(13, FILE, self.nfiles)
        self.cgroups = self.dictionary(14, CGROUP, self.ncgroups)
        self.args_()

    def stream(self, ident):
        self.opened[ident] = Cursor(self.streams.get(ident, b""))
        return self.opened[ident]

    def types_(self):
        c = self.stream(1)
        self.types = []
        for _ in range(self.ntypes):
            name = c.bytes(c.varint())
            need(1 <= len(name) <= 255 and 0 not in name, "name of a type")
            self.types.append((name.decode("latin-1"), list(c.bytes(c.u8()))))
        self.type = c.indexes(self.n, self.ntypes)
        self.rows = [[] for _ in self.types]
        for i, t in enumerate(self.type):
            self.rows[t].append(i)

    def contexts_(self):
        last, before = {}, []
        for t, thread in zip(self.type, self.thread):
            before.append(last.get(thread, -1))
            last[thread] = t
        self.contexts = [sorted(rows, key=lambda i: before[i]) for rows in self.rows]

    def by_type(self, c, order=None):
        out = [0] * self.n
        for rows in order or self.rows:
            for i, v in zip(rows, c.column(len(rows))):
                out[i] = v
        return out

    def rows_(self):
        n = self.n
        self.thread = self.stream(2).indexes(n, self.nthreads)
        self.contexts_()
        if 15 in self.streams:
            self.flags = self.by_type(self.stream(15))
        else:
            self.flags = self.stream(4).column(n)
        if 16 in self.streams:
            self.dur = self.by_type(self.stream(16), self.contexts)
        else:
            self.dur = self.by_type(self.stream(6))
        self.ret = self.by_type(self.stream(7))
        self.cpus_()
        self.times_()
        self.files_()

    def cpus_(self):
        c = self.stream(3)
        order = c.u8()
        self.cpu = c.column(self.n)
        if order == 2:
            last = {}
            for i, t in enumerate(self.thread):
                last[t] = (last.get(t, 0) + unzigzag(self.cpu[i])) & M64
                self.cpu[i] = last[t]
        need(order in (0, 2) and all(v < 65536 for v in self.cpu), "CPU")

    def times_(self):
        c = self.stream(5)
        order = c.u8()
        need(order <= 3, "order of times")
        before = c.varint() if order else 0
        self.time = self.by_type(c, self.contexts) if order == 3 else c.column(self.n)
        last = {}
        for i in range(self.n if order else 0):
            p = before
            if order >= 2 and last.get(self.thread[i], M64) != M64:
                p = last[self.thread[i]]
            self.time[i] = before = (self.time[i] + p + self.dur[i]) & M64
            last[self.thread[i]] = before

    def files_(self):
        c = self.stream(8)
        order = c.u8()
        self.file = self.by_type(c)
        if order == 2:
            last = {}
            for i, t in enumerate(self.thread):
                if self.file[i]:
                    last[t] = (last.get(t, 0) + unzigzag(self.file[i] - 1)) & M64
                    self.file[i] = last[t]
        need(order in (0, 2) and all(v < self.nfiles for v in self.file), "file")

    def strs_(self):
        self.strs = [b""]
        if 17 not in self.streams:
            c = self.stream(11)
            self.strs += [c.bytes(n) for n in c.column(self.nstrs - 1)]
            return
        c = self.stream(17)
        back, prefix, rest = (c.column(self.nstrs - 1) for _ in range(3))
        need(sum(prefix) + sum(rest) <= 1 << 28, "text of the strings")
        for i, (b, p, n) in enumerate(zip(back, prefix, rest), 1):
            need(b <= i and p <= (len(self.strs[i - b]) if b else 0), "prefix of a string")
            self.strs.append((self.strs[i - b][:p] if b else b"") + c.bytes(n))

    def dictionary(self, ident, names, count):
        entries = [dict.fromkeys(names.values(), 0) for _ in range(count)]
        c = self.stream(ident)
        number = c.u8()
        while number:
            for entry, v in zip(entries[1:], c.column(count - 1)):
                if number in names:
                    entry[names[number]] = v
            number = c.u8()
        return entries

    def predicted(self, c, t, arg, limit):
        rows = self.rows[t]
        prediction = c.u8()
        a = self.columns[t]
        if prediction == 1:
            return [0] * len(rows)
        if prediction == 0:
            p = [0] * len(rows)
        elif prediction == 2:
            p = [self.ret[i] if 0 < self.ret[i] < 1 << 63 else 0 for i in rows]
        elif prediction == 3:
            p = [self.file[i] for i in rows]
        elif prediction == 4:
            p = [len(self.strs[s]) for s in a[arg]["str"]]
        elif prediction == 5:
            cap = c.varint()
            p = [min(x, cap) for x in a[arg]["truelen"]]
        elif prediction in (7, 8):
            return self.since(c, rows, self.thread if prediction == 7 else self.file, limit)
        else:
            need(prediction >= 16, "prediction")
            p = a[prediction - 16]["val"]
        out = [(d + x) & M64 for d, x in zip(c.column(len(rows)), p)]
        need(all(v < limit for v in out), "value of an argument")
        return out

    @staticmethod
    def since(c, rows, keys, limit):
        last, out = {}, []
        for d, i in zip(c.column(len(rows)), rows):
            last[keys[i]] = (last.get(keys[i], 0) + d) & M64
            out.append(last[keys[i]])
        need(all(v < limit for v in out), "value of an argument")
        return out

    def fds(self, c, rows, files):
        prediction = c.u8()
        need(prediction in (0, 6), "prediction of an fd")
        out = []
        for d, f in zip(c.column(len(rows)), files):
            self.last_fd[f] = (d + (self.last_fd.get(f, 0) if prediction else 0)) & M64
            out.append(self.last_fd[f])
        return out

    def args_(self):
        c = self.stream(9)
        self.last_fd = {}
        self.columns = [[{"cls": k} for k in classes] for _, classes in self.types]
        for t, args in enumerate(self.columns):
            if not self.rows[t]:
                continue
            for k, a in enumerate(args):
                if a["cls"] == 2:
                    a["file"] = self.predicted(c, t, k, self.nfiles)
            for k, a in enumerate(args):
                a["val"] = (self.fds(c, self.rows[t], a["file"]) if a["cls"] == 2
                            else self.predicted(c, t, k, 1 << 64))
            for k, a in enumerate(args):
                if a["cls"] == 1:
                    a["str"] = self.predicted(c, t, k, self.nstrs)
                    a["truelen"] = self.predicted(c, t, k, 1 << 32)
                elif a["cls"] == 3:
                    a["truelen"] = self.predicted(c, t, k, 1 << 32)
                    a["length"] = self.predicted(c, t, k, 1 << 32)
                if a["cls"]:
                    a["status"] = self.predicted(c, t, k, 256)
        with_bytes = [a for t, args in enumerate(self.columns) if self.rows[t]
                      for a in args if a["cls"] == 3]
        if 19 in self.streams:
            self.payloads_(with_bytes)
            return
        heap = self.stream(10)
        for a in with_bytes:
            a["bytes"] = [heap.bytes(n) for n in a["length"]]

    def payloads_(self, with_bytes):
        c, repeats, records = self.stream(19), self.stream(18), []
        for a in with_bytes:
            a["back"] = repeats.column(sum(1 for n in a["length"] if n))
        for a in with_bytes:
            lengths = [n for n in a["length"] if n]
            new = self.layout(c, [n for n, x in zip(lengths, a["back"]) if not x])
            back = iter(a["back"])
            a["bytes"] = []
            for n in a["length"]:
                x = next(back) if n else None
                if x == 0:
                    records.append(new.pop(0))
                need(not x or x <= len(records), "repeat")
                a["bytes"].append(b"" if x is None else records[-(x or 1)])
                need(len(a["bytes"][-1]) == n, "length of a repeat")

    @staticmethod
    def layout(c, lengths):
        if not lengths:
            return []
        layout, size = c.u8(), lengths[0]
        if layout == 0:
            return [c.bytes(n) for n in lengths]
        need(layout == 1 and set(lengths) == {size}, "layout of payloads")
        parts = []
        for at in range(0, size, 8):
            parts.append([v.to_bytes(8, "little")[:size - at] for v in c.column(len(lengths))])
        return [b"".join(words) for words in zip(*parts)]

    def lines(self, first):
        for name in ("threads", "files", "cgroups"):
            for i, entry in enumerate(getattr(self, name)):
                yield {name: i, **entry}
        for i, s in enumerate(self.strs):
            yield {"string": i, "hex": s.hex()}
        seen = [0] * self.ntypes
        for i, t in enumerate(self.type):
            row, seen[t] = seen[t], seen[t] + 1
            args = []
            for a in self.columns[t]:
                arg = {"val": a["val"][row]}
                for key in ("file", "str", "truelen", "status"):
                    if key in a:
                        arg[key] = a[key][row]
                if "bytes" in a:
                    arg["hex"] = a["bytes"][row].hex()
                args.append(arg)
            yield {"num": first + i, "time": self.time[i], "dur": self.dur[i], "ret": self.ret[i],
                   "cpu": self.cpu[i], "flags": self.flags[i], "thread": self.thread[i],
                   "file": self.file[i], "type": self.types[t][0], "args": args}


def frames(data):
    c = Cursor(data)
    need(c.bytes(8) == bytes.fromhex("f57265656c0d0a00"), "magic")
    major, _, length, ident, stored = c.unpack("HHIQQ")
    need(stored == checksum(data[:24]) and major in (1, 2), "file header")
    at = length
    while at < len(data):
        c = Cursor(data)
        c.at = at
        need(c.bytes(8) == bytes.fromhex("f5b766729a616de1"), "sync word")
        (kind, flags, events, file_id, payload_len, raw_len, first, low, high, ext_len, _,
         payload_sum, stored) = c.unpack("HHI6Q2I2Q")
        need(stored == checksum(data[at:at + 80]) and file_id == ident, "frame header")
        c.bytes(ext_len)
        payload = c.bytes(payload_len)
        need(payload_sum == checksum(payload), "payload")
        yield kind, flags, events, first, low, high, \
            decompress(payload, raw_len) if flags & 2 else payload
        at += (88 + ext_len + payload_len + 7) // 8 * 8


def lines(data):
    blocks = events = 0
    for kind, flags, n, first, low, high, payload in frames(data):
        if kind == 1:
            need(first == events + 1, "number of the first event")
            block = Block(payload, n)
            yield {"block": blocks, "events": n, "min_time": low, "max_time": high}
            need(n == 0 or (min(block.time), max(block.time)) == (low, high), "time range")
            yield from block.lines(first)
            blocks, events = blocks + 1, events + n
        elif kind == 2:
            document = json.loads(payload)
            need(isinstance(document, dict) and document.get("kind"), "document")
        elif kind == 4:
            need(Cursor(payload[8:]).unpack("QQ") == (blocks, events), "end mark")
        else:
            need(kind == 3 or flags & 1, "type of a frame")


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    try:
        for line in lines(data):
            print(json.dumps(line, separators=(",", ":")))
    except Damage as e:
        sys.exit(f"reel.py: {sys.argv[1]}: damaged: {e}")


if __name__ == "__main__":
    main()
