"""No unexplained second: the ledger, health history, log and switches of the real daemon."""
import json
import os
import time

import settings
from appliance import Appliance, seconds_of
from cases import case, check, wait_until

CONTINUOUS = {"source": {"plugin": "testpattern"}, "record": {"mode": "continuous"}}
MOTION = {"source": {"plugin": "testpattern"}, "detect": {"enabled": False}, "record": {"mode": "motion"}}


def coverage(appliance, camera, query=""):
    return appliance.get(f"/cameras/{camera}/coverage{query}")


def told(ledger):
    """-> [(recorded or the cause, seconds or None while it runs, detail)]"""
    out = []
    for row in ledger["intervals"]:
        span = seconds_of(row["ended_at"]) - seconds_of(row["started_at"]) if row["ended_at"] else None
        out.append((row["cause"] or "recorded", span, row["detail"]))
    return out


def check_sums(ledger):
    wall = seconds_of(ledger["to_at"]) - seconds_of(ledger["from_at"])
    check(abs(ledger["wall_s"] - wall) < 0.001, f"wall_s {ledger['wall_s']} but the range is {wall} s")
    check(abs(ledger["recorded_s"] + ledger["gap_s"] - wall) < 0.001, f"recorded + gaps is not {wall}: {ledger}")
    check(abs(sum(ledger["gap_by_cause_s"].values()) - ledger["gap_s"]) < 0.001, f"causes do not add up: {ledger}")
    rows = ledger["intervals"]
    for row, following in zip(rows, rows[1:]):
        check(row["ended_at"] == following["started_at"], f"a hole or overlap at {row['ended_at']}")


def put(appliance, path, body):
    appliance.get("/me")
    status, _, answer = appliance.request("PUT", "/api/v1" + path, body)
    check(status == 200, f"PUT {path}: {status} {answer[:200]!r}")
    return json.loads(answer)


def recorded_for(appliance, camera, seconds):
    return lambda: coverage(appliance, camera)["recorded_s"] >= seconds


@case("ledger: a core killed and started again, then stopped and started again, is explained to a second")
def restarts():
    with Appliance(settings.build, {"porch": CONTINUOUS, "quiet": MOTION}) as appliance:
        wait_until("four seconds recorded", 30, recorded_for(appliance, "porch", 4))
        killed_at = time.time()
        appliance.kill()
        time.sleep(3)
        appliance.start()
        back_at = time.time()
        wait_until("recorded again", 30, lambda: told(coverage(appliance, "porch"))[-1][0] == "recorded")
        wait_until("some more recorded", 30, recorded_for(appliance, "porch", 7))
        ledger = coverage(appliance, "porch")
        check_sums(ledger)
        crash = [(cause, span) for cause, span, _ in told(ledger) if cause == "core_crash"]
        check(len(crash) == 1, f"told: {told(ledger)}")
        # From the last durable second to the start: not shorter than it was down, not longer than the second that may be lost.
        check(2.5 <= crash[0][1] <= back_at - killed_at + 2.5, f"core_crash for {crash[0][1]:.2f} s, it was {back_at - killed_at:.2f} s")
        names = [cause for cause, _, _ in told(coverage(appliance, "quiet"))]
        check("core_crash" in names and names[-1] == "detect_off", f"the quiet camera: {names}")
        appliance.stop()
        time.sleep(2)
        appliance.start()
        wait_until("recorded again", 30, lambda: told(coverage(appliance, "porch"))[-1][0] == "recorded")
        names = [cause for cause, _, _ in told(coverage(appliance, "porch"))]
        check("daemon_stopped" in names, f"after a proper stop: {names}")
        checked = appliance.cli("check")
        check(checked.returncode == 0, f"porchlight check: {checked.stdout}{checked.stderr}")
        shown = appliance.cli("coverage", "--json")
        check(shown.returncode == 0, f"porchlight coverage: {shown.stdout}{shown.stderr}")
        for line in json.loads(shown.stdout)["cameras"]:
            check_sums(line)
        print(f"   core_crash {crash[0][1]:.2f} s for {back_at - killed_at:.2f} s without a core; {told(ledger)}")


