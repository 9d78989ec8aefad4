#!/usr/bin/python3
"""One network camera made of Debian's GStreamer RTSP server: rtsp://127.0.0.1:PORT/main, live, until it is ended.

  gst_camera.py [--port PORT] [--codec h264|h265|mjpeg] [--size 320x240] [--rate 10] [--gop 10] [--audio aac|pcmu]
                [--user NAME:PASSWORD] [--own-stream] [--tls]

Prints `ready rtsp=PORT` once it listens. The picture is a ball that moves through noise: no two are equal. All clients
share one encoder, as in a camera; with --own-stream each has one of its own, so that the first picture is a keyframe.
--tls: rtsps://, with a certificate that nobody signed (needs glib-networking). RTSP through HTTP it serves at the same port.
Needs gir1.2-gst-rtsp-server-1.0, and therefore the system's Python, not another one.
"""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast bitrate=400 key-int-max={gop} ! video/x-h264,profile=baseline"
            " ! rtph264pay name=pay0 pt=96 config-interval=-1",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast bitrate=400 key-int-max={gop} option-string=repeat-headers=1:pools=none:frame-threads=1:log-level=none"
            " ! rtph265pay name=pay0 pt=96 config-interval=-1",
    "mjpeg": "jpegenc quality=60 ! rtpjpegpay name=pay0 pt=26",
}
SOUNDS = {
    "aac": "audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=16000,channels=1 ! voaacenc bitrate=32000 ! rtpmp4gpay name=pay1 pt=97",
    "pcmu": "audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay1 pt=0",
}


def launch_line(arguments):
    width, height = arguments.size.split("x")
    picture = (f"videotestsrc is-live=true pattern=ball background-color=0xff305060 foreground-color=0xffe0c080 motion=wavy"
               f" ! video/x-raw,format=I420,width={width},height={height},framerate={arguments.rate}/1")
    encoder = ENCODERS[arguments.codec].format(gop=arguments.gop)
    sound = " " + SOUNDS[arguments.audio] if arguments.audio else ""
    return f"( {picture} ! {encoder}{sound} )"


def own_certificate():
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=camera", "-days", "30", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        return Gio.TlsCertificate.new_from_files(certificate, key)


def guard(auth, factory, user):
    """Digest authentication: without the right password not even the description is told."""
    name, _, password = user.partition(":")
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    auth.add_digest(name, password, token)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
    permissions.add_permission_for_role("viewer", GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
    factory.set_permissions(permissions)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--codec", choices=sorted(ENCODERS), default="h264")
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--rate", type=int, default=10)
    parser.add_argument("--gop", type=int, default=10)
    parser.add_argument("--audio", choices=sorted(SOUNDS))
    parser.add_argument("--user", metavar="NAME:PASSWORD")
    parser.add_argument("--own-stream", action="store_true")
    parser.add_argument("--tls", action="store_true")
    arguments = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(arguments.port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch_line(arguments))
    factory.set_shared(not arguments.own_stream)
    auth = GstRtspServer.RTSPAuth()
    if arguments.user:
        guard(auth, factory, arguments.user)
    if arguments.tls:
        auth.set_tls_certificate(own_certificate())
    if arguments.user or arguments.tls:
        server.set_auth(auth)
    server.get_mount_points().add_factory("/main", factory)
    # A port that was ours a moment ago may serve somebody's connection for a while.
    for _ in range(50):
        if server.attach(None):
            break
        time.sleep(0.1)
    else:
        sys.exit(f"port {arguments.port} is taken")
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    print(f"ready rtsp={server.get_bound_port()}", flush=True)
    loop.run()


if __name__ == "__main__":
    main()
