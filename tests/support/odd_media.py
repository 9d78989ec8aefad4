"""What odd cameras send, byte by byte: sound of any codec, unusual RTP packets, unusual JPEGs and parts of multipart."""
import struct

from camera_media import Track, aac_lines, aac_payload, adts_units

SOUNDS = {"pcm_mulaw": (0, "PCMU"), "pcm_alaw": (8, "PCMA"), "g726le": (99, "G726-32"), "libopus": (98, "opus")}
BYTES_20_MS = {"pcm_mulaw": 160, "pcm_alaw": 160, "g726le": 80}


def pieces(data, size):
    return [data[at:at + size] for at in range(0, len(data) - size, size)]


def ogg_packets(data):
    """What the pages of an Ogg file hold (RFC 3533)."""
    packets, open_packet, at = [], b"", 0
    while at + 27 <= len(data):
        lengths = data[at + 27:at + 27 + data[at + 26]]
        at += 27 + len(lengths)
        for length in lengths:
            open_packet += data[at:at + length]
            at += length
            if length < 255:
                packets.append(open_packet)
                open_packet = b""
    return packets


class Sound:
    """A file of sound as RTP payloads of equal length in time."""

    def __init__(self, path, codec, rate_hz, channels):
        with open(path, "rb") as file:
            data = file.read()
        self.clock_hz, self.units = rate_hz, []
        if codec == "aac":
            self.samples, self.payload_type = 1024, 97
            units, _, config = adts_units(data)
            self.units, self.lines = [aac_payload(unit) for unit in units], aac_lines(rate_hz, channels, config)
        else:
            self.payload_type, name = SOUNDS[codec]
            self.samples = rate_hz // 50
            self.units = ogg_packets(data)[2:] if codec == "libopus" else pieces(data, BYTES_20_MS[codec])
            self.lines = f"a=rtpmap:{self.payload_type} {name}/{rate_hz}{'/2' if codec == 'libopus' else ''}\r\n"

    @property
    def description(self):
        return f"m=audio 0 RTP/AVP {self.payload_type}\r\n{self.lines}a=control:track1\r\n"


class OddTrack(Track):
    """An RTP stream whose packets are unusual, each in a way that RFC 3550 allows; UDP may do what UDP does."""

    def __init__(self, clock_hz, payload_type, how):
        super().__init__(clock_hz, payload_type)
        self.how, self.held = how, None

    def begin_anew(self):
        """Another source of the same session, as after a restart of the encoder; its numbers are lower than those before."""
        sequence = (self.sequence - 1000) & 0xFFFF
        channel, sockets = self.channel, self.sockets
        super().__init__(self.clock_hz, self.payload_type)
        self.channel, self.sockets, self.sequence = channel, sockets, sequence

    def packets(self, payloads, at_s, with_report, clock_s=None):
        for which, packet in super().packets(payloads, at_s, with_report, clock_s):
            yield which, self.changed(packet) if which == 0 else packet

    def changed(self, packet):
        if self.how == "extension":
            return bytes((packet[0] | 0x10,)) + packet[1:12] + struct.pack("!HHII", 0xABAC, 2, 1, 2) + packet[12:]
        if self.how == "padding":
            return bytes((packet[0] | 0x20,)) + packet[1:] + b"\0\0\0\4"
        return packet

    async def send(self, writer, payloads, at_s, with_report, clock_s=None):
        if not self.sockets or self.how not in ("reorder", "twice"):
            return await super().send(writer, payloads, at_s, with_report, clock_s)
        for which, packet in self.packets(payloads, at_s, with_report, clock_s):
            if which == 1 or self.how == "twice":
                self.sockets[which].sendto(packet)
                self.sockets[which].sendto(packet)
            elif self.held is None and packet[3] % 8 == 0:
                self.held = packet  # follows behind the next one
            else:
                self.sockets[0].sendto(packet)
                if self.held:
                    self.sockets[0].sendto(self.held)
                self.held = None


def in_one_packet(payloads, is_h265):
    """Parameter sets as an aggregation packet (STAP-A, AP), as many cameras send them."""
    kind = (lambda unit: unit[0] >> 1 & 63) if is_h265 else (lambda unit: unit[0] & 31)
    sets = [unit for unit in payloads if kind(unit) in ((32, 33, 34) if is_h265 else (7, 8))]
    if len(sets) < 2:
        return payloads
    joined = (b"\x60\x01" if is_h265 else b"\x78") + b"".join(struct.pack("!H", len(unit)) + unit for unit in sets)
    return [joined, *(unit for unit in payloads if unit not in sets)]


def with_segment(picture, marker, content):
    """The JPEG with one more segment behind its start."""
    return picture[:2] + bytes((0xFF, marker)) + struct.pack("!H", len(content) + 2) + content + picture[2:]


def without_tables(picture):
    """The JPEG without its Huffman tables: the standard ones are meant."""
    at, out = 2, bytearray(picture[:2])
    while picture[at + 1] != 0xDA:
        size = 2 + (picture[at + 2] << 8 | picture[at + 3])
        if picture[at + 1] != 0xC4:
            out += picture[at:at + size]
        at += size
    return bytes(out) + picture[at:]


def odd_jpeg(picture, number, how):
    if how == "exif":  # holds a small JPEG of its own
        return with_segment(picture, 0xE1, b"Exif\0\0" + picture[:len(picture) // 2][:30000] + b"\xff\xd9")
    if how == "bare":
        return without_tables(picture)
    if how == "padded":
        return picture + b"\0" * 512
    if how == "cut" and number % 10 == 9:
        return picture[:len(picture) // 2]
    return picture


def part_of(picture, head):
    """One part of multipart, behind its boundary."""
    kind, length = b"Content-Type: image/jpeg\r\n", b"Content-Length: %d\r\n" % len(picture)
    if head == "image-jpg":
        kind = b"Content-Type: image/jpg\r\n"
    elif head == "charset":
        kind = b"Content-Type: image/jpeg; charset=utf-8\r\n"
    elif head == "no-type":
        kind = b""
    elif head == "no-length":
        length = b""
    elif head == "short-length":
        length = b"Content-Length: %d\r\n" % (len(picture) - 40)
    elif head in ("comment", "comment-no-length"):
        picture = with_segment(picture, 0xFE, b"\r\n--frame\r\nno boundary\r\n--")
        length = b"Content-Length: %d\r\n" % len(picture) if head == "comment" else b""
    if head == "lower-case":
        kind, length = kind.lower(), length.lower()
    if head == "lf":
        return (kind + length).replace(b"\r\n", b"\n") + b"\n" + picture + b"\n"
    return kind + length + b"\r\n" + picture + b"\r\n"
