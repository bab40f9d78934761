"""A program for a terminal: says what it reads, how wide the terminal is, and when it is interrupted."""
import os
import signal
import sys


def interrupted(number, frame):
    print("interrupted", flush=True)


signal.signal(signal.SIGINT, interrupted)
own = open("/dev/tty") if len(sys.argv) > 1 else None
print("job", os.getpid(), "in", os.getsid(0), flush=True)
count = 0
for line in sys.stdin:
    count += 1
    width = os.get_terminal_size(1).columns
    others = [os.ttyname(i) == os.ttyname(0) for i in (1, 2)]
    print("line", count, line.strip().upper(), width, all(others), flush=True)
sys.exit(40 + count)
