#!/usr/bin/env python3
"""Lazy restores of one process, by criu's own daemon and by criu-lazy in turn: what the process itself saw.

usage: restores.py CRIU CRIU_LAZY [--remote] [--mib 1024] [--stride 1] [--touches 20000] [--runs 5] [--only NAMES]

CRIU and CRIU_LAZY are the programs. Dumps and restores with CRIU; prints medians as a table, each with its ratio to
the first column's. --remote: pages come from a page server on loopback, or on a unix socket which hands its files over.
Needs root and gcc.
"""
import argparse
import contextlib
import mmap
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

FIELDS = ["state", "go", "pid", "wrong", "start", "touched", "verified"]
FAULT_NS = 1500  # an access that took longer than this waited for its page
HERE = os.path.dirname(os.path.abspath(__file__))
SYSCTLS = {"pipe-max-size": 1 << 30, "pipe-user-pages-soft": 0}  # criu's server keeps all pages in pipes


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


@contextlib.contextmanager
def room_in_pipes():
    before = {}
    for name, value in SYSCTLS.items():
        path = "/proc/sys/fs/" + name
        with open(path) as file:
            before[path] = file.read()
        with open(path, "w") as file:
            file.write(str(value))
    try:
        yield
    finally:
        for path, value in before.items():
            with open(path, "w") as file:
                file.write(value)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    with open("/proc/net/tcp") as four, open("/proc/net/tcp6") as six:
        return re.search(r":%04X [0-9A-F]+:0000 0A" % port, four.read() + six.read())


@contextlib.contextmanager
def serving(argv, images, unix=False):
    """A page server for images; yields its address as it and its clients are told."""
    path, port = images + ".socket", free_port()
    address = ["--address", "unix:" + path] if unix else ["--address", "127.0.0.1", "--port", str(port)]
    server = quiet([*argv, "--lazy-pages", "-D", images, *address])
    try:
        wait_for(
            lambda: server.poll() is not None or (os.path.exists(path) if unix else is_listening(port)),
            "the page server listens",
        )
        if server.poll() is not None:
            raise SystemExit(f"{argv[0]}: the page server does not listen")
        yield address
    finally:
        server.kill()
        server.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def restore_once(options, contestant, work):
    server_argv, is_unix, daemon_argv = contestant
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
    daemon_argv = [*daemon_argv, "-D", images]
    if not server_argv:
        return measure(options, result, daemon_argv, images, result_path)
    with serving(server_argv, images, is_unix) as address:
        return measure(options, result, [*daemon_argv, "--page-server", *address], images, result_path)


def measure(options, result, daemon_argv, images, result_path):
    begun = time.monotonic()
    daemon = quiet(daemon_argv)
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


def contestants(options):
    """By name: the page server, if there is one; whether it is on a unix socket; the daemon that the restore asks."""
    criu, ours = ([program, "lazy-pages"] for program in (options.criu, options.criu_lazy))
    if not options.remote:
        return {"criu": (None, False, criu), "criu-lazy": (None, False, ours)}
    criu_server, our_server = ([program, "page-server"] for program in (options.criu, options.criu_lazy))
    return {
        "criu": (criu_server, False, criu),
        "criu-lazy": (our_server, False, ours),
        "criu-lazy, no short circuit": (our_server, False, [*ours, "--no-short-circuit"]),
        "criu's client, our server": (our_server, False, criu),
        "our client, criu's server": (criu_server, False, ours),
        "criu-lazy, unix socket": (our_server, True, ours),
        "criu-lazy, images of this host": (None, False, ours),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("criu")
    parser.add_argument("criu_lazy")
    parser.add_argument("--remote", action="store_true")
    parser.add_argument("--only", default="", help="names of columns, separated by semicolons")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--stride", type=int, default=1, help="pages from one to the next")
    parser.add_argument("--touches", type=int, default=20000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    options.criu = os.path.realpath(shutil.which(options.criu) or options.criu)
    options.criu_lazy = os.path.realpath(options.criu_lazy)
    daemons = contestants(options)
    if options.only:
        daemons = {name: how for name, how in daemons.items() if name in options.only.split(";")}
    runs = {name: [] for name in daemons}
    with tempfile.TemporaryDirectory() as work, room_in_pipes() if options.remote else contextlib.nullcontext():
        source, program = os.path.join(HERE, "toucher.c"), os.path.join(work, "toucher")
        subprocess.check_call(["gcc", "-O2", "-o", program, source])
        for _ in range(options.runs):
            for name, contestant in daemons.items():
                runs[name].append(restore_once(options, contestant, work))
                print(name, runs[name][-1], file=sys.stderr)
    show(options, runs)


def show(options, runs):
    names = list(runs)
    print("| median of %d | %s |" % (options.runs, " | ".join(names)))
    print("| --- |" + " --- |" * len(names))
    for key in runs[names[0]][0]:
        medians = [statistics.median(run[key] for run in runs[name]) for name in names]
        cells = ["%.1f" % medians[0]]
        cells += ["%.1f (%.2f)" % (m, m / medians[0]) if medians[0] else "%.1f" % m for m in medians[1:]]
        print("| %s | %s |" % (key, " | ".join(cells)))


if __name__ == "__main__":
    main()
