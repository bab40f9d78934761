"""Stands between a restoring criu and its lazy-pages daemon, and lets messages pass when it is told to.

usage: slow_criu.py LISTEN CONNECT STEPS

Listens at LISTEN, connects to CONNECT once criu has come, and passes on messages (a pid, a userfaultfd, RSTF)
as long as STEPS, a file, has so many bytes. It writes how many it has passed to STEPS + ".passed", and holds no
userfaultfd that it has passed.
"""

import array
import os
import socket
import struct
import sys
import time

RESTORE_FINISHED = 0x52535446


def await_step(steps, number):
    while os.path.getsize(steps) < number:
        time.sleep(0.001)


def receive(criu, is_word):
    """One message: its bytes and the descriptor that came with it, or None at the end."""
    fds = array.array("i")
    data, control, _, _ = criu.recvmsg(4 if is_word else 1, socket.CMSG_LEN(fds.itemsize))
    for _, _, rights in control:
        fds.frombytes(rights)
    return data, fds


def main():
    listen, connect, steps = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(listen)
    listener.listen()
    criu = listener.accept()[0]
    daemon = socket.socket(socket.AF_UNIX)
    daemon.connect(connect)
    passed = 0
    is_word = True
    while True:
        with open(steps + ".passed", "w") as file:
            file.write(str(passed))
        await_step(steps, passed + 1)
        data, fds = receive(criu, is_word)
        if not data:
            return
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if fds else []
        daemon.sendmsg([data], rights)
        for fd in fds:
            os.close(fd)
        if is_word:
            value = struct.unpack("=i", data)[0]
            is_word = value < 0 or value == RESTORE_FINISHED
        else:
            is_word = True
        passed += 1


main()
