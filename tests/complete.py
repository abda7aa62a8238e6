#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completion in real shells: types a line and the tab key, and looks what became of the line.
  tests/complete.py SHELL SYSREEL       SHELL: bash or zsh; prints a line for each case"""
import os
import pty
import re
import select
import shutil
import sys
import tempfile
import time

# What is typed, what the tab key makes of it; None: a list with these words is shown.
CASES = [
    ("sysreel inf", "sysreel info "),
    ("sysreel read --print-asc", "sysreel read --print-ascii "),
    ("sysreel read x.reel evt.type=execveat", "sysreel read x.reel evt.type=execveat"),
    ("sysreel read x.reel evt.type=sched_rr", "sysreel read x.reel evt.type=sched_rr_get_interval"),
    ("sysreel read x.reel 'evt.type=sched_rr", "sysreel read x.reel 'evt.type=sched_rr_get_interval"),
    ("sysreel live 'proc.name=a and container.privi", "sysreel live 'proc.name=a and container.privileged"),
    ("sysreel filter 'evt.type in (open, sched_rr", "sysreel filter 'evt.type in (open, sched_rr_get_interval"),
    ('sysreel filter "fd.type=direc', 'sysreel filter "fd.type=directory'),
    ("sysreel filter proc.cmdlen", "sysreel filter proc.cmdlenargs"),
    ("sysreel filter 'proc.name bstartsw", "sysreel filter 'proc.name bstartsw"),
    ("sysreel filter 'evt.buffer bstartsw", "sysreel filter 'evt.buffer bstartswith"),
    ("sysreel read x.reel -p '%evt.num %proc.cmdlen", "sysreel read x.reel -p '%evt.num %proc.cmdlenargs"),
    ("sysreel read x.reel --by proc.name,fd.filen", "sysreel read x.reel --by proc.name,fd.filename"),
    ("sysreel read x.reel --color alw", "sysreel read x.reel --color always "),
    ("sysreel chisel bui", "sysreel chisel build "),
    ("sysreel info unmista", "sysreel info unmistakable.reel "),
    ("sysreel fields container.health", ["container.health", "container.healthcheck"]),
    ("sysreel filter 'fd.type=", ["file", "ipv4", "eventpoll"]),
    ("sysreel filter fd.type=", ["file", "ipv4", "eventpoll"]),
    ("sysreel filter evt.failed=", ["true", "false"]),
    ("sysreel filter 'fd.num=3 ", ["and", "or"]),
    ("sysreel ", ["record", "read", "doctor", "help"]),
]

SETUP = {
    "bash": "PS1='$ '; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; "
            "bind 'set page-completions off'; bind 'set completion-query-items 0'; "
            "source cli/sysreel.bash; cd {tmp}; "
            "bind -x '\"\\C-t\": printf \"<%s>\\n\" \"$READLINE_LINE\"'; echo rea\\dy\n",
    "zsh": "PS1='$ '; fpath=({tmp} $fpath); autoload -U compinit; compinit -u -D; cd {tmp}; "
           "unsetopt beep list_ambiguous; LISTMAX=9999; "
           "show() {{ zle -I; print -r -- \"<$BUFFER>\" }}; zle -N show; bindkey '^T' show; "
           "echo rea\\dy\n",
}


class Shell:
    def __init__(self, name, tmp):
        env = dict(os.environ, TERM="dumb", LC_ALL="C.UTF-8", HISTFILE="/dev/null")
        args = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[name]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(args[0], args, env)
        self.text = ""
        self.send("stty cols 200 rows 200; " + SETUP[name].format(tmp=tmp))
        self.wait(r"\nready")

    def send(self, text):
        os.write(self.fd, text.encode())

    def wait(self, pattern, seconds=120):
        """What is printed up to the pattern, which it ends with."""
        end = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.text)
            if found:
                out, self.text = self.text[:found.end()], self.text[found.end():]
                return out
            if time.monotonic() > end or not select.select([self.fd], [], [], seconds)[0]:
                raise TimeoutError(f"no {pattern!r} in {self.text!r}")
            self.text += os.read(self.fd, 65536).decode(errors="replace").replace("\r", "")

    def complete(self, typed, tabs):
        """The line after the tab key, and all that was shown."""
        self.send("\x05\x15" + typed + "\t" * tabs + "\x14")
        out = self.wait(r"<sysreel[^<>]*>\n\$ ")
        line = re.findall(r"<(sysreel[^<>]*)>\n", out)[-1]
        self.send("\x15")
        return line, out


def main():
    name, program = sys.argv[1:]
    tmp = tempfile.mkdtemp()
    os.environ["PATH"] = tmp + ":" + os.environ["PATH"]
    os.symlink(os.path.abspath(program), tmp + "/sysreel")
    shutil.copy("cli/sysreel.zsh", tmp + "/_sysreel")
    open(tmp + "/unmistakable.reel", "w").close()
    shell = Shell(name, tmp)
    bad = 0
    for typed, want in CASES:
        line, out = shell.complete(typed, 1 if isinstance(want, str) else 2)
        if isinstance(want, str):
            # the quote may be closed, and a blank added, as the shell likes it
            good = line in (want, want + "'", want + '"', want + "' ", want + '" ')
        else:
            shown = set(out.replace("\n", " ").split())
            good = all(any(s == w or s.endswith("=" + w) for s in shown) for w in want)
        bad += not good
        print("ok     " if good else "FAILED ", name + ":", typed)
        if not good:
            print("    expected", repr(want), "got", repr(line if isinstance(want, str) else out))
    os.close(shell.fd)
    shutil.rmtree(tmp)
    print(f"{len(CASES) - bad} passed, {bad} failed")
    sys.exit(bad != 0)


main()
