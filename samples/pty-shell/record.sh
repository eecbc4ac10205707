#!/usr/bin/env bash
# A program is put on a terminal of its own by an interpreter, and a shell by script, as people do with a
# shell that came over the network.
. "$(dirname "$0")/../lib/harness.sh"

attack() {
    /usr/bin/python3 -I -S -c 'import pty; pty.spawn("/bin/true")'
    script -qc sh /dev/null >/dev/null
}

benign() {
    /usr/bin/python3 -I -S -c 'import subprocess; subprocess.run(["/bin/true"])'
    script -qc true /dev/null >/dev/null
}

record_command
