#!/usr/bin/env python3
"""Any number of network cameras on loopback, each as a description says: what cameras do wrong, one at a time or together.

  odd_cameras.py PLAN.json

PLAN: {"report": FILE, "certificate": FILE, "key": FILE, "cameras": {NAME: {protocol: rtsp | multipart | jpegs | ts | still, codec, rate_hz, video: FILE, sound: FILE, ...}}}.
`tls`: a camera speaks it, with that certificate; `tunnel`: RTSP through HTTP.
Each camera listens on a port of its own. Prints `ready {"NAME": PORT, ...}`. At its end (SIGTERM) it writes to `report` when each picture
was sent: {NAME: [[unix time, ...], ...]}, one list for each time that the camera was played.

Every client gets the stream from its first picture on. What `camera` of a description may say:
  sets: none | sps | no-vps | garbage | other  what the description (SDP) holds of the parameter sets, which come with keyframes
  sps: without-vui; noise: slices hold nothing that decodes; sdp: metadata-track | sound-first | absolute-control | lf | two-videos
  stamps: nominal (times `nominal`) | step | wobble (by `step_s`, from 13 s on) | wrap | same; reports: none | step
  rtp: extension | padding | reorder | twice (over UDP) | one-packet (sets in one packet) | big | new-source (from 13 s on)
  jitter_s, hang_up_s, pause_at_s and pause_s, pictures_until_s (since it was first played), first_after_s, only: udp | udp-packets (TCP brings none), range: seconds
  play_status, sound_status, sound_from_s, sound_until_s, redirected, session_end (of its name), session_s, rtp_info: wrong, nonce_uses
  head: late-boundary | rubbish-first | image-jpg | charset | no-type | no-length | short-length | comment | comment-no-length | chunked | quoted | dashed | lf |
        lower-case
  jpeg: exif | bare (no Huffman tables) | padded | cut (one in ten)
  status, mute, absent, no_pictures, codec_name, page, change_at_s: from then on the pictures of `other_video`
"""
import asyncio
import base64
import copy
import functools
import json
import random
import signal
import ssl
import sys
import time

import sps
from camera_login import Guard
from camera_media import MTU, Source, Track
from camera_server import REASONS, RtspSession, read_request
from odd_media import OddTrack, Sound, in_one_packet, odd_jpeg, part_of

CHANGE_S = 13            # when stamps step or begin to wobble
BOUNDARY = b"--frame\r\n"
OTHER_SPS = bytes.fromhex("6742c00bd90304ec0440000003004000000503c50a92")  # of a camera of 192x144


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
        self.rate_hz, self.sent = plan["rate_hz"], []
        self.guard = Guard(plan.get("ask", []), plan.get("user", ":"), nonce_uses=self.odd.get("nonce_uses"))
        self.dice = random.Random(name)
        self.source = self.split(plan["video"]) if plan.get("video") else None
        self.other = self.split(plan["other_video"]) if plan.get("other_video") else None
        has_sound = plan.get("sound_file") and plan["protocol"] == "rtsp"
        self.sound = Sound(plan["sound_file"], **plan["sound"]) if has_sound else None
        self.began_at = self.first_played_at = None
        self.tunnels = {}  # cookie: what goes down

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
        return self.clock_s(self.source.shown_s(number))

    def clock_s(self, at_s):
        """What the camera's clock says at a time of its stream."""
        how = self.odd.get("stamps")
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
        sent = []
        self.sent.append(sent)
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
                await send_picture(number, time.monotonic() - start)
                sent.append(time.time())
            while send_sound and sound_from_s + unit * self.sound.samples / self.sound.clock_hz <= min(at_s, sound_until_s):
                await send_sound(unit, sound_from_s + unit * self.sound.samples / self.sound.clock_hz, time.monotonic() - start)
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
        self.camera, self.heard_at, self.timeout_s = camera, time.monotonic(), camera.odd.get("session_s", 60)
        self.session += camera.odd.get("session_end", "")

    async def answer(self, method, url, path, headers):
        camera, status, extra, body = self.camera, 200, "", ""
        if method == "OPTIONS":
            extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n"
        elif not camera.guard.admits(method, headers.get("authorization", ""), url):
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
        if method == "PLAY" and status == 200:
            status = camera.odd.get("play_status", 200)
        if method == "PLAY" and camera.odd.get("rtp_info") == "wrong":
            extra += f"RTP-Info: url={url}/track0;seq=1;rtptime=1\r\n"
        if status == 200:
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

        async def send_picture(number, now_s):
            if camera.odd.get("session_s") and time.monotonic() - self.heard_at > 2 * camera.odd["session_s"] + 2:
                raise ConnectionError("the session is over: the client has not asked for a while")
            if camera.odd.get("rtp") == "new-source" and number == round(CHANGE_S * camera.rate_hz):
                video.begin_anew()
            has_report = number % every == 0 and camera.odd.get("reports") != "none"
            if camera.odd.get("reports") == "step" and number / camera.rate_hz >= CHANGE_S:
                video.ahead_s = camera.odd["step_s"]
            await video.send(self.writer, camera.picture(number), camera.stamp_s(number), has_report, camera.clock_s(now_s))

        async def send_sound(number, at_s, now_s):
            unit = camera.sound.units[number % len(camera.sound.units)]
            await audio.send(self.writer, [unit], at_s, number % 200 == 0 and camera.odd.get("reports") != "none", now_s)

        try:
            await camera.play(send_picture, send_sound if audio else None)
        except (ConnectionError, OSError):
            pass
        self.writer.close()


