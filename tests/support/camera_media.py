"""Video files as what a network camera sends: RTP payloads, JPEG pictures, transport stream packets; split once, not re-encoded."""
import base64
import json
import random
import struct
import subprocess
import time

MTU = 1400
NTP_EPOCH = 2208988800
TS_PACKET, TS_VIDEO, TS_TABLES = 188, 0x100, (0, 0x11, 0x1000)  # as ffmpeg numbers them


def probe(path, kind, fields):
    command = ["ffprobe", "-v", "error", "-select_streams", f"{kind}:0", "-show_entries", "stream=" + fields,
               "-of", "json", path]
    streams = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    return streams[0] if streams else None


def copied(path, *arguments):
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", path, *arguments, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def nal_units(data):
    """Annex B data as NAL units without start codes."""
    units, at = [], data.find(b"\0\0\1")
    while at >= 0:
        after = data.find(b"\0\0\1", at + 3)
        units.append((data[at + 3:] if after < 0 else data[at + 3:after]).rstrip(b"\0"))
        at = after
    return units


def fragmented(unit, is_h265, mtu=MTU):
    """A NAL unit as RTP payloads: itself, or fragmentation units (FU-A, FU)."""
    if len(unit) <= mtu:
        return [unit]
    head = 2 if is_h265 else 1
    kind = (unit[0] >> 1) & 63 if is_h265 else unit[0] & 31
    prefix = bytes(((unit[0] & 0x81) | 49 << 1, unit[1])) if is_h265 else bytes(((unit[0] & 0xE0) | 28,))
    body, out = unit[head:], []
    for at in range(0, len(body), mtu - 3):
        is_last = at + mtu - 3 >= len(body)
        out.append(prefix + bytes((kind | (0x80 if at == 0 else 0) | (0x40 if is_last else 0),)) + body[at:at + mtu - 3])
    return out


def adts_units(data):
    """AAC in ADTS -> (access units, channels, AudioSpecificConfig as hexadecimal digits)"""
    units, at = [], 0
    while at + 7 <= len(data):
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        units.append(data[at + 7:at + length])
        at += length
    frequency, channels = (data[2] >> 2) & 15, (data[2] & 1) << 2 | data[3] >> 6
    return units, channels, struct.pack("!H", ((data[2] >> 6) + 1) << 11 | frequency << 7 | channels << 3).hex()


def aac_lines(rate_hz, channels, config):
    """How a description tells AAC of payload type 97 (RFC 3640)."""
    return (f"a=rtpmap:97 MPEG4-GENERIC/{rate_hz}/{channels}\r\na=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;"
            f"sizelength=13;indexlength=3;indexdeltalength=3;config={config}\r\n")


def aac_payload(unit):
    return struct.pack("!HH", 16, len(unit) << 3) + unit


