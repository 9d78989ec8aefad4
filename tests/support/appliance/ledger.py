"""The coverage ledger against the recordings: no unexplained second, and none that is claimed and missing."""
import datetime
import statistics

import witness
from appliance import seconds_of
from cases import check


def coverage(appliance, camera, begin=0.0):
    """GET coverage since a wall time, checked: contiguous, and recorded + gaps = wall time."""
    iso = "1970-01-02T00:00:00Z" if not begin else iso_of(begin)
    found = appliance.get(f"/cameras/{camera}/coverage?from={iso}")
    check(abs(found["recorded_s"] + found["gap_s"] - found["wall_s"]) < 0.01,
          f"{camera}: {found['recorded_s']} s recorded and {found['gap_s']} s gaps are not {found['wall_s']} s")
    intervals = found["intervals"]
    for before, after in zip(intervals, intervals[1:]):
        check(before["ended_at"] == after["started_at"], f"{camera}: the ledger has a hole after {before['ended_at']}")
    for interval in intervals:
        check((interval["kind"] == "gap") == bool(interval["cause"]), f"{camera}: a gap without a cause: {interval}")
    return found


def iso_of(wall):
    return datetime.datetime.fromtimestamp(wall, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


PAUSE_S = 1.0    # beyond the interval, as in core/record/footage/open_recording.cpp: the picture before was made to last, and is no footage
BRIDGE_S = 0.5   # between two recordings: docs/ledger.md


def footage_s(appliance, camera, begin, end):
    """Seconds between two wall times that the pictures in the recordings cover. The daemon must have ended."""
    return covered_s(witness.recordings(appliance, camera), begin, end)


def covered_s(recordings, begin, end):
    """The same of [(wall time of the start, presentation times of all pictures)]."""
    spans = []
    for started_at, pts in recordings:
        first = last = started_at
        usual_s = statistics.median(after - before for before, after in zip(pts, pts[1:])) if len(pts) > 1 else 0
        for at in (started_at + at - pts[0] for at in pts):
            if at - last > PAUSE_S + usual_s:
                spans.append((first, last))
                first = at
            last = at
        spans.append((first, last))
    total, until = 0, begin
    for first, last in sorted(spans):
        joined = until if 0 < first - until <= BRIDGE_S and until > begin else max(first, until)
        total += max(0, min(last, end) - min(joined, end))
        until = max(until, last)
    return total


def check_against_files(appliance, camera, found, tolerance_s):
    """The ledger's recorded seconds are in the files. The daemon must have ended."""
    files_s = footage_s(appliance, camera, seconds_of(found["from_at"]), seconds_of(found["to_at"]))
    check(abs(files_s - found["recorded_s"]) < tolerance_s,
          f"{camera}: the ledger claims {found['recorded_s']:.2f} s, the recordings hold {files_s:.2f} s")
    return files_s
