#!/usr/bin/env python3
"""Any number of network cameras on loopback, each as a description says: what cameras do wrong, one at a time or together.

  odd_cameras.py PLAN.json

PLAN: {"report": FILE, "cameras": {NAME: {protocol: rtsp | multipart | jpegs | ts | still, codec, rate_hz, video: FILE, sound: FILE, ...}}}.
Each camera listens on a port of its own. Prints `ready {"NAME": PORT, ...}`. At its end (SIGTERM) it writes to `report` when each picture
was sent: {NAME: [{"pictures": [unix time, ...], "sound": [...]}, ...]}, one entry for each time that the camera was played.

Every client gets the stream from its first picture on. What `camera` of a description may say:
  sets: none | sps | no-vps | garbage | other  what the description (SDP) holds of the parameter sets, which come with keyframes
  sps: without-vui; noise: slices hold nothing that decodes; sdp: metadata-track | sound-first | absolute-control | lf | two-videos
  stamps: nominal (times `nominal`) | step | wobble (by `step_s`, from 13 s on) | wrap | same; reports: none | step
  rtp: extension | padding | reorder | twice (over UDP) | one-packet (sets in one packet) | big | new-source (from 13 s on)
  jitter_s, hang_up_s, pause_at_s and pause_s, pictures_until_s (since it was first played), first_after_s, only: udp | udp-packets (TCP brings none), range: seconds
  sound_status, sound_from_s, sound_until_s, redirected, session_s, rtp_info: wrong
  head: late-boundary | rubbish-first | image-jpg | charset | no-type | no-length | short-length | comment | comment-no-length | chunked | quoted | dashed | lf |
        lower-case
  jpeg: exif | bare (no Huffman tables) | padded | cut (one in ten)
  status, mute, absent, no_pictures, codec_name, page, change_at_s: from then on the pictures of `other_video`
"""
import asyncio
import base64
import copy
import functools
import hashlib
import json
import random
import signal
import struct
import sys
import time

import sps
from camera_media import MTU, NTP_EPOCH, Source, Track
from camera_server import REASONS, RtspSession, read_request

REASONS.update({461: "Unsupported transport"})
CHANGE_S = 13            # when stamps step or begin to wobble
HASHES = {"md5": ("MD5", hashlib.md5), "sha256": ("SHA-256", hashlib.sha256)}
BOUNDARY = b"--frame\r\n"
OTHER_SPS = bytes.fromhex("6742c00bd90304ec0440000003004000000503c50a92")  # of a camera of 192x144
SOUNDS = {"pcm_mulaw": (0, "PCMU"), "pcm_alaw": (8, "PCMA"), "g726": (99, "G726-32"), "libopus": (98, "opus")}
BYTES_20_MS = {"pcm_mulaw": 160, "pcm_alaw": 160, "g726": 80}


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
        self.clock_hz, self.units, self.codec = rate_hz, [], codec
        if codec == "aac":
            self.samples, self.payload_type = 1024, 97
            at = 0
            while at + 7 <= len(data):
                length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
                unit = data[at + 7:at + length]
                self.units.append(struct.pack("!HH", 16, len(unit) << 3) + unit)
                at += length
            profile, frequency, chans = (data[2] >> 6) + 1, (data[2] >> 2) & 15, (data[2] & 1) << 2 | data[3] >> 6
            config = struct.pack("!H", profile << 11 | frequency << 7 | chans << 3).hex()
            self.lines = (f"a=rtpmap:97 MPEG4-GENERIC/{rate_hz}/{channels}\r\na=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;"
                          f"sizelength=13;indexlength=3;indexdeltalength=3;config={config}\r\n")
        else:
            self.payload_type, name = SOUNDS[codec]
            self.samples = rate_hz // 50
            self.units = ogg_packets(data)[2:] if codec == "libopus" else pieces(data, BYTES_20_MS[codec])
            self.lines = f"a=rtpmap:{self.payload_type} {name}/{rate_hz}{'/2' if codec == 'libopus' else ''}\r\n"

    @property
    def description(self):
        return f"m=audio 0 RTP/AVP {self.payload_type}\r\n{self.lines}a=control:track1\r\n"


