#!/usr/bin/env python3
"""Lazy restores of one process, by criu's own daemon and by criu-lazy in turn: what the process itself saw.

usage: restores.py CRIU CRIU_LAZY [--mib 1024] [--stride 1] [--touches 20000] [--runs 5]

CRIU and CRIU_LAZY are the programs. Dumps and restores with CRIU; prints medians as a table. Needs root and gcc.
"""
import argparse
import mmap
import os
import shutil
import signal
import statistics
import struct
import subprocess
import tempfile
import time

FIELDS = ["state", "go", "pid", "wrong", "start", "touched", "verified"]
FAULT_NS = 1500  # an access that took longer than this waited for its page
HERE = os.path.dirname(os.path.abspath(__file__))


class Result:
    """The shared memory of the toucher."""

    def __init__(self, path):
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)

    def __getitem__(self, name):
        return struct.unpack_from("<Q", self.memory, 8 * FIELDS.index(name))[0]

    def go(self):
        struct.pack_into("<Q", self.memory, 8 * FIELDS.index("go"), 1)

    def latencies_us(self):
        count = len(self.memory) // 8 - len(FIELDS)
        waits = struct.unpack_from(f"<{count}Q", self.memory, 8 * len(FIELDS))
        return sorted(w / 1e3 for w in waits if w > FAULT_NS)


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"restores.py: not within {seconds} s: {what}")
        time.sleep(0.002)


def quiet(argv, **options):
    null = subprocess.DEVNULL
    return subprocess.Popen(argv, stdin=null, stdout=null, stderr=null, cwd="/", **options)


def finish(argv):
    if quiet(argv).wait() != 0:
        raise SystemExit("restores.py: failed: " + " ".join(argv))


def restore_once(options, daemon_argv, work):
    images, result_path = os.path.join(work, "images"), os.path.join(work, "result")
    shutil.rmtree(images, ignore_errors=True)
    os.makedirs(images)
    sizes = [str(options.mib), str(options.stride), str(options.touches)]
    toucher = quiet([os.path.join(work, "toucher"), result_path, *sizes], start_new_session=True)
    wait_for(lambda: os.path.exists(result_path) and os.path.getsize(result_path), "the toucher")
    result = Result(result_path)
    wait_for(lambda: result["state"] == 1, "the toucher fills its memory")
    finish([options.criu, "dump", "-t", str(result["pid"]), "-D", images])
    toucher.wait()
    begun = time.monotonic()
    daemon = quiet([*daemon_argv, "-D", images])
    try:
        wait_for(lambda: os.path.exists(os.path.join(images, "lazy-pages.socket")), "the daemon")
        ready = time.monotonic()
        result.go()
        restored_ns = time.time_ns()
        finish([options.criu, "restore", "-D", images, "-d", "--lazy-pages"])
        wait_for(lambda: result["state"] == 2, "the process verifies itself")
        daemon.wait(60)
        return {
            "daemon ready, ms": (ready - begun) * 1e3,
            "process runs, ms": (result["start"] - restored_ns) / 1e6,
            "fault p50, us": quantile(result, 0.5),
            "fault p99, us": quantile(result, 0.99),
            "touches, ms": (result["touched"] - result["start"]) / 1e6,
            "whole, ms": (time.time_ns() - restored_ns) / 1e6,
            "wrong words": result["wrong"],
        }
    finally:
        daemon.kill()
        os.kill(result["pid"], signal.SIGKILL)
        wait_for(lambda: not os.path.exists(f"/proc/{result['pid']}"), "the process ends")
        os.unlink(result_path)


def quantile(result, part):
    waits = result.latencies_us()
    return waits[min(len(waits) - 1, int(len(waits) * part))] if waits else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("criu")
    parser.add_argument("criu_lazy")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--stride", type=int, default=1, help="pages from one to the next")
    parser.add_argument("--touches", type=int, default=20000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    options.criu = os.path.realpath(shutil.which(options.criu) or options.criu)
    options.criu_lazy = os.path.realpath(options.criu_lazy)
    daemons = {"criu": [options.criu, "lazy-pages"], "criu-lazy": [options.criu_lazy, "lazy-pages"]}
    runs = {name: [] for name in daemons}
    with tempfile.TemporaryDirectory() as work:
        source, program = os.path.join(HERE, "toucher.c"), os.path.join(work, "toucher")
        subprocess.check_call(["gcc", "-O2", "-o", program, source])
        for _ in range(options.runs):
            for name, argv in daemons.items():
                runs[name].append(restore_once(options, argv, work))
    print("| median of %d | criu | criu-lazy | ratio |\n| --- | --- | --- | --- |" % options.runs)
    for key in runs["criu"][0]:
        criu, ours = (statistics.median(run[key] for run in runs[name]) for name in daemons)
        print("| %s | %.1f | %.1f | %s |" % (key, criu, ours, "%.2f" % (ours / criu) if criu else ""))


if __name__ == "__main__":
    main()
