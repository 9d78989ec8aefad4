#!/usr/bin/env python3
"""Serve video files as network cameras on loopback, in real time and for ever.

  camera_server.py front=a.mp4 yard=b.mp4 usb=c.avi

H.264 and H.265 files become rtsp://127.0.0.1:RTSP/NAME (RTP over TCP or UDP, as the client asks), AAC audio with
them; MJPEG files become http://127.0.0.1:HTTP/NAME (multipart/x-mixed-replace). Nothing is re-encoded. Each client
gets its own playback from frame 0, unless --shared-clock is given. Prints `ready rtsp=PORT http=PORT` once both ports listen.

Both ports also answer /status/CODE with that status, /moved/NAME with a redirect to /NAME, and --mute accepts and says nothing.
MPEG-TS files become http://127.0.0.1:HTTP/NAME without a length, as an endless programme. --log FILE gets a JSON line for each
connection, and for each start of a stream when its frame 0 was sent.
"""
import argparse
import asyncio
import copy
import json
import random
import struct
import sys
import time

from camera_login import Guard
from camera_media import Source, Track, aac_payload

REASONS = {200: "OK", 302: "Found", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 461: "Unsupported transport", 500: "Internal Server Error",
           503: "Service Unavailable"}


class Faults:
    """What goes wrong on purpose, from the command line."""

    def __init__(self, arguments):
        self.stalls = {name: (float(at), float(span)) for name, at, span in (s.split(":") for s in arguments.stall)}
        self.kills = {name: float(at) for name, at in (s.split(":") for s in arguments.kill)}
        self.one_shot = arguments.one_shot
        self.shared_start = time.monotonic() if arguments.shared_clock else None
        self.log_file = arguments.log

    def log(self, **entry):
        if self.log_file:
            with open(self.log_file, "a") as file:
                file.write(json.dumps({"t": time.time(), **entry}) + "\n")


async def play(source, faults, send_frame, send_audio=None):
    """Frames (and audio up to the same time) by the clock, until the client goes or a fault ends it."""
    start, stall, number, audio = time.monotonic(), faults.stalls.get(source.name), 0, 0
    if faults.shared_start is not None:
        number, start = int((start - faults.shared_start) * source.rate_hz) + 1, faults.shared_start
        audio = int(number / source.rate_hz * source.audio["rate"] / 1024) if source.audio else 0
    faults.log(event="play", name=source.name, frame_0_at=time.time() - time.monotonic() + start, first=number, rate_hz=source.rate_hz)
    while True:
        at_s = number / source.rate_hz
        if stall and at_s >= stall[0]:
            await asyncio.sleep(stall[1])
            start, stall = start + stall[1], None
        if at_s >= faults.kills.get(source.name, float("inf")):
            raise ConnectionError("killed on request")
        await asyncio.sleep(max(0, start + at_s - time.monotonic()))
        await send_frame(source.frames[number % len(source.frames)], number)
        while send_audio and audio * 1024 / source.audio["rate"] <= at_s:
            await send_audio(source.audio["units"][audio % len(source.audio["units"])], audio)
            audio += 1
        number += 1
        if faults.one_shot and number >= len(source.frames):
            return


async def read_request(reader):
    """Method, path and headers of the next request; interleaved RTCP from the client is skipped."""
    while True:
        first = await reader.readexactly(1)
        if first != b"$":
            break
        _, length = struct.unpack("!BH", await reader.readexactly(3))
        await reader.readexactly(length)
    text = (first + await reader.readuntil(b"\r\n\r\n")).decode(errors="replace").lstrip()
    lines = text.split("\r\n")
    method, url = lines[0].split()[:2]
    headers = {key.strip().lower(): value.strip() for key, _, value in (l.partition(":") for l in lines[1:])}
    if int(headers.get("content-length", 0) or 0):
        await reader.readexactly(int(headers["content-length"]))
    path = (url.split("://", 1)[1].partition("/")[2] if "://" in url else url).split("?")[0].strip("/")
    return method, url, path, headers


