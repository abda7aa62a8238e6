#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is a header of chisels compatible with the one that was released? Layouts are what clang says.
  tests/abi.py RELEASED CURRENT     prints what moved; status 1 if anything did
Structs that begin with their size may grow at their end; all others, the numbers of enums, and
SYSREEL_MAX_COLS never change."""
import os
import re
import subprocess
import sys
import tempfile

MACROS = ["SYSREEL_CHISEL_ABI", "SYSREEL_MAX_COLS"]


def clang(args, text, tmp):
    path = os.path.join(tmp, "probe.c")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return subprocess.run(["clang", "-std=gnu17", "-I" + tmp, *args, path], check=True,
                          capture_output=True, text=True).stdout


class Header:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        code = re.sub(r"/\*.*?\*/", "", self.text, flags=re.S)
        self.structs = re.findall(r"^struct (\w+) \{", code, re.M)
        enums = re.findall(r"^enum \w+ \{(.*?)\};", code, re.M | re.S)
        self.names = [n for body in enums for n in re.findall(r"\b(SYSREEL_\w+)\s*(?:=[^,]*)?,?\s*$",
                                                               body, re.M)] + MACROS
        with tempfile.TemporaryDirectory() as tmp:
            with open(os.path.join(tmp, "chisel.h"), "w", encoding="utf-8") as f:
                f.write(self.text)
            self.layouts = self.read_layouts(tmp)
            self.values = self.read_values(tmp)

    def read_layouts(self, tmp):
        """struct: (its size, [(offset, type and name)...])"""
        probe = '#include "chisel.h"\n' + "".join(
            f"char size_of_{s}[sizeof(struct {s})];\n" for s in self.structs)
        out = clang(["-fsyntax-only", "-Xclang", "-fdump-record-layouts"], probe, tmp)
        layouts = {}
        for block in out.split("*** Dumping AST Record Layout\n")[1:]:
            lines = block.splitlines()
            name = re.match(r"\s*0 \| struct (\w+)$", lines[0])
            if not name:
                continue
            rows = [m.groups() for m in (re.match(r"\s*(\d+) \|\s*(.*)$", x) for x in lines[1:]) if m]
            # the place in the file of what has no name
            rows = [(int(at), re.sub(r" at [^)]*", "", what)) for at, what in rows]
            size = next(int(m.group(1)) for m in (re.search(r"sizeof=(\d+)", x) for x in lines) if m)
            layouts[name.group(1)] = (size, rows)
        return layouts

    def read_values(self, tmp):
        probe = '#include "chisel.h"\n#include <stdio.h>\nint main(void)\n{\n' + "".join(
            f'printf("%s %lld\\n", "{n}", (long long){n});\n' for n in self.names) + "}\n"
        program = os.path.join(tmp, "probe")
        clang(["-o", program], probe, tmp)
        out = subprocess.run([program], check=True, capture_output=True, text=True).stdout
        return dict(line.split() for line in out.splitlines())


def differences(old, new):
    for name, (size, rows) in old.layouts.items():
        if name not in new.layouts:
            yield f"struct {name} is gone"
            continue
        now_size, now = new.layouts[name]
        for i, row in enumerate(rows):
            if i >= len(now) or now[i] != row:
                have = f"{now[i][1]} at {now[i][0]}" if i < len(now) else "nothing"
                yield f"struct {name}: was {row[1]} at {row[0]}, is {have}"
                break
        grows = rows and rows[0] == (0, "size_t size")
        if now_size != size and not (grows and now_size > size):
            yield f"struct {name}: had {size} bytes, has {now_size}"
    for name, value in old.values.items():
        if new.values.get(name) != value:
            yield f"{name}: was {value}, is {new.values.get(name, 'gone')}"


def main():
    old, new = Header(sys.argv[1]), Header(sys.argv[2])
    if len(old.layouts) < 11 or len(old.values) < 40:
        sys.exit(f"{sys.argv[1]}: only {len(old.layouts)} structs and {len(old.values)} numbers in it?")
    found = list(differences(old, new))
    print("\n".join(found) if found else
          f"{len(old.layouts)} structs and {len(old.values)} numbers are where they were")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
