#!/usr/bin/env python3
"""A framed TCP echo server: [4-byte big-endian length][payload], every frame echoed whole, in order.

usage: echo_server.py [PORT [TIMEOUT [FRAME_TIMEOUT [MAX_PAYLOAD]]]]   (9900, 5 s, 30 s, 65536 bytes)
"""

import socket
import socketserver
import struct
import sys
import time

ARGS = sys.argv[1:] + ["9900", "5", "30", "65536"][len(sys.argv) - 1 :]
PORT, TIMEOUT, FRAME_TIMEOUT, MAX_PAYLOAD = int(ARGS[0]), float(ARGS[1]), float(ARGS[2]), int(ARGS[3])
LINGER = 2.0


class Client(socketserver.BaseRequestHandler):
    """One connection, in a thread of its own."""

    def handle(self):
        self.request.settimeout(TIMEOUT)
        try:
            while (frame := self.receive_frame()) is not None:
                self.send(frame)
        except (TimeoutError, ConnectionError):
            pass  # silent for too long, or gone; socketserver closes

    def receive_frame(self):
        """The next frame, header included; None at the end of the stream or where a header is refused."""
        header, started = self.receive(b"", 4, None)
        if len(header) < 4:
            return None
        (length,) = struct.unpack("!I", header)
        if length > MAX_PAYLOAD:
            return self.refuse()
        frame, _ = self.receive(header, 4 + length, started)
        return frame if len(frame) == 4 + length else None

    def receive(self, data, size, started):
        """Reads on until `data` holds `size` bytes: recv() may return any part of them. Fewer where the stream ended."""
        data = bytearray(data)
        while len(data) < size and (chunk := self.request.recv(size - len(data))):
            started = started or time.monotonic()
            if time.monotonic() - started > FRAME_TIMEOUT:
                raise TimeoutError
            data += chunk
        return data, started

    def send(self, frame):
        """send() may take any part. Not sendall(): its timeout is for the whole, and cuts a client that reads slowly."""
        while frame:
            frame = frame[self.request.send(frame) :]

    def refuse(self):
        """FIN after the last echo, then read on for a while: bytes left unread would turn the close into a reset."""
        self.request.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + LINGER
        while time.monotonic() < deadline and self.request.recv(65536):
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True  # SO_REUSEADDR: a restart gets its port back at once
    daemon_threads = True
    request_queue_size = 511


def main():
    with Server(("127.0.0.1", PORT), Client) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
