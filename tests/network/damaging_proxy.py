"""A TCP proxy between an appliance and an RTSP camera that damages what the camera sends, as bad cables and bad firmware do.

    proxy = DamagingProxy(camera.port)
    proxy.damage = garbled         # from now on, for all connections
    proxy.damage = None
    proxy.drop()                   # hangs up on everybody

It reads the interleaved RTP of RFC 2326, 10.12: '$', channel, length, packet. A damage is a function: packet (bytearray with its RTP
header), channel -> the bytes to send instead, or None to leave the packet out; framing is put around it again, unless `is_raw`.
"""
import random
import select
import socket
import struct
import threading

HEADER = 12  # of an RTP packet without extensions
CHANCE = random.Random(3)


def garbled(packet, channel):
    """Half of the packets have a few wrong bytes behind the RTP header."""
    if channel % 2 == 0 and CHANCE.random() < 0.5:
        for _ in range(6):
            packet[CHANCE.randrange(HEADER, len(packet))] = CHANCE.getrandbits(8)
    return packet


def truncated(packet, channel):
    """Every second packet lacks its last two thirds."""
    return packet[:max(HEADER + 1, len(packet) // 3)] if channel % 2 == 0 and CHANCE.random() < 0.5 else packet


def lost(packet, channel):
    """A third of the packets never arrives."""
    return None if channel % 2 == 0 and CHANCE.random() < 0.33 else packet


def headless(packet, channel):
    """RTP headers are garbage, too: version, sequence, time stamp."""
    for _ in range(3):
        packet[CHANCE.randrange(0, min(HEADER, len(packet)))] = CHANCE.getrandbits(8)
    return packet


def torn(packet, channel):
    """Bytes are missing from the TCP stream itself: packets no longer begin where they should."""
    return packet[:-CHANCE.randrange(1, 9)] if CHANCE.random() < 0.2 else packet


torn.is_raw = True  # the length in front of the packet is the one of the whole packet


class Stamps:
    """Rewrites the RTP time stamps of the video (channel 0): `how` is shift(seconds since the begin) -> ticks to add, or None for
    the stamp that came last, again and again."""

    def __init__(self, how, clock_hz=90_000):
        self.how, self.clock_hz, self.first, self.last = how, clock_hz, None, None

    def __call__(self, packet, channel):
        if channel != 0:
            return packet
        stamp = struct.unpack_from("!I", packet, 4)[0]
        if self.first is None:
            self.first = self.last = stamp
        shift = self.how(((stamp - self.first) & 0xFFFFFFFF) / self.clock_hz)
        if shift is not None:
            self.last = (stamp + shift) & 0xFFFFFFFF
        struct.pack_into("!I", packet, 4, self.last)
        return packet


class DamagingProxy:
    """Owns its threads and sockets; port is free until close()."""

    def __init__(self, target_port):
        self.target_port, self.damage, self.connections = target_port, None, 0
        self.pairs, self.lock, self.is_over = set(), threading.Lock(), False
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.is_over = True
        self.listener.close()
        self.drop()

    def drop(self):
        with self.lock:
            pairs, self.pairs = self.pairs, set()
        for pair in pairs:
            for side in pair:
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self):
        while not self.is_over:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                camera = socket.create_connection(("127.0.0.1", self.target_port), 5)
            except OSError:
                client.close()
                continue
            self.connections += 1
            pair = (client, camera)
            with self.lock:
                self.pairs.add(pair)
            threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, client, camera):
        pending = bytearray()
        try:
            while True:
                readable, _, _ = select.select([client, camera], [], [], 60)
                if client in readable:
                    data = client.recv(65536)
                    if not data:
                        break
                    camera.sendall(data)
                if camera in readable:
                    data = camera.recv(65536)
                    if not data:
                        break
                    pending += data
                    client.sendall(self._pass(pending))
        except OSError:
            pass
        finally:
            with self.lock:
                self.pairs.discard((client, camera))
            client.close()
            camera.close()

    def _pass(self, pending):
        """Takes whole packets and answers off `pending`. -> what the client gets"""
        out = bytearray()
        while pending:
            if pending[0] != 0x24:  # an answer in text, up to the next packet
                end = pending.find(b"\r\n\r\n")
                if end < 0:
                    break
                head = bytes(pending[:end]).lower()
                length = int(head.split(b"content-length:")[1].split()[0]) if b"content-length:" in head else 0
                if len(pending) < end + 4 + length:
                    break
                out += pending[:end + 4 + length]
                del pending[:end + 4 + length]
                continue
            if len(pending) < 4 or len(pending) < 4 + struct.unpack_from("!H", pending, 2)[0]:
                break
            channel, length = pending[1], struct.unpack_from("!H", pending, 2)[0]
            packet = pending[4:4 + length]
            del pending[:4 + length]
            damage = self.damage
            if damage and length > HEADER:
                packet = damage(packet, channel)
            if packet is not None:
                out += struct.pack("!BBH", 0x24, channel, length if getattr(damage, "is_raw", False) else len(packet)) + packet
        return out
