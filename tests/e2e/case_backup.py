"""Backup and restore as docs/storage.md says: taken while the appliance records, put into another data folder."""
import contextlib
import os
import shutil
import sqlite3
import tempfile

import clips
import settings
from appliance import Appliance
from cases import case, check, wait_until

CAMERAS = {"porch": {"source": {"plugin": "testpattern"}, "record": {"mode": "motion", "pre_roll": "2s", "post_roll": "2s"}},
           "drive": {"source": {"plugin": "testpattern"}, "record": {"mode": "continuous"}}}


def back_up(data, backup):
    """The database first, then the files; all while it runs."""
    with contextlib.closing(sqlite3.connect(os.path.join(data, "porchlight.db"))) as source, \
            contextlib.closing(sqlite3.connect(os.path.join(backup, "porchlight.db"))) as copy:
        source.backup(copy)
    for folder in ("recordings", "thumbnails"):
        shutil.copytree(os.path.join(data, folder), os.path.join(backup, folder), ignore=shutil.ignore_patterns("*.part"), dirs_exist_ok=True)


def closed(appliance):
    return {event["id"]: event for event in appliance.events() if event["state"] == "closed"}


@case("backup: taken while it records, it starts in another folder with every event, and check is clean")
def backup():
    with tempfile.TemporaryDirectory(prefix="porchlight-backup-") as kept:
        with Appliance(settings.build, CAMERAS) as first:
            first.login()
            wait_until("two closed events", 120, lambda: len(closed(first)) >= 2, 1)
            before = closed(first)
            back_up(first.data, kept)
        with Appliance(settings.build, CAMERAS) as second:
            second.stop()
            shutil.rmtree(second.data)
            shutil.copytree(kept, second.data)
            second.start()
            repaired = second.cli("check", "--repair")
            check(repaired.returncode == 0, f"check --repair: {repaired.stdout}{repaired.stderr}")
            second.login()  # the account came along
            after = closed(second)
            check(set(before) <= set(after), f"events lost: {set(before) - set(after)}")
            for event in before.values():
                status, _, clip = second.request("GET", event["clip_url"])
                check(status == 200 and len(clip) > 10000, f"the clip of {event['id']}: {status}, {len(clip)} bytes")
                status, _, picture = second.request("GET", event["thumbnail_url"])
                check(status == 200 and picture[:2] == b"\xff\xd8", f"the thumbnail of {event['id']}: {status}")
            wait_until("it records on", 30, lambda: second.camera("drive")["is_recording"])
            second.stop()
            unsound = [text for path in second.recordings() if (text := clips.complaints(path))]
            check(not unsound, f"recordings that do not decode: {unsound[:3]}")
            again = second.cli("check")
            check(again.returncode == 0, f"check after it: {again.stdout}{again.stderr}")
            print(f"   {len(before)} events and {len(second.recordings())} recordings; check --repair said: {repaired.stdout.strip().splitlines()[-1:]}")
