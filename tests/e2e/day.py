"""A day of footage for many cameras, made in seconds: one file of five minutes, linked, and a row for each link."""
import os
import sqlite3
import subprocess
import time

FILE_S = 300
FILES = 288  # of a day


def make_file(folder):
    """Five minutes in fragments of a second. -> path"""
    path = os.path.join(folder, "five-minutes.mp4")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size=64x48:rate=5:duration={FILE_S}",
                    "-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-bf", "0", "-x264-params", "scenecut=0",
                    "-movflags", "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "1000000", path],
                   check=True, timeout=60)
    return path


def add_day(appliance, cameras, path, files=FILES):
    """The rows and links of the day that ended a minute ago. -> (its begin, its end), seconds since 1970"""
    end = int(time.time()) - 60
    begin = end - files * FILE_S
    rows = []
    for number in range(files):
        for camera in cameras:
            name = f"{camera}/day/{number:04}.mp4"
            target = os.path.join(appliance.data, "recordings", name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.link(path, target)
            at = (begin + number * FILE_S) * 1_000_000
            rows.append((camera, name, at, at + FILE_S * 1_000_000, os.path.getsize(path)))
    with sqlite3.connect(os.path.join(appliance.data, "porchlight.db"), timeout=10) as database:
        database.executemany("INSERT INTO recording (camera_id, path, started_at_us, ended_at_us, bytes, video, width_px, height_px,"
                             " has_audio) VALUES ((SELECT id FROM camera WHERE name = ?), ?, ?, ?, ?, 'h264', 64, 48, 0)", rows)
    database.close()
    return begin, end