def forced_status(path):
    parts = path.split("/")
    return int(parts[1]) if parts[0] == "status" and len(parts) > 1 and parts[1].isdigit() else None


class RtspSession:
    """One RTSP client."""
    timeout_s = 60  # without a word of the client, as it is told

    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.source, self.tracks, self.task = None, {}, None
        self.session = f"{random.getrandbits(32):08X}"

    async def run(self):
        try:
            while await self.answer(*await read_request(self.reader)):
                pass
        finally:
            if self.task:
                self.task.cancel()
            for track in self.tracks.values():
                track.close()

    def reply(self, headers, status, extra="", body=""):
        text = f"RTSP/1.0 {status} {REASONS.get(status, 'Status')}\r\nCSeq: {headers.get('cseq', '0')}\r\n"
        text += f"Session: {self.session};timeout={self.timeout_s}\r\n{extra}"
        self.writer.write((text + (f"Content-Length: {len(body)}\r\n\r\n{body}" if body else "\r\n")).encode())

    async def answer(self, method, url, path, headers):
        status, extra, body = 200, "", ""
        if method == "OPTIONS":
            extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n"
        elif not self.server.guard.admits(method, headers.get("authorization", "")):
            status, extra = 401, self.server.guard.challenge()
        elif forced_status(path):
            status = forced_status(path)
        elif path.startswith("moved/"):
            status, extra = 302, "Location: " + url.replace("/moved/", "/", 1) + "\r\n"
        elif method == "DESCRIBE":
            self.source = self.server.sources.get(path)
            if self.source is None or self.source.codec == "mjpeg":
                status = 404
            else:
                body = self.source.description(self.server.arguments.no_parameter_sets)
                extra = f"Content-Base: {url.rstrip('/')}/\r\nContent-Type: application/sdp\r\n"
        elif method == "SETUP":
            extra = await self.set_up(path, headers.get("transport", ""))
        self.reply(headers, status, extra, body)
        await self.writer.drain()
        if method == "PLAY" and status == 200 and self.task is None:
            self.task = asyncio.ensure_future(self.play())
        return method != "TEARDOWN"

    def track(self, is_audio):
        return Track(self.source.audio["rate"], 97) if is_audio else Track(90000, 96)

    async def set_up(self, path, transport):
        is_audio = path.endswith("track1")
        track = self.track(is_audio)
        self.tracks["audio" if is_audio else "video" if path.endswith("track0") else "other"] = track
        if "TCP" in transport:
            given = transport.partition("interleaved=")[2].split("-")[0]
            track.channel = int(given or 2 * is_audio)
            return f"Transport: RTP/AVP/TCP;unicast;interleaved={track.channel}-{track.channel + 1}\r\n"
        port = int(transport.partition("client_port=")[2].split("-")[0])
        loop, address = asyncio.get_running_loop(), self.writer.get_extra_info("peername")[0]
        track.sockets = [(await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0), remote_addr=(address, port + i)))[0] for i in (0, 1)]
        own = [socket.get_extra_info("sockname")[1] for socket in track.sockets]
        return f"Transport: RTP/AVP;unicast;client_port={port}-{port + 1};server_port={own[0]}-{own[1]}\r\n"

    async def play(self):
        video, audio, source = self.tracks["video"], self.tracks.get("audio"), self.source
        reports = max(1, round(5 * source.rate_hz))

        async def send_frame(payloads, number):
            await video.send(self.writer, payloads, source.shown_s(number), number % reports == 0)

        async def send_audio(unit, number):
            await audio.send(self.writer, [aac_payload(unit)], number * 1024 / source.audio["rate"], number % 200 == 0)

        try:
            await play(source, self.server.faults, send_frame, send_audio if audio else None)
        except (ConnectionError, OSError):
            pass
        self.writer.close()