async def answer_tunnel(camera, reader, writer):
    """One of the two requests of RTSP through HTTP: the GET goes down, the POST comes up in base64."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    method, url = head.split()[:2]
    headers = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in head.split("\r\n")[1:])}
    cookie = headers.get("x-sessioncookie")
    if method == "GET" and not camera.guard.admits(method, headers.get("authorization", ""), url):
        writer.write(f"HTTP/1.0 401 Unauthorized\r\n{camera.guard.challenge()}\r\n".encode())
        return await writer.drain()
    if method == "GET":
        camera.tunnels[cookie] = writer
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n")
        await reader.read()
        return camera.tunnels.pop(cookie)
    requests = asyncio.StreamReader()

    async def decode():
        kept = b""
        while piece := await reader.read(4096):
            kept += piece
            whole = len(kept) // 4 * 4
            requests.feed_data(base64.b64decode(kept[:whole]))
            kept = kept[whole:]
        requests.feed_eof()
    decoder = asyncio.ensure_future(decode())
    try:
        await Session(camera, requests, camera.tunnels[cookie]).run()
    finally:
        decoder.cancel()


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
            camera.sent.append([])
        number = int((time.monotonic() - camera.began_at) * camera.rate_hz)
        camera.sent[-1].append(time.time())
        return await refuse(200, "Content-Type: image/jpeg\r\n", camera.picture(number))
    boundary = {"quoted": '"frame"', "dashed": "--frame"}.get(head, "frame")
    kinds = {"ts": "video/mp2t", "jpegs": "image/jpeg", "multipart": f"multipart/x-mixed-replace; boundary={boundary}"}
    begin = f"HTTP/1.0 200 OK\r\nContent-Type: {kinds[camera.plan['protocol']]}\r\n\r\n"
    if head == "chunked":
        begin = begin.replace("1.0", "1.1").replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n")
    writer.write(begin.encode())
    if head == "rubbish-first":
        writer.write(b"\r\nstarted by init\r\n\0\0\0\0\r\n")

    async def send_picture(number, _):
        piece = camera.picture(number)
        if camera.plan["protocol"] == "multipart":
            part = part_of(piece, head)
            piece = part + BOUNDARY if head == "late-boundary" else BOUNDARY + part
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if head == "chunked" else piece)
        await writer.drain()
    await camera.play(send_picture)


async def serve(camera, secret):
    """-> its port. `secret`: the TLS that cameras have, if they have it."""
    async def client(reader, writer):
        try:
            if camera.odd.get("mute"):
                await reader.read()
            elif camera.plan.get("tunnel"):
                await answer_tunnel(camera, reader, writer)
            elif camera.plan["protocol"] == "rtsp":
                await Session(camera, reader, writer).run()
            else:
                await answer_http(camera, reader, writer)
        except (asyncio.CancelledError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, KeyError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0, ssl=secret if camera.plan.get("tls") else None)
    port = server.sockets[0].getsockname()[1]
    if camera.odd.get("absent"):
        server.close()
        await server.wait_closed()
    return port


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    cameras = [Camera(name, entry) for name, entry in plan["cameras"].items()]
    secret = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if "certificate" in plan:
        secret.load_cert_chain(plan["certificate"], plan["key"])
    ports = {camera.name: await serve(camera, secret) for camera in cameras}
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    print("ready " + json.dumps(ports), flush=True)
    await ended.wait()
    with open(plan["report"], "w", encoding="utf-8") as file:
        json.dump({camera.name: camera.sent for camera in cameras}, file)


if __name__ == "__main__":
    asyncio.run(main())
