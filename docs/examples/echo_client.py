#!/usr/bin/env python3
"""A framed TCP echo client: sends each MESSAGE as a frame, and exits with 0 only if each came back unchanged.

usage: echo_client.py HOST PORT [MESSAGE...]
"""

import socket
import struct
import sys

TIMEOUT = 5.0  # seconds without a byte


class EchoError(Exception):
    """What came is not what was sent."""


def receive(sock, size):
    """Exactly `size` bytes: recv() may return any part of them, and b"" at the end of the stream."""
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        if not chunk:
            raise EchoError(f"the server ended the stream, {size - len(data)} bytes of a reply are missing")
        data += chunk
    return data


def expect(sock, payload):
    """Reads a reply. The length comes first: one that is wrong is not worth waiting for its payload."""
    (length,) = struct.unpack("!I", receive(sock, 4))
    if length != len(payload):
        raise EchoError(f"the reply has {length} bytes, not {len(payload)}")
    if receive(sock, length) != payload:
        raise EchoError("the reply differs from what was sent")


def expect_no_more(sock):
    """Ends this side and looks for bytes that nobody asked for. A server that keeps its side open is fine."""
    sock.shutdown(socket.SHUT_WR)
    sock.settimeout(1.0)
    try:
        if sock.recv(1):
            raise EchoError("the server sent more than the replies")
    except (TimeoutError, ConnectionError):
        pass


def main():
    host, port, *messages = sys.argv[1:]
    payloads = [message.encode() for message in messages or ["hello", "and a second frame"]]
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as sock:
        sock.sendall(b"".join(struct.pack("!I", len(payload)) + payload for payload in payloads))
        for payload in payloads:
            expect(sock, payload)
        expect_no_more(sock)
    print(f"{len(payloads)} frames came back")


if __name__ == "__main__":
    try:
        main()
    except (EchoError, OSError) as error:
        sys.exit(f"echo_client.py: {error}")
