#!/usr/bin/env python3
"""Runs a command on a terminal of its own and types into it: terminal.py COMMAND... < KEYS

Each line of KEYS is typed once the terminal has been quiet for a moment, as a person waits for the
prompt. What the terminal shows goes to standard output. Ends with the command's own status, or
with 124 if it has not ended a while after the last line.
"""

import os
import pty
import select
import sys
import time

QUIET = 0.4
PATIENCE = 30.0


def show_until(terminal, done):
    """Copies what the terminal shows until `done(seconds since it last showed anything)`.

    False once the other end is gone.
    """
    last = time.monotonic()
    while not done(time.monotonic() - last):
        ready, _, _ = select.select([terminal], [], [], 0.05)
        if not ready:
            continue
        try:
            shown = os.read(terminal, 4096)
        except OSError:  # EIO: the command closed its terminal
            return False
        if not shown:
            return False
        sys.stdout.buffer.write(shown)
        sys.stdout.buffer.flush()
        last = time.monotonic()
    return True


def main(command):
    keys = sys.stdin.read().splitlines()
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    here = show_until(terminal, lambda quiet: quiet > 2 * QUIET)
    for line in keys:
        if not here:
            break
        os.write(terminal, line.encode() + b"\n")
        here = show_until(terminal, lambda quiet: quiet > QUIET)
    end = time.monotonic() + PATIENCE
    if here and show_until(terminal, lambda _: time.monotonic() > end):
        os.kill(child, 9)
        os.waitpid(child, 0)
        return 124
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