class Server:
    def __init__(self, arguments):
        self.arguments, self.faults = arguments, Faults(arguments)
        self.guard = Guard([] if arguments.auth == "none" else [arguments.auth], arguments.user)
        self.sources = {}
        read = {}
        for stream in arguments.streams:
            name, _, path = stream.partition("=")
            if path not in read:
                read[path] = Source(name, path)
            self.sources[name] = copy.copy(read[path])  # the same file under several names is read once
            self.sources[name].name = name

    async def rtsp_client(self, reader, writer):
        await self.guarded(RtspSession(self, reader, writer).run(), reader, writer)

    async def http_client(self, reader, writer):
        await self.guarded(self.answer_http(reader, writer), reader, writer)

    async def guarded(self, conversation, reader, writer):
        self.faults.log(event="connect")
        try:
            if self.arguments.mute:
                conversation.close()
                await reader.read()
            else:
                await conversation
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    async def answer_http(self, reader, writer):
        method, _, path, headers = await read_request(reader)
        source, status = self.sources.get(path), forced_status(path)
        if path.startswith("moved/"):
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: /{path[6:]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            return await writer.drain()
        if not self.guard.admits(method, headers.get("authorization", "")):
            status = 401
        elif status is None and (source is None or source.codec not in ("mjpeg", "ts")):
            status = 404
        if status:
            extra = self.guard.challenge() if status == 401 else ""
            writer.write(f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\n{extra}Content-Length: 0\r\n"
                         "Connection: close\r\n\r\n".encode())
            return await writer.drain()
        if source.codec == "ts":
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")

            async def send_piece(piece, _):
                writer.write(piece)
                await writer.drain()
            return await play(source, self.faults, send_piece)
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")

        async def send_frame(picture, _):
            writer.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture + b"\r\n")
            await writer.drain()
        await play(source, self.faults, send_frame)

    async def run(self):
        bind = self.arguments.bind
        rtsp = await asyncio.start_server(self.rtsp_client, bind, self.arguments.rtsp)
        http = await asyncio.start_server(self.http_client, bind, self.arguments.http)
        ports = [server.sockets[0].getsockname()[1] for server in (rtsp, http)]
        line = f"ready rtsp={ports[0]} http={ports[1]}"
        if self.arguments.ports_file:
            with open(self.arguments.ports_file, "w") as file:
                file.write(line + "\n")
        print(line, flush=True)
        await asyncio.sleep(self.arguments.limit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("streams", nargs="*", metavar="NAME=FILE")
    parser.add_argument("--rtsp", type=int, default=0, metavar="PORT", help="RTSP port; 0 takes a free one")
    parser.add_argument("--http", type=int, default=0, metavar="PORT", help="HTTP port; 0 takes a free one")
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--ports-file", metavar="FILE", help="write the ready line here as well")
    parser.add_argument("--auth", choices=("none", "basic", "digest", "sha256"), default="none")
    parser.add_argument("--user", default="viewer:secret", metavar="NAME:PASSWORD")
    parser.add_argument("--stall", action="append", default=[], metavar="NAME:AT:FOR",
                        help="each client's stream pauses for FOR seconds after AT seconds; the connection stays")
    parser.add_argument("--kill", action="append", default=[], metavar="NAME:AT",
                        help="each client is disconnected after AT seconds")
    parser.add_argument("--shared-clock", action="store_true",
                        help="the streams run from the server's start: clients join in the middle, as with a real camera")
    parser.add_argument("--log", metavar="FILE", help="JSON lines: connections, starts of streams")
    parser.add_argument("--one-shot", action="store_true", help="end a stream after one pass")
    parser.add_argument("--no-parameter-sets", action="store_true", help="leave SPS and PPS out of the SDP")
    parser.add_argument("--mute", action="store_true", help="accept connections and never answer")
    parser.add_argument("--limit", type=float, default=3600, metavar="S", help="exit after this many seconds")
    try:
        asyncio.run(Server(parser.parse_args()).run())
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
