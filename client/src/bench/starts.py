#!/usr/bin/env python3
"""How long it takes until a lazily restored process runs: criu and its daemon, and criu-lazy's resident daemon.

usage: starts.py CRIU CRIU_LAZY [--mib 1024] [--runs 7] [--commands]

CRIU and CRIU_LAZY are the programs. One process is dumped once with CRIU and restored in turn:
  criu      criu restore -d --lazy-pages, a criu lazy-pages being up
  daemon    one POST to a criu-lazy daemon that is up
  command   criu-lazy restore -d --lazy-pages --control of that daemon     (with --commands)
  cold      criu-lazy restore -d --lazy-pages without a daemon             (with --commands)
Until the process's own clock says that it runs, in ms, all restores in the order in which they were made, and
medians. Needs root and gcc.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

from restores import HERE, Result, finish, quiet, wait_for

REQUEST = (
    "POST /v1/restores HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
)


class Bench:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.images = os.path.join(work, "images")
        self.control = os.path.join(work, "control.sock")

    def dump(self):
        os.makedirs(self.images)
        path = os.path.join(self.work, "result")
        source, program = os.path.join(HERE, "toucher.c"), os.path.join(self.work, "toucher")
        subprocess.check_call(["gcc", "-O2", "-o", program, source])
        toucher = quiet([program, path, str(self.options.mib), "1", "1000"], start_new_session=True)
        wait_for(lambda: os.path.exists(path) and os.path.getsize(path), "the toucher")
        self.result = Result(path)
        wait_for(lambda: self.result["state"] == 1, "the toucher fills its memory")
        finish([self.options.criu, "dump", "-t", str(self.result["pid"]), "-D", self.images])
        toucher.wait()
        self.blank = self.result.memory[:]

    def begin(self):
        self.result.memory[:] = self.blank
        self.result.go()
        return time.time_ns()

    def end(self, begun_ns):
        """The ms until it ran; the process is killed in mid-restore."""
        wait_for(lambda: self.result["start"], "the process runs")
        milliseconds = (self.result["start"] - begun_ns) / 1e6
        os.kill(self.result["pid"], signal.SIGKILL)
        wait_for(lambda: not os.path.exists(f"/proc/{self.result['pid']}"), "the process ends")
        return milliseconds

    def criu(self):
        daemon = quiet([self.options.criu, "lazy-pages", "-D", self.images])
        wait_for(lambda: os.path.exists(os.path.join(self.images, "lazy-pages.socket")), "criu")
        begun = self.begin()
        finish([self.options.criu, "restore", "-D", self.images, "-d", "--lazy-pages"])
        milliseconds = self.end(begun)
        daemon.kill()
        daemon.wait()
        os.unlink(os.path.join(self.images, "lazy-pages.socket"))
        return milliseconds

    def daemon(self):
        begun = self.begin()
        self.restore_by_daemon()
        return self.end(begun)

    def restore_by_daemon(self):
        body = json.dumps({"images_dir": self.images, "restore": {}})
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.control)
            connection.sendall((REQUEST % (len(body), body)).encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        if b" 201 " not in answer.split(b"\r\n")[0]:
            raise SystemExit(answer.decode())

    def command(self, control=None):
        begun = self.begin()
        argv = [self.options.criu_lazy, "restore", "-D", self.images, "-d", "--lazy-pages"]
        finish([*argv, "--engine", "native", "--control", control or self.control])
        return self.end(begun)

    def cold(self):
        return self.command("/nonexistent/control.sock")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("criu")
    parser.add_argument("criu_lazy")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--commands", action="store_true")
    options = parser.parse_args()
    options.criu = os.path.realpath(shutil.which(options.criu) or options.criu)
    options.criu_lazy = os.path.realpath(options.criu_lazy)
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(options, work)
        bench.dump()
        ways = [bench.criu, bench.daemon]
        ways += [bench.command, bench.cold] if options.commands else []
        log = os.path.join(work, "daemon.log")
        daemon = quiet([options.criu_lazy, "daemon", "--control", bench.control, "-o", log])
        try:
            wait_for(lambda: os.path.exists(bench.control), "the daemon")
            time.sleep(1)
            runs = {way.__name__: [] for way in ways}
            for _ in range(options.runs):
                for way in ways:
                    runs[way.__name__].append(way())
                    time.sleep(0.2)
        finally:
            daemon.kill()
            daemon.wait()
    base = statistics.median(runs["criu"])
    print("| until it runs, ms | median | of criu's | all |\n| --- | --- | --- | --- |")
    for name, all_ms in runs.items():
        median = statistics.median(all_ms)
        print("| %s | %.0f | %.2f | %s |" % (name, median, median / base, " ".join("%.0f" % ms for ms in all_ms)))


if __name__ == "__main__":
    main()
