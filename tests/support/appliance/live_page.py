"""A page that watches recorded streams as they come, without a browser: WebSocket (RFC 6455) by hand, over plain HTTP."""
import base64
import collections
import json
import os
import socket
import struct
import time

HEAD = struct.Struct("<BBHIdddd")
Piece = collections.namedtuple("Piece", "kind flags number at_ms start_s lasts_s sent_ms data came_at")
INIT, PART, ENDED, UNFIT, TIME_ALONE = 1, 2, 3, 4, 5


class LivePage:
    """Watches `cameras`, numbered from 1. With a small `receive_buffer` and nobody who reads it stalls."""

    def __init__(self, appliance, cameras, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", appliance.port))
        self.pending = bytearray()
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{appliance.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Origin: http://127.0.0.1:{appliance.port}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                             f"Cookie: {appliance.cookie}\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.pending:
            self._receive()
        head, _, rest = bytes(self.pending).partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(f"live: {head.decode()[:300]}")
        self.pending = bytearray(rest)
        for number, camera in enumerate(cameras, 1):
            self.send(0x1, json.dumps({"watch": camera, "number": number}).encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, data):
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.socket.sendall(bytes([0x80 | kind]) + length + bytes(4) + data)

    def _receive(self):
        got = self.socket.recv(1 << 18)
        if not got:
            raise ConnectionError("the appliance closed the connection")
        self.pending += got

    def _need(self, size):
        while len(self.pending) < size:
            self._receive()

    def message(self):
        """-> (kind of frame, bytes)"""
        self._need(2)
        kind, size, at = self.pending[0] & 15, self.pending[1] & 127, 2
        if size > 125:
            at = 4 if size == 126 else 10
            self._need(at)
            size = int.from_bytes(self.pending[2:at], "big")
        self._need(at + size)
        data = bytes(self.pending[at:at + size])
        del self.pending[:at + size]
        return kind, data

    def piece(self):
        """The next one. Throws ConnectionError at the end."""
        while True:
            kind, data = self.message()
            if kind == 0x9:
                self.send(0xA, data)
            elif kind == 0x8:
                raise ConnectionError("the appliance said goodbye")
            elif kind == 0x2:
                return Piece(*(HEAD.unpack_from(data)[i] for i in (0, 1, 2, 4, 5, 6, 7)), data[HEAD.size:], time.time())

    def pieces(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            yield self.piece()
