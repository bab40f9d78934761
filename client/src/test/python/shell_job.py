"""A shell's job is dumped in one terminal and restored in another one.

usage: shell_job.py CRIU_LAZY IMAGES DUMP_OPTIONS RESTORE_OPTIONS
Options are words with blanks in between. Exits with 0 if the job goes on in the second terminal.
"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

JOB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "job.py")


class Terminal:
    """A pseudo-terminal with an interactive shell in it."""

    def __init__(self, columns):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["PS1"] = "ready$ "
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.expect("ready$ ")

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, text, seconds=60):
        end = time.monotonic() + seconds
        while text not in self.text:
            if time.monotonic() > end:
                sys.exit("no %r in %r" % (text, self.text))
            if select.select([self.fd], [], [], 0.1)[0]:
                self.text += os.read(self.fd, 4096).decode(errors="replace")
        before, self.text = self.text.split(text, 1)
        return before

    def word(self):
        self.expect_more()
        return self.text.split()[0]

    def expect_more(self):
        while not self.text.split():
            self.text += os.read(self.fd, 4096).decode(errors="replace")


def main(program, images, dump_options, restore_options):
    first = Terminal(71)
    first.type("%s %s\n" % (sys.executable, JOB))
    first.expect("job ")
    pid = int(first.word())
    first.type("one\n")
    first.expect("line 1 ONE 71 True")
    dump = [program, "dump", "-t", str(pid), "-D", images] + dump_options.split()
    refused = subprocess.run([w for w in dump if w != "--shell-job"], capture_output=True)
    if refused.returncode == 0 or b"--shell-job" not in refused.stderr:
        sys.exit("it was dumped without --shell-job, or so: %r" % refused.stderr)
    subprocess.run(dump, check=True)
    first.expect("Killed")
    first.expect("ready$ ")
    second = Terminal(93)
    second.type("%s restore -D %s %s; echo code $?\n" % (program, images, restore_options))
    while not os.path.exists("/proc/%d" % pid):
        time.sleep(0.01)
    second.type("two\n")
    second.expect("line 2 TWO 93 True")
    second.type("\x03")
    # Python runs a handler that comes just before it waits for input only when there is input.
    second.type("three\n")
    second.expect("interrupted")
    second.expect("line 3 THREE 93 True")
    second.type("\x04")
    second.expect("code 43")
    second.expect("ready$ ")


main(*sys.argv[1:])
