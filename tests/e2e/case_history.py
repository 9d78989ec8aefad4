"""Footage as files: a range as one MP4, an evidence pack that opens offline, and the timeline that leads to them."""
import hashlib
import io
import json
import os
import time
import zipfile

import clips
import settings
from appliance import Appliance, seconds_of
from browsing import drive, need_browser
from cases import case, check, wait_until

SCENE = {"source": {"plugin": "testpattern"}, "record": {"mode": "continuous"}}
# A range begins with the keyframe before it (every 2 s) and ends with the fragment that holds its end (1 s and a picture).
WIDENED_MOST_S = 3.2


def iso(unix):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix))


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return path


def check_export(appliance, start, end):
    path = f"/api/v1/recordings/export.mp4?camera=porch&from={iso(start)}&to={iso(end)}"
    status, headers, body = appliance.request("GET", path, timeout_s=60)
    check(status == 200, f"export: {status} {body[:300]!r}")
    check(int(headers["Content-Length"]) == len(body), f"Content-Length {headers['Content-Length']}, {len(body)} bytes came")
    check("attachment" in headers["Content-Disposition"] and "porch-" in headers["Content-Disposition"], str(headers))
    file = write(os.path.join(appliance.folder, "export.mp4"), body)
    said = clips.complaints(file)
    check(not said, f"export: {said[:300]}")
    longer = clips.duration_of(file) - (end - start)
    check(-0.1 <= longer <= WIDENED_MOST_S, f"export lasts {clips.duration_of(file)} s, asked {end - start:.1f} s")
    status, headers, part = appliance.request("GET", path, headers={"Range": "bytes=1000-1999"})
    check(status == 206 and part == body[1000:2000], f"range of an export: {status}")
    status, _, body = appliance.request("GET", f"/api/v1/recordings/export.mp4?camera=porch&from={iso(start - 9000)}&to={iso(start - 8000)}")
    check(status == 404 and b"no_footage" in body, f"export of nothing: {status} {body[:300]!r}")


def check_pack(folder, body, note):
    with zipfile.ZipFile(io.BytesIO(body)) as pack:
        check(pack.testzip() is None, "the ZIP's checksums do not match")
        names = pack.namelist()
        manifest = json.loads(pack.read("manifest.json"))
        check(manifest["note"] == note and manifest["exported_by"] in ("admin", "local"), f"manifest: {manifest}")
        check(manifest["node_id"] and manifest["version"], f"manifest does not name the appliance: {manifest}")
        listed = manifest["clips"] + manifest["files"]
        check(sorted(entry["file"] for entry in listed) == sorted(set(names) - {"manifest.json"}), f"manifest lists not all of {names}")
        for entry in listed:
            content = pack.read(entry["file"])
            check(len(content) == entry["size_bytes"], f"{entry['file']}: size")
            check(hashlib.sha256(content).hexdigest() == entry["sha256"], f"{entry['file']}: hash")
            if entry["file"].endswith(".mp4"):
                said = clips.complaints(write(os.path.join(folder, "packed.mp4"), content))
                check(not said, f"{entry['file']}: {said[:300]}")
        check({clip["camera"] for clip in manifest["clips"]} == {"porch", "yard"}, f"clips of {names}")
        gaps = json.loads(pack.read("gaps.json"))
        check([camera["camera"] for camera in gaps["cameras"]] == ["porch", "yard"], f"gaps.json: {gaps}")
        statement = pack.read("statement.txt").decode()
        check("Recorded:" in statement and "Clock" in statement and note in statement, f"statement: {statement}")
        page = pack.read("index.html").decode()
        check("@DATA@" not in page and "<script" in page and note.split("<")[0] in page and "</script><b>" not in page, "index.html has no data")
        pack.extractall(os.path.join(folder, "pack"))


