#!/usr/bin/env python3
"""What io_uring instances add to a dump and to a lazy restore: rounds with a process that has one, and one that has none.

usage: rings.py CRIU CRIU_LAZY [--rounds 10] [--requests 10000000] [--few]

CRIU and CRIU_LAZY are the programs. Prints medians of the seconds that criu-lazy states, as a table: of the whole commands, and
of the part of each that is for io_uring (io_uring_seconds), with its least and its most. --few leaves all kinds of processes out
but the first and the fullest. Needs root and gcc.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import struct
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
C = os.path.join(HERE, "../test/c")
DEFER = 0x3000  # SINGLE_ISSUER | DEFER_TASKRUN
LAUNCH = 'setsid "$@" </dev/null >/dev/null 2>&1 & echo $!'


def await_true(condition, what):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("rings.py: not within 60 s: " + what)
        time.sleep(0.005)


def launch(argv):
    out = subprocess.run(["sh", "-c", LAUNCH, "sh"] + argv, stdout=subprocess.PIPE, check=True, cwd="/").stdout
    return int(out)


def run(criu, argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, cwd="/",
                          env=dict(os.environ, CRIU=criu))
    told = json.loads(done.stdout)
    return told["seconds"] * 1e3, told["io_uring_seconds"] * 1e3


def word(path, number):
    try:
        with open(path, "rb") as file:
            return struct.unpack_from("<Q", file.read(64), 8 * number)[0]
    except (OSError, struct.error):
        return 0


def one_round(options, work, victim):
    """Milliseconds of the dump and of its rings, of the restore and of its rings."""
    directory = tempfile.mkdtemp(dir=work)
    verdict, images = directory + "/verdict", directory + "/img"
    os.mkdir(images)
    if victim is None:
        pid = launch(["sleep", "1000"])
    else:
        pid = launch([work + "/rings", verdict] + victim)
        await_true(lambda: word(verdict, 0) == 1, "the process is ready")
    dump = run(options.criu, [options.criu_lazy, "dump", "--engine=criu", "-t", str(pid), "-D", images, "--json"])
    await_true(lambda: not os.path.exists(f"/proc/{pid}"), "the process is gone")
    restore = run(options.criu, [options.criu_lazy, "restore", "--engine=criu", "-D", images, "--lazy-pages", "-d", "--json"])
    if victim is not None:
        with open(verdict, "r+b") as file:
            file.seek(8)
            file.write(struct.pack("<Q", 1))
        await_true(lambda: word(verdict, 0) == 2, "the process has verified its data")
        if word(verdict, 3) or word(verdict, 4):
            raise SystemExit("rings.py: the process was harmed")
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    shutil.rmtree(directory)
    return dump + restore


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("criu")
    parser.add_argument("criu_lazy")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--requests", type=int, default=10_000_000)
    parser.add_argument("--few", action="store_true")
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="rings.")
    subprocess.run(["gcc", "-O1", "-o", work + "/rings", C + "/rings.c"], check=True)
    kinds = {
        "no io_uring": None,
        "one": ["flags=0", "state=unreaped"],
        "one, files, buffers and eventfd registered": ["flags=0", "state=unreaped", "registered=1"],
        "the same, SINGLE_ISSUER, DEFER_TASKRUN": [f"flags={DEFER}", "state=unreaped", "registered=1"],
        f"one, {options.requests:,} requests made": ["flags=0", "state=idle", f"warm={options.requests}"],
    }
    if options.few:
        kinds = {name: kinds[name] for name in ("no io_uring", "the same, SINGLE_ISSUER, DEFER_TASKRUN")}
    times = {name: [] for name in kinds}
    for number in range(options.rounds + 1):  # in turn, for a machine changes; the first round only warms up
        for name, victim in kinds.items():
            took = one_round(options, work, victim)
            if number > 0:
                times[name].append(took)
    print("| process | dump, ms | of it rings | restore, ms | of it rings |\n|---|---|---|---|---|")
    for name, took in times.items():
        cells = []
        for column in zip(*took):
            cells.append(f"{statistics.median(column):.1f} ({min(column):.1f} to {max(column):.1f})")
        print(f"| {name} | " + " | ".join(cells) + " |")
    shutil.rmtree(work)


main()