class Source:
    """One file, split once and kept in memory as RTP payloads or JPEG pictures. `changed` may make another NAL unit of each."""

    def __init__(self, name, path, mtu=MTU, changed=None):
        self.name, self.mtu, self.changed = name, mtu, changed
        video = probe(path, "v", "codec_name,avg_frame_rate")
        numerator, denominator = video["avg_frame_rate"].split("/")
        self.codec, self.rate_hz = video["codec_name"], int(numerator) / int(denominator)
        self.frames, self.parameter_sets, self.audio = [], {}, None
        self.reorder = self.shown_at(path)
        if path.endswith(".ts"):
            self.split_transport(path)
        elif self.codec in ("h264", "hevc"):
            self.split_video(path)
            self.split_audio(path)
        elif self.codec == "mjpeg" and not path.endswith(".ts"):
            data = copied(path, "-an", "-c:v", "copy", "-f", "mjpeg")
            self.frames = [b"\xff\xd8" + part for part in data.split(b"\xff\xd8\xff")[1:]]
            self.frames = [frame[:2] + b"\xff" + frame[2:] for frame in self.frames]
        else:
            raise SystemExit(f"{path}: {self.codec} is not served (H.264, H.265, MJPEG are)")

    @staticmethod
    def shown_at(path):
        """Per frame in decoding order: how many frames earlier or later than decoded it is shown."""
        command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time",
                   "-of", "csv=p=0", path]
        lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
        shown = [float(line.strip(",")) for line in lines if line.strip(",") not in ("", "N/A")]
        rank = {pts: index for index, pts in enumerate(sorted(shown))}
        return [rank[pts] - index for index, pts in enumerate(shown)]

    def shown_s(self, number):
        """When frame `number` of the endless stream is shown."""
        shift = self.reorder[number % len(self.frames)] if len(self.reorder) == len(self.frames) else 0
        return (number + shift) / self.rate_hz

    def split_video(self, path):
        is_h265 = self.codec == "hevc"
        name = "hevc" if is_h265 else "h264"
        data = copied(path, "-an", "-c:v", "copy", "-bsf:v", f"{name}_mp4toannexb,{name}_metadata=aud=insert", "-f", name)
        delimiter, sets = (35, (32, 33, 34)) if is_h265 else (9, (7, 8))
        for unit in nal_units(data):
            kind = (unit[0] >> 1) & 63 if is_h265 else unit[0] & 31
            if kind == delimiter:
                self.frames.append([])
                continue
            if self.changed:
                unit = self.changed(kind, unit)
            if kind in sets:
                self.parameter_sets.setdefault(kind, unit)
            if self.frames:
                self.frames[-1] += fragmented(unit, is_h265, self.mtu)

    def split_transport(self, path):
        """A piece for each picture, with its tables before it and its sound behind it: as it comes, a live encoder sends it."""
        with open(path, "rb") as file:
            data = file.read()
        self.codec, self.frames, tables = "ts", [], b""
        for at in range(0, len(data) - TS_PACKET + 1, TS_PACKET):
            packet = data[at:at + TS_PACKET]
            pid, begins = (packet[1] & 31) << 8 | packet[2], packet[1] & 64
            if pid in TS_TABLES:
                tables += packet
                continue
            if not self.frames or (pid == TS_VIDEO and begins):
                self.frames.append(b"")
            self.frames[-1] += tables + packet
            tables = b""

    def split_audio(self, path):
        audio = probe(path, "a", "codec_name,sample_rate,channels")
        if audio is None or audio["codec_name"] != "aac":
            return
        units, channels, config = adts_units(copied(path, "-vn", "-c:a", "copy", "-f", "adts"))
        self.audio = {"units": units, "rate": int(audio["sample_rate"]), "channels": channels, "config": config}

    def description(self, hides_parameter_sets):
        encoded = [base64.b64encode(unit).decode() for _, unit in sorted(self.parameter_sets.items())]
        if self.codec == "hevc":
            name, line = "H265", "sprop-vps={};sprop-sps={};sprop-pps={}".format(*encoded)
        else:
            level = self.parameter_sets[7][1:4].hex()
            name, line = "H264", f"packetization-mode=1;profile-level-id={level};sprop-parameter-sets={','.join(encoded)}"
        if hides_parameter_sets:
            line = line.partition("sprop")[0].rstrip(";")
        text = ("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
                f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {name}/90000\r\n" + (f"a=fmtp:96 {line}\r\n" if line else "")
                + f"a=framerate:{self.rate_hz:g}\r\na=control:track0\r\n")
        if self.audio:
            text += ("m=audio 0 RTP/AVP 97\r\n" + aac_lines(self.audio["rate"], self.audio["channels"], self.audio["config"])
                     + "a=control:track1\r\n")
        return text


class Track:
    """One RTP stream to one client, over the RTSP connection or over UDP."""

    def __init__(self, clock_hz, payload_type):
        self.clock_hz, self.payload_type = clock_hz, payload_type
        self.sequence, self.ssrc, self.offset = random.getrandbits(16), random.getrandbits(32), random.getrandbits(32)
        self.channel, self.sockets = None, None
        self.ahead_s = 0  # of the wall clock that the reports tell

    def packets(self, payloads, at_s, with_report, clock_s=None):
        """`clock_s`: what the stamp of this very moment would be, of which a report tells; without it that of the payloads."""
        stamp = (self.offset + round(at_s * self.clock_hz)) & 0xFFFFFFFF
        if with_report:
            now = time.time() + NTP_EPOCH + self.ahead_s
            told = stamp if clock_s is None else (self.offset + round(clock_s * self.clock_hz)) & 0xFFFFFFFF
            yield 1, struct.pack("!BBHIIIIII", 0x80, 200, 6, self.ssrc, int(now), int(now % 1 * 2**32), told, 0, 0)
        for index, payload in enumerate(payloads):
            marker = 0x80 if index == len(payloads) - 1 else 0
            yield 0, struct.pack("!BBHII", 0x80, self.payload_type | marker, self.sequence, stamp, self.ssrc) + payload
            self.sequence = (self.sequence + 1) & 0xFFFF

    async def send(self, writer, payloads, at_s, with_report, clock_s=None):
        out = bytearray()
        for which, packet in self.packets(payloads, at_s, with_report, clock_s):
            if self.sockets:
                self.sockets[which].sendto(packet)
            else:
                out += struct.pack("!BBH", 36, self.channel + which, len(packet)) + packet
        if out:
            writer.write(out)
            await writer.drain()

    def close(self):
        for socket in self.sockets or ():
            socket.close()