@case("history: a range is exported as one MP4 and as an evidence pack whose hashes match; both are on record")
def exports():
    with Appliance(settings.build, {"porch": SCENE, "yard": SCENE}) as appliance:
        appliance.login()
        wait_until("both cameras record", 20, lambda: all(camera["is_recording"] for camera in appliance.cameras().values()))
        start = time.time() + 1
        time.sleep(14)
        end = start + 6
        check_export(appliance, start, end)
        note = "parcel </script><b>bold</b>"
        status, headers, body = appliance.request("POST", "/api/v1/evidence", {"cameras": ["porch", "yard"], "from": iso(start), "to": iso(end), "note": note}, timeout_s=60)
        check(status == 200, f"evidence: {status} {body[:300]!r}")
        check(int(headers["Content-Length"]) == len(body), "Content-Length of the evidence pack")
        check_pack(appliance.folder, body, note)
        audit = json.dumps(appliance.get("/audit"))
        check(audit.count("recording_export") == 1 and "evidence_export" in audit, f"audit: {audit[:500]}")

        file = os.path.join(appliance.folder, "cli.mp4")
        done = appliance.cli("export", "--camera", "porch", "--from", iso(start), "--to", iso(end), "--out", file)
        check(done.returncode == 0 and not clips.complaints(file), f"porchlight export: {done.stdout}{done.stderr}")
        archive = os.path.join(appliance.folder, "cli.zip")
        done = appliance.cli("evidence", "--camera", "porch,yard", "--from", iso(start), "--to", iso(end), "--note", "by hand", "--out", archive)
        check(done.returncode == 0, f"porchlight evidence: {done.stdout}{done.stderr}")
        with open(archive, "rb") as packed:
            check_pack(appliance.folder, packed.read(), "by hand")
        done = appliance.cli("export", "--camera", "porch", "--from", iso(start - 9000), "--to", iso(start - 8000), "--out", file + "2")
        check(done.returncode == 1 and "nothing was recorded" in done.stderr, f"export of nothing: {done.returncode} {done.stderr}")
        check(not [name for name in os.listdir(appliance.folder) if name.endswith(".part")], "an unfinished file was left behind")


def check_covers(path, start, end, rate_hz, recordings):
    """The picture times of a file of its own clock, which begins at `began`, cover the range without a hole."""
    said = clips.complaints(path)
    check(not said, f"{path}: {said[:300]}")
    times = clips.frame_times(path)
    check(times and times[0] < 0.1, f"the first picture of {path} is at {times[:1]}")
    length = times[-1] - times[0] + 1 / rate_hz
    check(end - start - 0.1 <= length <= end - start + WIDENED_MOST_S, f"{path}: pictures of {length:.2f} s for {end - start:.2f} s")
    # A busy machine may draw the scene rarely; but what was recorded is there, picture by picture.
    recorded = [size for file in recordings for size in clips.packet_sizes(file)]
    exported = clips.packet_sizes(path)
    first = next((at for at in range(len(recorded)) if recorded[at:at + 10] == exported[:10]), None)
    check(first is not None and recorded[first:first + len(exported)] == exported,
          f"{path}: its {len(exported)} pictures are not a stretch of the {len(recorded)} recorded ones")
    return length


@case("history: the export dialog saves a range as MP4 and an evidence pack that verifies and opens offline")
def dialog():
    need_browser()
    with Appliance(settings.build, {"porch": SCENE, "yard": SCENE}) as appliance:
        appliance.login()
        wait_until("both cameras record", 20, lambda: all(camera["is_recording"] for camera in appliance.cameras().values()))
        start = int(time.time()) + 3
        end = start + 7
        wait_until("the range is over and on the disk", 30, lambda: time.time() > end + 6, 0.2)
        drive(appliance, "login,export", export=json.dumps({"from": iso(start), "to": iso(end), "camera": "porch"}))
        rate_hz = appliance.camera("porch")["rate_hz"]
        length = check_covers(os.path.join(appliance.folder, "dialog.mp4"), start, end, max(rate_hz, 5), appliance.recordings("porch"))
        with zipfile.ZipFile(os.path.join(appliance.folder, "dialog.zip")) as pack:
            manifest = json.loads(pack.read("manifest.json"))
        for clip in manifest["clips"]:
            check(seconds_of(clip["started_at"]) <= start + 0.1 and seconds_of(clip["ended_at"]) >= end - 0.1,
                  f"{clip['file']} does not cover the range")
        print(f"   {length:.2f} s of pictures for a range of {end - start} s")