class Guard:
    """Asks for user and password in the ways of `ask`, in that order."""

    def __init__(self, ask, user):
        self.ask, (self.user, _, self.password) = ask, user.partition(":")
        self.nonce = f"{random.getrandbits(128):032x}"

    def challenge(self):
        lines = ""
        for way in self.ask:
            if way == "basic":
                lines += 'WWW-Authenticate: Basic realm="camera"\r\n'
            else:
                lines += f'WWW-Authenticate: Digest realm="camera", nonce="{self.nonce}", qop="auth", algorithm={HASHES[way][0]}\r\n'
        return lines

    def admits(self, method, header):
        if not self.ask:
            return True
        kind, _, rest = header.partition(" ")
        if kind.lower() == "basic":
            return "basic" in self.ask and rest.strip() == base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        value = {}
        for part in rest.split(","):
            key, _, text = part.strip().partition("=")
            value[key] = text.strip('"')
        way = {name: way for way, (name, _) in HASHES.items()}.get(value.get("algorithm", "MD5").upper())
        if kind.lower() != "digest" or way not in self.ask:
            return False
        hashed = lambda text: HASHES[way][1](text.encode()).hexdigest()
        a1, a2 = hashed(f"{self.user}:camera:{self.password}"), hashed(f"{method}:{value.get('uri', '')}")
        middle = [value.get(key, "") for key in ("nc", "cnonce", "qop")] if "qop" in value else []
        return value.get("nonce") == self.nonce and value.get("response") == hashed(":".join([a1, self.nonce, *middle, a2]))


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

    def packets(self, payloads, at_s, with_report):
        for which, packet in super().packets(payloads, at_s, with_report):
            yield which, self.changed(packet) if which == 0 else packet

    def changed(self, packet):
        if self.how == "extension":
            return bytes((packet[0] | 0x10,)) + packet[1:12] + struct.pack("!HHII", 0xABAC, 2, 1, 2) + packet[12:]
        if self.how == "padding":
            return bytes((packet[0] | 0x20,)) + packet[1:] + b"\0\0\0\4"
        return packet

    async def send(self, writer, payloads, at_s, with_report):
        if not self.sockets or self.how not in ("reorder", "twice"):
            channel, sockets = self.channel, self.sockets
            await super().send(writer, payloads, at_s, with_report)
            self.channel, self.sockets = channel, sockets
            return
        for which, packet in self.packets(payloads, at_s, with_report):
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


@functools.lru_cache(maxsize=2)
def read_source(path):
    return Source("plain", path)


def plain_source(path):
    """Cameras that play the same file read it once."""
    return copy.copy(read_source(path))


