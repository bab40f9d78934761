#!/usr/bin/env python3
"""A second implementation of a client of docs/wire-protocol.md, made from that page only.

wire_peer.py [--tls 1.2|1.3 [--cert FILE --key FILE] --ca FILE] unix:PATH|HOST:PORT IMAGE_SET STEP...

Steps, in order, on one connection:
  open     tells the tasks
  grant    gets the pages files, and tells of each: ordinal, bytes, access mode, SHA-256
  compare  reads all pages of all tasks over the connection and out of the granted files; both have to be the same

Prints what it finds, line by line. Exits with 3 when the server says Failure, with 4 when it ends the connection.
"""
import argparse
import array
import fcntl
import hashlib
import os
import socket
import ssl
import struct
import sys

PAGE = 4096
MAGIC = b"\x89CLZY\r\n\x1a"
HELLO, WELCOME, OPEN, OPENED, LIST_EXTENTS, EXTENTS, READ, PAGES = 1, 2, 3, 4, 5, 6, 7, 8
GRANT, GRANTED, FAILURE = 12, 13, 14
CODES = ("UNKNOWN MALFORMED VERSION NO_SUCH_IMAGES NO_SUCH_TASK OUT_OF_RANGE OUT_OF_CREDIT CANCELLED"
         " IMAGES_CHANGED IO NOT_GRANTED OUT_OF_ORDER").split()

TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    TABLE.append(n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(**fields):
    """Protobuf of fields named fN: numbers, or bytes."""
    out = b""
    for name, value in fields.items():
        number = int(name[1:])
        if isinstance(value, bytes):
            out += varint(number << 3 | 2) + varint(len(value)) + value
        else:
            out += varint(number << 3) + varint(value)
    return out


def numbers(data):
    values, at = [], 0
    while at < len(data):
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        values.append(value)
    return values


def parse(data):
    """Protobuf as a dictionary of lists."""
    fields, at = {}, 0

    def one():
        nonlocal at
        end = at
        while data[end] > 127:
            end += 1
        value = numbers(data[at:end + 1])[0]
        at = end + 1
        return value

    while at < len(data):
        key = one()
        kind = key & 7
        if kind == 0:
            value = one()
        elif kind == 1:
            value, at = data[at:at + 8], at + 8
        else:
            length = one()
            value, at = data[at:at + length], at + length
        fields.setdefault(key >> 3, []).append(value)
    return fields


def first(fields, number, default=0):
    return fields.get(number, [default])[0]


class Peer:
    def __init__(self, options):
        if options.address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(options.address[5:])
        else:
            host, port = options.address.rsplit(":", 1)
            self.socket = socket.create_connection((host, int(port)))
        self.socket.settimeout(10)
        if options.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[options.tls]
            context.minimum_version = context.maximum_version = version
            context.load_verify_locations(options.ca)
            if options.cert:
                context.load_cert_chain(options.cert, options.key)
            self.socket = context.wrap_socket(self.socket, server_hostname=host)
        self.send(struct.pack("<Q", 5) + MAGIC + struct.pack("<Q", 1))
        if self.receive(8) != MAGIC:
            raise ValueError("no page server")
        self.request = 0
        self.tasks, self.files = [], {}

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def say(self, kind, header):
        prefix = struct.pack("<HHII", kind, 0, len(header), 0)
        self.send(prefix + struct.pack("<I", crc32c(prefix + header)) + header)

    def hear(self, wanted):
        prefix = self.receive(16)
        kind, zero, header_bytes, payload_bytes, crc = struct.unpack("<HHIII", prefix)
        header, payload = self.receive(header_bytes), self.receive(payload_bytes)
        # a checksum in Python takes 0.3 s a MiB: not of all of them
        if payload_bytes <= 64 << 10 and crc32c(prefix[:12] + header + payload) != crc:
            raise ValueError("checksum")
        fields = parse(header)
        if kind == FAILURE:
            print("failure", CODES[first(fields, 2)], first(fields, 3, b"").decode())
            sys.exit(3)
        if kind != wanted or zero:
            raise ValueError(f"frame {kind} where {wanted} is due")
        return fields, payload

    def greet(self, image_set):
        capabilities = b"".join(message(f3=name) for name in (b"grant", b"of-no-known-kind"))
        self.say(HELLO, message(f1=1, f2=1) + capabilities)
        self.say(OPEN, message(f1=77, f2=image_set.encode()))
        self.max_pages = first(self.hear(WELCOME)[0], 5)
        opened = self.hear(OPENED)[0]
        self.identity = opened[2][0][::-1].hex()
        self.tasks = [first(parse(task), 1) for task in opened.get(3, [])]

    def open(self):
        print("opened", self.identity, *self.tasks)

    def grant(self):
        self.say(GRANT, message(f1=78))
        granted = self.hear(GRANTED)[0]
        ordinals, sizes = numbers(first(granted, 2, b"")), numbers(first(granted, 3, b""))
        for ordinal, size in zip(ordinals, sizes):
            fds = array.array("i")
            data, ancillary, _, _ = self.socket.recvmsg(1, socket.CMSG_LEN(fds.itemsize))
            if len(data) != 1 or len(ancillary) != 1:
                raise ValueError(f"no descriptor with {data}")
            fds.frombytes(ancillary[0][2])
            self.files[ordinal] = fds[0]
            mode = "read-only" if fcntl.fcntl(fds[0], fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY else "writable"
            content = os.pread(fds[0], size + 1, 0)
            print("file", ordinal, size, mode, hashlib.sha256(content).hexdigest())

    def extents(self, task):
        at = 0
        while True:
            self.say(LIST_EXTENTS, message(f1=79, f2=task, f3=at))
            fields = self.hear(EXTENTS)[0]
            lists = [numbers(first(fields, number, b"")) for number in (2, 3, 4, 5, 6)]
            for extent in zip(*lists):
                yield extent
                at = extent[0] + extent[1] * PAGE
            if first(fields, 7):
                return

    def read(self, task, address, pages):
        """The bytes of the pages; None where the image has no page."""
        self.request += 1
        self.say(READ, message(f1=self.request, f2=task, f3=address, f4=pages, f5=1))
        result, last = [None] * pages, False
        while not last:
            fields, payload = self.hear(PAGES)
            if first(fields, 1) != self.request or first(fields, 7):
                raise ValueError("not what was asked for")
            page = (first(fields, 3) - address) // PAGE
            runs, at = numbers(first(fields, 5, b"")), 0
            for skipped, count, kind in zip(*[iter(runs)] * 3):
                page += skipped
                for _ in range(count):
                    result[page] = bytes(PAGE) if kind else payload[at:at + PAGE]
                    at += 0 if kind else PAGE
                    page += 1
            last = first(fields, 6)
        return result

    def compare(self):
        compared = 0
        for task in self.tasks:
            for address, pages, flags, file, offset in list(self.extents(task)):
                if not flags & 2:
                    continue
                for begin in range(0, pages, self.max_pages):
                    count = min(self.max_pages, pages - begin)
                    got = b"".join(self.read(task, address + begin * PAGE, count))
                    if got != os.pread(self.files[file], count * PAGE, offset + begin * PAGE):
                        raise ValueError(f"{task} {address:x}")
                    compared += count
        print("compared", compared)


def main():
    options = argparse.ArgumentParser()
    for name in ("--tls", "--cert", "--key", "--ca"):
        options.add_argument(name)
    options.add_argument("address")
    options.add_argument("image_set")
    options.add_argument("step", nargs="*", choices=("open", "grant", "compare"))
    options = options.parse_args()
    try:
        peer = Peer(options)
        peer.greet(options.image_set)
        for step in options.step:
            getattr(peer, step)()
    except (EOFError, ConnectionError, BrokenPipeError, ssl.SSLError) as end:
        print("ended", type(end).__name__, end)
        sys.exit(4)


main()