@case("history: seven hours of a camera, more than one file holds, are exported in parts by command line and dialog")
def parts():
    need_browser()
    hours = 7
    camera = {"source": {"plugin": "testpattern"}, "detect": {"enabled": False}, "record": {"mode": "off"}}
    appliance = Appliance(settings.build, {"porch": camera})
    made = clips.five_minutes(os.path.join(appliance.folder, "five.mp4"))
    begin = (int(time.time()) // 300 - 12 * (hours + 1)) * 300
    for at in range(begin, begin + hours * 3600, 300):
        day, clock = time.strftime("%Y-%m-%d %H%M%S", time.gmtime(at)).split()
        folder = os.path.join(appliance.data, "recordings", "porch", day)
        os.makedirs(folder, exist_ok=True)
        os.link(made, os.path.join(folder, f"{clock}.000-porch.mp4"))  # files without rows are adopted at start
    appliance.start(wait=False)
    try:
        appliance.wait_ready(90)
        appliance.login()
        file = os.path.join(appliance.folder, "day.mp4")
        end = begin + hours * 3600
        done = appliance.cli("export", "--camera", "porch", "--from", iso(begin), "--to", iso(end), "--out", file, timeout_s=240)
        check(done.returncode == 0, f"porchlight export: {done.stdout}{done.stderr}")
        pieces = [os.path.join(appliance.folder, f"day-{number}.mp4") for number in (1, 2)]
        length = sum(clips.duration_of(piece) for piece in pieces)
        check(abs(length - hours * 3600) < 0.5, f"the parts last {length} s, not {hours} h")
        drive(appliance, "login,parts", export=json.dumps({"from": iso(begin), "to": iso(end), "camera": "porch", "parts": 2}))
        last = clips.duration_of(os.path.join(appliance.folder, "last-part.mp4"))
        check(abs(last - clips.duration_of(pieces[1])) < 0.1, f"the dialog's last part lasts {last} s")
    finally:
        appliance.__exit__()


@case("history: the timeline tells what was recorded; a deleted event comes back")
def timeline():
    with Appliance(settings.build, {"porch": {**SCENE, "record": {"mode": "motion", "pre_roll": "2s", "post_roll": "2s"}}}) as appliance:
        appliance.login()
        wait_until("an event", 40, lambda: appliance.events("porch"))
        wait_until("the event is closed", 40, lambda: any(event["state"] == "closed" for event in appliance.events("porch")))
        event = next(event for event in appliance.events("porch") if event["state"] == "closed")
        lane = appliance.get("/timeline?from=-1h")["cameras"][0]
        check(lane["camera"] == "porch" and lane["recorded_us"] > 2_000_000 and lane["spans"], f"timeline: {lane}")
        check(event["id"] in [entry["id"] for entry in lane["events"]], f"timeline without the event: {lane}")
        begun = min(span[0] for span in lane["spans"])
        check(begun <= next(entry["started_at_us"] for entry in lane["events"] if entry["id"] == event["id"]), "no footage before the event")
        path = "/api/v1/events/" + event["id"]
        status, _, body = appliance.request("DELETE", path)
        check(status == 200 and b"restorable_until_at" in body, f"delete: {status} {body[:200]!r}")
        check(event["id"] not in [entry["id"] for entry in appliance.events()], "a deleted event is listed")
        status, _, body = appliance.request("POST", path + "/restore")
        check(status == 200, f"restore: {status} {body[:200]!r}")
        check(event["id"] in [entry["id"] for entry in appliance.events()], "a restored event is not listed")
        check(appliance.get("/events/summary?from=-1h")["count"] >= 1, "the summary counts nothing")