class Camera:
    """One camera: what it plays and what is odd about it. `sent` holds a list of moments for each time it is played."""

    def __init__(self, name, plan):
        self.name, self.plan, self.odd = name, plan, plan.get("camera", {})
        self.rate_hz, self.guard, self.sent = plan["rate_hz"], Guard(plan.get("ask", []), plan.get("user", ":")), []
        self.dice = random.Random(name)
        self.source = self.split(plan["video"]) if plan.get("video") else None
        self.other = self.split(plan["other_video"]) if plan.get("other_video") else None
        has_sound = plan.get("sound_file") and plan["protocol"] == "rtsp"
        self.sound = Sound(plan["sound_file"], **plan["sound"]) if has_sound else None
        self.began_at, self.first_played_at = time.monotonic(), None

    def split(self, path):
        is_plain = not {"rtp", "sps", "noise"} & set(self.odd)
        source = plain_source(path) if is_plain else Source(self.name, path, 60_000 if self.odd.get("rtp") == "big" else MTU, self.changed)
        if self.odd.get("rtp") == "one-packet":
            source.frames = [in_one_packet(payloads, source.codec == "hevc") for payloads in source.frames]
        if self.odd.get("jpeg"):
            source.frames = [odd_jpeg(picture, number, self.odd["jpeg"]) for number, picture in enumerate(source.frames)]
        return source

    def changed(self, kind, unit):
        """A NAL unit as this camera sends it."""
        is_h265 = self.plan["codec"] == "h265"
        if self.odd.get("sps") == "without-vui" and kind == 7 and not is_h265:
            return sps.without_vui(unit)
        if self.odd.get("noise") and (kind < 32 if is_h265 else kind in (1, 5)):
            return unit[:3] + bytes(self.dice.randrange(1, 256) for _ in unit[3:])
        return unit

    def picture(self, number):
        source = self.other if self.other and number / self.rate_hz >= self.odd["change_at_s"] else self.source
        return source.frames[number % len(source.frames)]

    # -- time ------------------------------------------------------------------------------------------------------

    def stamp_s(self, number):
        """What the camera's clock says of picture `number`."""
        at_s, how = self.source.shown_s(number), self.odd.get("stamps")
        if how == "nominal":
            return at_s * self.odd["nominal"]
        if how == "same":
            return 0
        if how == "step" and at_s >= CHANGE_S:
            return at_s + self.odd["step_s"]
        if how == "wobble" and at_s >= CHANGE_S and int(at_s) % 2:
            return at_s + self.odd["step_s"]
        return at_s

    async def play(self, send_picture, send_sound=None):
        """Pictures and sound by the clock, until the client goes or the camera ends it."""
        log = {"pictures": [], "sound": []}
        self.sent.append(log)
        self.first_played_at = self.first_played_at or time.monotonic()
        start, number, unit, odd, is_paused = time.monotonic(), 0, 0, self.odd, False
        await asyncio.sleep(odd.get("first_after_s", 0))
        start += odd.get("first_after_s", 0)
        sound_from_s, sound_until_s = odd.get("sound_from_s", 0), odd.get("sound_until_s", 1e9)
        while True:
            at_s = number / self.rate_hz
            if at_s >= odd.get("hang_up_s", 1e9):
                return
            if at_s >= odd.get("pause_at_s", 1e9) and not is_paused:
                await asyncio.sleep(odd["pause_s"])
                start, is_paused = start + odd["pause_s"], True
            late_s = self.dice.random() * odd.get("jitter_s", 0)
            await asyncio.sleep(max(0, start + at_s + late_s - time.monotonic()))
            if self.source and time.monotonic() - self.first_played_at < odd.get("pictures_until_s", 1e9):
                await send_picture(number)
                log["pictures"].append(time.time())
            while send_sound and sound_from_s + unit * self.sound.samples / self.sound.clock_hz <= min(at_s, sound_until_s):
                await send_sound(unit, sound_from_s + unit * self.sound.samples / self.sound.clock_hz)
                log["sound"].append(time.time())
                unit += 1
            number += 1

    # -- description -----------------------------------------------------------------------------------------------

    def parameter_sets(self):
        """{kind: bytes} as the description has them."""
        sets, how = dict(self.source.parameter_sets), self.odd.get("sets")
        if how == "none":
            return {}
        if how == "sps":
            sets = {7: sets[7]}
        elif how == "no-vps":
            del sets[32]
        elif how == "garbage":
            sets = {kind: data[:1] + bytes(self.dice.randrange(1, 256) for _ in data[1:]) for kind, data in sets.items()}
        elif how == "other":
            sets[7] = OTHER_SPS
        return sets

    def video_lines(self):
        if self.odd.get("codec_name"):
            return f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {self.odd['codec_name']}/90000\r\na=control:track0\r\n"
        name = {"h264": "H264", "hevc": "H265"}[self.source.codec]
        encoded = {kind: base64.b64encode(data).decode() for kind, data in self.parameter_sets().items()}
        if self.source.codec == "hevc":
            more = [f"sprop-{key}={encoded[kind]}" for key, kind in (("vps", 32), ("sps", 33), ("pps", 34)) if kind in encoded]
        else:
            level = self.source.parameter_sets[7][1:4].hex()
            more = ["packetization-mode=1", f"profile-level-id={level}"]
            more += [f"sprop-parameter-sets={','.join(encoded[kind] for kind in sorted(encoded))}"] if encoded else []
        return f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {name}/90000\r\n" + (f"a=fmtp:96 {';'.join(more)}\r\n" if more else "") + "a=control:track0\r\n"

    def sdp(self, url):
        how = self.odd.get("sdp")
        text = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
        if "range" in self.odd:
            text += f"a=range:npt=0-{self.odd['range']}\r\n"
        media = [] if self.odd.get("no_pictures") else [self.video_lines()]
        media += [self.sound.description] if self.sound else []
        if how == "sound-first":
            media.reverse()
        if how == "metadata-track":
            media.append("m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:track2\r\n")
        if how == "two-videos":
            media.append("m=video 0 RTP/AVP 98\r\na=rtpmap:98 JPEG/90000\r\na=control:track2\r\n")
        text += "".join(media)
        if how == "absolute-control":
            text = text.replace("a=control:track", f"a=control:{url.rstrip('/')}/track")
        return text.replace("\r\n", "\n") if how == "lf" else text


