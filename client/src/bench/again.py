#!/usr/bin/env python3
"""How long it takes from the SIGKILL of a supervised daemon in mid-restore until it serves again.

usage: again.py CRIU CRIU_LAZY [--mib 256] [--runs 5]

CRIU and CRIU_LAZY are the programs. One process is dumped once with CRIU and restored again and again by `criu-lazy daemon
--supervise`, which is killed as soon as the process runs. In ms, each run, and the median:
  restores   until the next daemon's log says that the restore is served again
  control    until its supervisor's says that it serves: its control socket answers, too
Needs root and gcc.
"""
import argparse
import glob
import os
import shutil
import signal
import statistics
import tempfile
import time

from restores import quiet, wait_for
from starts import Bench


def child_of(pid):
    children = "".join(open(path).read() for path in glob.glob(f"/proc/{pid}/task/*/children"))
    return int(children.split()[0])


def kill_and_wait(supervisor, log):
    """The ms until each of the two is said."""
    seen = os.path.getsize(log)
    said = {"restores": b"are served again", "control": b"serves again, "}
    milliseconds = {}
    killed_ns = time.monotonic_ns()
    os.kill(child_of(supervisor.pid), signal.SIGKILL)
    while len(milliseconds) < len(said):
        with open(log, "rb") as file:
            file.seek(seen)
            text = file.read()
        for name, words in said.items():
            if name not in milliseconds and words in text:
                milliseconds[name] = (time.monotonic_ns() - killed_ns) / 1e6
        if time.monotonic_ns() - killed_ns > 60e9:
            raise SystemExit("it does not serve again: " + text.decode())
        time.sleep(0.001)
    return milliseconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("criu")
    parser.add_argument("criu_lazy")
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    options.criu = os.path.realpath(shutil.which(options.criu) or options.criu)
    options.criu_lazy = os.path.realpath(options.criu_lazy)
    runs = []
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(options, work)
        bench.dump()
        log = os.path.join(work, "daemon.log")
        argv = [options.criu_lazy, "daemon", "--supervise", "--control", bench.control, "-o", log]
        supervisor = quiet(argv)
        try:
            wait_for(lambda: os.path.exists(bench.control), "the daemon")
            time.sleep(1)
            for _ in range(options.runs):
                begun = bench.begin()
                bench.restore_by_daemon()
                wait_for(lambda: bench.result["start"], "the process runs")
                runs.append(kill_and_wait(supervisor, log))
                bench.end(begun)
                time.sleep(11)  # who dies again within ten seconds is started later
        finally:
            supervisor.terminate()
            supervisor.wait()
    print("load %.1f" % os.getloadavg()[0])
    print("| from the kill, ms | median | all |\n| --- | --- | --- |")
    for name in ("restores", "control"):
        all_ms = [run[name] for run in runs]
        print("| %s | %.0f | %s |" % (name, statistics.median(all_ms), " ".join("%.0f" % ms for ms in all_ms)))


if __name__ == "__main__":
    main()
