"""What the recordings say: when a camera's pictures were recorded, and where they were not."""
import bisect
import os
import sqlite3

import clips


def recorded_times(appliance, camera):
    """Wall times (s) of all pictures in the camera's recordings, sorted. The daemon must have ended."""
    database = sqlite3.connect(f"file:{appliance.data}/porchlight.db?mode=ro", uri=True)
    try:
        rows = database.execute("SELECT path, started_at_us FROM recording JOIN camera ON camera.id = camera_id"
                                " WHERE camera.name = ? AND gone_reason = ''", (camera,)).fetchall()
    finally:
        database.close()
    times = []
    for path, started_at_us in rows:
        pts = clips.frame_times(os.path.join(appliance.data, "recordings", path))
        if pts:
            times += [started_at_us / 1e6 + at - pts[0] for at in pts]
    return sorted(times)


def largest_gap(times, begin, end):
    """The longest time without a recorded picture between two wall times, and when it began."""
    first, last = bisect.bisect_left(times, begin), bisect.bisect_right(times, end)
    marks = [begin, *times[first:last], end]
    gap, at = max((later - earlier, earlier) for earlier, later in zip(marks, marks[1:]))
    return gap, at


def first_after(times, moment):
    """The first picture recorded after a moment, or None."""
    index = bisect.bisect_right(times, moment)
    return times[index] if index < len(times) else None