class Session(RtspSession):
    """One RTSP client of one camera."""

    def __init__(self, camera, reader, writer):
        super().__init__(None, reader, writer)
        self.camera, self.source, self.heard_at = camera, camera.source, time.monotonic()

    def reply(self, headers, status, extra="", body=""):
        if session_s := self.camera.odd.get("session_s"):
            self.session = f"{self.session.partition(';')[0]};timeout={session_s}"
        text = f"RTSP/1.0 {status} {REASONS.get(status, 'Status')}\r\nCSeq: {headers.get('cseq', '0')}\r\n"
        text += f"Session: {self.session if ';' in self.session else self.session + ';timeout=60'}\r\n{extra}"
        self.writer.write((text + (f"Content-Length: {len(body)}\r\n\r\n{body}" if body else "\r\n")).encode())

    async def answer(self, method, url, path, headers):
        camera, status, extra, body = self.camera, 200, "", ""
        if method == "OPTIONS":
            extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n"
        elif not camera.guard.admits(method, headers.get("authorization", "")):
            status, extra = 401, camera.guard.challenge()
        elif camera.odd.get("status"):
            status = camera.odd["status"]
        elif camera.odd.get("redirected") and not path.startswith("there"):
            status, extra = 302, "Location: " + url.replace(path, "there/" + path, 1) + "\r\n"
        elif method == "DESCRIBE":
            body = camera.sdp(url)
            extra = f"Content-Base: {url.rstrip('/')}/\r\nContent-Type: application/sdp\r\n"
        elif method == "SETUP":
            status, extra = await self.set_up_track(path, headers.get("transport", ""))
        if method == "PLAY" and camera.odd.get("rtp_info") == "wrong":
            extra += f"RTP-Info: url={url}/track0;seq=1;rtptime=1\r\n"
        self.heard_at = time.monotonic()
        self.reply(headers, status, extra, body)
        await self.writer.drain()
        if method == "PLAY" and status == 200 and self.task is None:
            self.task = asyncio.ensure_future(self.play())
        return method != "TEARDOWN"

    async def set_up_track(self, path, transport):
        """-> (status, headers)"""
        camera, is_sound = self.camera, path.endswith("track1")
        if is_sound and camera.odd.get("sound_status"):
            return camera.odd["sound_status"], ""
        if camera.odd.get("only") == "udp" and "TCP" in transport:
            return 461, ""
        return 200, await self.set_up(path, transport)

    def track(self, is_audio):
        if is_audio:
            return Track(self.camera.sound.clock_hz, self.camera.sound.payload_type)
        track = OddTrack(90000, 96, self.camera.odd.get("rtp"))
        if self.camera.odd.get("stamps") == "wrap":
            track.offset = (1 << 32) - CHANGE_S * 90000
        return track

    async def play(self):
        camera, video, audio = self.camera, self.tracks.get("video"), self.tracks.get("audio")
        every = max(1, round(5 * camera.rate_hz))
        if camera.odd.get("only") == "udp-packets" and not video.sockets:
            return

        async def send_picture(number):
            if camera.odd.get("session_s") and time.monotonic() - self.heard_at > 2 * camera.odd["session_s"] + 2:
                raise ConnectionError("the session is over: the client has not asked for a while")
            if camera.odd.get("rtp") == "new-source" and number == round(CHANGE_S * camera.rate_hz):
                video.begin_anew()
            has_report = number % every == 0 and camera.odd.get("reports") != "none"
            if has_report and camera.odd.get("reports") == "step" and number / camera.rate_hz >= CHANGE_S:
                await self.send_report(video, camera.stamp_s(number), camera.odd["step_s"])
                has_report = False
            await video.send(self.writer, camera.picture(number), camera.stamp_s(number), has_report)

        async def send_sound(number, at_s):
            unit = camera.sound.units[number % len(camera.sound.units)]
            await audio.send(self.writer, [unit], at_s, number % 200 == 0 and camera.odd.get("reports") != "none")

        try:
            await camera.play(send_picture, send_sound if audio else None)
        except (ConnectionError, OSError):
            pass
        self.writer.close()

    async def send_report(self, track, at_s, ahead_s):
        """A sender report whose wall clock is set."""
        now = time.time() + NTP_EPOCH + ahead_s
        stamp = (track.offset + round(at_s * track.clock_hz)) & 0xFFFFFFFF
        packet = struct.pack("!BBHIIIIII", 0x80, 200, 6, track.ssrc, int(now), int(now % 1 * 2**32), stamp, 0, 0)
        if track.sockets:
            track.sockets[1].sendto(packet)
        else:
            self.writer.write(struct.pack("!BBH", 36, track.channel + 1, len(packet)) + packet)
            await self.writer.drain()


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