@case("ledger: who switched a camera off, record modes, and a worker that dies")
def switches():
    with Appliance(settings.build, {"porch": CONTINUOUS}) as appliance:
        wait_until("three seconds recorded", 30, recorded_for(appliance, "porch", 3))
        camera = put(appliance, "/cameras/porch/enabled", {"enabled": False})
        check(camera["state"] == "disabled" and "admin" in camera["reason"], f"{camera['state']}: {camera['reason']}")
        wait_until("its worker ends", 10, lambda: appliance.camera("porch")["worker"]["pid"] == 0)
        time.sleep(2)
        put(appliance, "/cameras/porch/enabled", {"enabled": True})
        wait_until("recorded again", 30, lambda: told(coverage(appliance, "porch"))[-1][0] == "recorded")
        put(appliance, "/cameras/porch/record", {"mode": "off"})
        wait_until("record_off", 10, lambda: told(coverage(appliance, "porch"))[-1][0] == "record_off")
        put(appliance, "/cameras/porch/record", {"mode": "continuous"})
        wait_until("recorded after record_off", 30, lambda: told(coverage(appliance, "porch"))[-1][0] == "recorded")
        check(appliance.camera("porch")["score"] == 100, "switching cost the score")
        os.kill(appliance.camera("porch")["worker"]["pid"], 9)
        deaths = ("worker_restart", "capture_failure")
        wait_until("the gap and footage behind it", 30, lambda: (rows := [row[0] for row in told(coverage(appliance, "porch"))])[-1] == "recorded"
                   and rows[-2] in deaths)
        ledger = coverage(appliance, "porch")
        check_sums(ledger)
        rows = told(ledger)
        off = [row for row in rows if row[0] == "disabled"]
        check(len(off) == 1 and off[0][2] == "by admin" and off[0][1] >= 2, f"disabled: {off}")
        check(rows[-2][1] < 5, f"it took {rows[-2][1]:.1f} s")
        health = appliance.get("/cameras/porch/health")
        check(len(health["samples"]) >= 3, f"samples: {health['samples']}")
        check(any(row["ended_at"] for row in health["incidents"]), f"no incident that ended: {health['incidents']}")
        status, _, metrics = appliance.request("GET", "/api/v1/metrics")
        check(b'porchlight_coverage_seconds{camera="porch",cause="disabled"}' in metrics, "metrics without the ledger")
        audit = [row["action"] for row in appliance.get("/audit")["audit"]]
        check("camera_disable" in audit and "record_mode" in audit, f"audit: {audit}")
        print(f"   {rows}")


