#!/usr/bin/env python3
"""Page servers alone: requests for single pages and for ranges, of a C program's memory, criu's server and ours.

usage: pageserver.py CRIU CRIU_LAZY [--mib 256] [--runs 5]

Dumps a process with CRIU and has its pages served over loopback by each server in turn, each page once, to one client
in C (ours also to a third client, which meets a server that has run for a while). Prints medians as a table. Needs root and gcc.
"""
import argparse
import os
import statistics
import subprocess
import tempfile

from restores import HERE, Result, finish, quiet, room_in_pipes, serving, wait_for

PAGE = 4096


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


def measure(client, server_argv, images, rounds, protocol, *numbers):
    """Seconds in which a server gives all pages to the last of so many clients, one after the other."""
    with serving(server_argv, images) as (*_, port):
        for _ in range(rounds):
            argv = [client, protocol, port, *map(str, numbers)]
            seconds, _ = subprocess.check_output(argv, text=True, timeout=120).split()
        return float(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("criu")
    parser.add_argument("criu_lazy")
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    options.criu, options.criu_lazy = os.path.abspath(options.criu), os.path.abspath(options.criu_lazy)
    with room_in_pipes(), tempfile.TemporaryDirectory() as work:
        run(options, work)


def run(options, work):
    images, pid, address = dump(options, work)
    client = build(work, "pageclient")
    ours = [options.criu_lazy, "page-server"]
    servers = {
        "C, out of memory": ("criu", [client, "serve"], 1),
        "criu": ("criu", [options.criu, "page-server"], 1),
        "criu-lazy, criu's protocol, first client": ("criu", ours, 1),
        "criu-lazy, criu's protocol, third": ("criu", ours, 3),
        "criu-lazy, its own, first client": ("criu-lazy", ours, 1),
        "criu-lazy, its own, third": ("criu-lazy", ours, 3),
    }
    works = {"4 KiB, one at a time": (1, 1), "4 KiB, 32 under way": (1, 32), "1 MiB, 4 under way": (256, 4)}
    seconds = {(name, kind): [] for name in servers for kind in works}
    for _ in range(options.runs):
        for kind, (step, depth) in works.items():
            for name, (protocol, argv, rounds) in servers.items():
                numbers = [pid, address, options.mib * 256, step, depth]
                seconds[name, kind].append(measure(client, argv, images, rounds, protocol, *numbers))
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
