"""The coverage ledger against the recordings: no unexplained second, and none that is claimed and missing."""
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
    import datetime
    return datetime.datetime.fromtimestamp(wall, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def recorded_s(found):
    """Seconds the ledger claims as recorded, up to the end of what is settled."""
    end = seconds_of(found["to_at"])
    return sum(min(seconds_of(i["ended_at"]) if i["ended_at"] else end, end) - seconds_of(i["started_at"])
               for i in found["intervals"] if i["kind"] == "recorded")


def footage_s(times, begin, end, hole_s):
    """Seconds that the packets of the recordings cover between two wall times; longer pauses than hole_s are holes."""
    inside = [at for at in times if begin <= at <= end]
    return sum(later - earlier for earlier, later in zip(inside, inside[1:]) if later - earlier <= hole_s)


def check_against_files(appliance, camera, found, tolerance_s, hole_s=0.5):
    """The ledger's recorded seconds are in the files. The daemon must have ended."""
    times = witness.recorded_times(appliance, camera)
    files_s = footage_s(times, seconds_of(found["from_at"]), seconds_of(found["to_at"]), hole_s)
    check(abs(files_s - found["recorded_s"]) < tolerance_s,
          f"{camera}: the ledger claims {found['recorded_s']:.2f} s, the recordings hold {files_s:.2f} s")
    return files_s