@case("ledger: what was switched stays so after a crash and a restart, until the configuration is changed")
def switches_stay():
    with Appliance(settings.build, {"porch": CONTINUOUS, "quiet": MOTION}) as appliance:
        wait_until("recorded", 30, recorded_for(appliance, "porch", 1))
        put(appliance, "/cameras/porch/record", {"mode": "off"})
        put(appliance, "/cameras/quiet/enabled", {"enabled": False})
        put(appliance, "/cameras/quiet/detect", {"enabled": True})
        wait_until("record_off", 10, lambda: told(coverage(appliance, "porch"))[-1][0] == "record_off")
        time.sleep(1)  # until they are in the database
        appliance.kill()
        appliance.start()
        wait_until("the camera that was switched off is told as such", 5, lambda: appliance.camera("quiet")["state"] != "starting")
        porch, quiet = appliance.camera("porch"), appliance.camera("quiet")
        check(porch["record_mode"] == "off", f"after the crash it records {porch['record_mode']}")
        check(quiet["state"] == "disabled" and "admin" in quiet["reason"] and quiet["is_detect_on"], f"after the crash: {quiet['state']}, {quiet['reason']}")
        shown = {(entry["key"], entry["value"], entry["configured"], entry["by"]) for entry in porch["switches"] + quiet["switches"]}
        check(shown == {("record", "off", "continuous", "admin"), ("enabled", "off", "on", "admin"), ("detect", "on", "off", "admin")}, f"{shown}")
        text = appliance.cli("status", "porch", "--detailed").stdout
        check("record switched to off by admin" in text and "the configuration says continuous" in text, text)
        wait_until("the worker runs", 20, lambda: appliance.camera("porch")["state"] == "running")
        wait_until("still record_off", 20, lambda: told(coverage(appliance, "porch"))[-1][0] == "record_off")
        put(appliance, "/cameras/quiet/enabled", {"enabled": True})
        check([entry["key"] for entry in appliance.camera("quiet")["switches"]] == ["detect"], "switching back is a switch of its own")
        appliance.stop()
        # The owner changes the configuration: it is the newer word.
        path = os.path.join(appliance.folder, "cameras.d", "porch.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        check("continuous" in text, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("continuous", "motion"))
        appliance.start()
        porch = appliance.camera("porch")
        check(porch["record_mode"] == "motion" and porch["switches"] == [], f"{porch['record_mode']}, {porch['switches']}")
        check(appliance.camera("quiet")["state"] != "disabled", "it was switched on again before the restart")


@case("ledger: the log has the alerts as fields, and no secret")
def log():
    broken = {"source": {"plugin": "ffmpeg", "url": "rtsp://user:geheim@127.0.0.1:9/main"}}
    with Appliance(settings.build, {"broken": broken, "porch": MOTION}) as appliance:
        appliance.get("/me")
        issues = wait_until("an alert in the log", 40, lambda: [
            line for line in appliance.get("/logs?since=-1h&camera=broken&errors=true")["lines"] if line["code"] == "CAMERA_ISSUE"])
        check(issues[0]["camera"] == "broken" and issues[0]["kind"], f"{issues[0]}")
        check("geheim" not in json.dumps(appliance.get("/logs")), "the log knows the password")
        shown = appliance.cli("logs", "--errors", "--camera", "broken", "--since", "-10m", "--json")
        check(shown.returncode == 0 and "CAMERA_ISSUE" in shown.stdout, f"porchlight logs: {shown.stdout[:300]}{shown.stderr}")
        with open(os.path.join(appliance.data, "log", "log.jsonl"), encoding="utf-8") as file:
            for line in file:
                json.loads(line)
        wait_until("the gap's cause", 40, lambda: told(coverage(appliance, "broken"))[-1][0] in ("connection_lost", "no_frames"))
        tested = appliance.cli("test", "porch", "-n", "3", "--json")
        check(tested.returncode == 0, f"porchlight test: {tested.stdout}{tested.stderr}")
        result = json.loads(tested.stdout)
        check(result["successes"] == 3 and result["latency_min_us"] > 0, f"{result}")
        tested = appliance.cli("test", "broken", "-n", "1", "--timeout", "2s", "--json")
        result = json.loads(tested.stdout)
        check(tested.returncode == 1 and result["successes"] == 0 and result["faults"], f"{tested.returncode} {result}")


@case("ledger: a token opens what its role may, until it is removed")
def tokens():
    with Appliance(settings.build, {"porch": MOTION}) as appliance:
        appliance.get("/me")
        status, _, body = appliance.request("POST", "/api/v1/tokens", {"name": "script", "role": "viewer"})
        check(status == 201, f"{status} {body!r}")
        token = json.loads(body)["token"]
        check(token not in json.dumps(appliance.get("/tokens")), "the list shows the token")
        bearer, cookie = {"Authorization": "Bearer " + token}, appliance.cookie
        appliance.cookie = None
        check(appliance.request("GET", "/api/v1/cameras", headers=bearer)[0] == 200, "the token opens nothing")
        check(appliance.request("GET", "/api/v1/users", headers=bearer)[0] == 403, "a viewer's token reads the users")
        check(appliance.request("GET", "/api/v1/cameras", headers={"Authorization": "Bearer " + token[:-1] + "0"})[0] in (401, 200), "")
        appliance.cookie = cookie
        check(appliance.request("DELETE", "/api/v1/tokens/script")[0] == 204, "it cannot be removed")
        appliance.cookie = None
        check(appliance.request("GET", "/api/v1/cameras", headers=bearer)[0] == 401, "a removed token still opens")