async def answer_http(camera, reader, writer):
    method, _, _, headers = await read_request(reader)
    head = camera.odd.get("head")

    def refuse(status, extra="", body=b""):
        writer.write(f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\n{extra}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        return writer.drain()
    if not camera.guard.admits(method, headers.get("authorization", "")):
        return await refuse(401, camera.guard.challenge())
    if camera.odd.get("status"):
        return await refuse(camera.odd["status"])
    if camera.odd.get("page"):
        return await refuse(200, "Content-Type: text/html\r\n", b"<html><title>Camera</title><body>Log in</body></html>")
    if camera.plan["protocol"] == "still":
        if not camera.sent:  # its stream begins with the first question
            camera.began_at = time.monotonic()
            camera.sent.append({"pictures": [], "sound": []})
        number = int((time.monotonic() - camera.began_at) * camera.rate_hz)
        camera.sent[-1]["pictures"].append(time.time())
        return await refuse(200, "Content-Type: image/jpeg\r\n", camera.picture(number))
    boundary = {"quoted": '"frame"', "dashed": "--frame"}.get(head, "frame")
    kinds = {"ts": "video/mp2t", "jpegs": "image/jpeg", "multipart": f"multipart/x-mixed-replace; boundary={boundary}"}
    begin = f"HTTP/1.0 200 OK\r\nContent-Type: {kinds[camera.plan['protocol']]}\r\n\r\n"
    if head == "chunked":
        begin = begin.replace("1.0", "1.1").replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n")
    writer.write(begin.encode())
    if head == "rubbish-first":
        writer.write(b"\r\nstarted by init\r\n\0\0\0\0\r\n")

    async def send_picture(number):
        piece = camera.picture(number)
        if camera.plan["protocol"] == "multipart":
            part = part_of(piece, head)
            piece = part + BOUNDARY if head == "late-boundary" else BOUNDARY + part
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if head == "chunked" else piece)
        await writer.drain()
    await camera.play(send_picture)


async def serve(camera):
    """-> its port"""
    async def client(reader, writer):
        try:
            if camera.odd.get("mute"):
                await reader.read()
            elif camera.plan["protocol"] == "rtsp":
                await Session(camera, reader, writer).run()
            else:
                await answer_http(camera, reader, writer)
        except (asyncio.CancelledError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if camera.odd.get("absent"):
        server.close()
        await server.wait_closed()
    return port


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    cameras = [Camera(name, entry) for name, entry in plan["cameras"].items()]
    ports = {camera.name: await serve(camera) for camera in cameras}
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    print("ready " + json.dumps(ports), flush=True)
    await ended.wait()
    with open(plan["report"], "w", encoding="utf-8") as file:
        json.dump({camera.name: camera.sent for camera in cameras}, file)


if __name__ == "__main__":
    asyncio.run(main())
