"""What the recordings say: when a camera's pictures were recorded, and where they were not."""
import bisect
import os

import clips


def recorded_times(appliance, camera):
    """Wall times (s) of all pictures in the camera's recordings, sorted. The daemon must have ended."""
    times = []
    for started_at, pts in recordings(appliance, camera):
        times += [started_at + at - pts[0] for at in pts]
    return sorted(times)


def recordings(appliance, camera):
    """-> [(wall time of the start (s), presentation times of all pictures)] of the files that hold pictures"""
    found = [(began, clips.frame_times(path)) for path, began, _ in rows(appliance, camera)]
    return [(began, pts) for began, pts in found if pts]


def rows(appliance, camera):
    """-> [(path, began, ended)] of what the database says there is, in order; wall time (s), `ended` is `began` while it is open"""
    found = appliance.rows("SELECT path, started_at_us, ended_at_us FROM recording JOIN camera ON camera.id = camera_id"
                           " WHERE camera.name = ? AND gone_reason = '' ORDER BY started_at_us", camera)
    return [(os.path.join(appliance.data, "recordings", path), began / 1e6, (ended or began) / 1e6) for path, began, ended in found]


def footage_s(appliance, camera):
    """Seconds of footage in all files, whatever the wall clock said."""
    return sum(pts[-1] - pts[0] for _, pts in recordings(appliance, camera))


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
