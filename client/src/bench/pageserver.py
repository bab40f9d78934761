#!/usr/bin/env python3
"""Page servers alone: requests for single pages and for ranges, of a C program's memory, criu's server and ours.

usage: pageserver.py CRIU CRIU_LAZY [--mib 256] [--runs 5]

Dumps a process with CRIU and has its pages served over loopback by each server in turn, each page once, to one client
in C. Prints medians as a table. Needs root and gcc.
"""
import argparse
import os
import re
import statistics
import subprocess
import tempfile

from restores import HERE, Result, finish, quiet, wait_for

PAGE = 4096
SYSCTLS = {"pipe-max-size": 1 << 30, "pipe-user-pages-soft": 0}  # criu's server keeps all pages in pipes


def build(work, name):
    program = os.path.join(work, name)
    subprocess.check_call(["gcc", "-O2", "-o", program, os.path.join(HERE, name + ".c")])
    return program


def dump(options, work):
    """Dumps a process with so much memory; its pid and the memory's address."""
    images, shared = os.path.join(work, "images"), os.path.join(work, "result")
    os.makedirs(images)
    argv = [build(work, "toucher"), shared, str(options.mib), "1", "0"]
    toucher = quiet(argv, start_new_session=True)
    wait_for(lambda: os.path.exists(shared) and os.path.getsize(shared), "the toucher")
    result = Result(shared)
    wait_for(lambda: result["state"] == 1, "the toucher fills its memory")
    address = None
    with open(f"/proc/{toucher.pid}/maps") as maps:
        for line in maps:
            first, last = (int(bound, 16) for bound in line.split()[0].split("-"))
            if last - first >= options.mib << 20:
                address = last - (options.mib << 20)
    finish([options.criu, "dump", "-t", str(toucher.pid), "-D", images])
    toucher.wait()
    return images, toucher.pid, address


def measure(client, server_argv, work, protocol, pid, address, mib, step, depth):
    """Seconds that a server takes to give all pages, so many at a time."""
    log = os.path.join(work, "server.out")
    with open(log, "w") as out:
        server = subprocess.Popen(server_argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/")
    try:
        port = []

        def listens():
            with open(log) as file:
                port[:] = re.findall(r"Using (\d+) port", file.read())
            return port or server.poll() is not None

        wait_for(listens, "the server listens")
        if not port:
            raise SystemExit(f"pageserver.py: {server_argv[0]} does not listen: {open(log).read()}")
        numbers = [port[0], str(pid), hex(address), str(mib * 256), str(step), str(depth)]
        seconds, got = subprocess.check_output([client, protocol, *numbers], text=True, timeout=120).split()
        if int(got) != mib << 20:
            raise SystemExit(f"pageserver.py: {server_argv[0]} gave {got} bytes")
        return float(seconds)
    finally:
        server.kill()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("criu")
    parser.add_argument("criu_lazy")
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    options.criu, options.criu_lazy = os.path.abspath(options.criu), os.path.abspath(options.criu_lazy)
    before = {}
    for name, value in SYSCTLS.items():
        path = "/proc/sys/fs/" + name
        before[path] = open(path).read()
        open(path, "w").write(str(value))
    try:
        with tempfile.TemporaryDirectory() as work:
            run(options, work)
    finally:
        for path, value in before.items():
            open(path, "w").write(value)


def run(options, work):
    images, pid, address = dump(options, work)
    client = build(work, "pageclient")
    serving = ["page-server", "--lazy-pages", "-D", images, "--address", "127.0.0.1"]
    servers = {
        "C, out of memory": ("criu", [client, "serve"]),
        "criu": ("criu", [options.criu, *serving, "-v4", "-o", "-"]),
        "criu-lazy, criu's protocol": ("criu", [options.criu_lazy, *serving]),
        "criu-lazy, its own": ("criu-lazy", [options.criu_lazy, *serving]),
    }
    works = {"4 KiB, one at a time": (1, 1), "4 KiB, 32 under way": (1, 32), "1 MiB, 4 under way": (256, 4)}
    seconds = {(name, kind): [] for name in servers for kind in works}
    for _ in range(options.runs):
        for kind, (step, depth) in works.items():
            for name, (protocol, argv) in servers.items():
                took = measure(client, argv, work, protocol, pid, address, options.mib, step, depth)
                seconds[name, kind].append(took)
    print(f"| {options.mib} MiB, median of {options.runs} | " + " | ".join(works) + " |")
    print("| --- |" + " --- |" * len(works))
    for name in servers:
        cells = []
        for kind, (step, _) in works.items():
            took = statistics.median(seconds[name, kind])
            if step == 1:
                cells.append("%d requests/s" % (options.mib * 256 / took))
            else:
                cells.append("%.2f GB/s" % ((options.mib << 20) / took / 1e9))
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
