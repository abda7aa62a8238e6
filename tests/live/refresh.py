# SPDX-License-Identifier: Apache-2.0
"""Runs a command on a terminal of 12 lines and 60 columns until the screen has been filled three
times and is cleared again, then types Ctrl-C. Prints each screen, with a line "-- screen" before it.
  refresh.py COMMAND..."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

CLEAR = b"\x1b[H\x1b[J"


def main():
    ready, go = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.close(go)
        os.read(ready, 1)  # the terminal has its size
        os.environ.update(TERM="xterm", LC_ALL="C.UTF-8", NO_COLOR="1")
        os.execvp(sys.argv[1], sys.argv[1:])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
    os.write(go, b"x")
    text, typed, end = b"", False, time.monotonic() + 120
    while time.monotonic() < end:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:  # it is gone
            break
        if not data:
            break
        text += data
        if text.count(CLEAR) > 3 and not typed:
            os.write(fd, b"\x03")
            typed = True
    os.waitpid(pid, 0)
    for screen in text.split(CLEAR):
        print("-- screen\n" + screen.decode(errors="replace").replace("\r\n", "\n"))


if __name__ == "__main__":
    main()
