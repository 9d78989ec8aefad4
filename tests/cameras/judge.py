"""What an owner would ask of a camera, answered from outside: by ffprobe and ffmpeg, and by what the camera knows that it sent.

    complaints = judged(camera, evidence)   # [(question, text)], empty when all is well

Questions: state, plays, length, pictures, pace, pause, event, ledger, rate, sound.
"""
import statistics
import subprocess

import ledger
import streams
from appliance import seconds_of
from batch import EVERY_S
from footage_file import SLACK, File, tone_hz
from ledger import PAUSE_S

CLOCK_S = 1.0          # between two clocks that both tell of the same footage: the resolution of the ledger
DURABLE_S = 2.0        # a fragment, and the time that written footage waits to be synced: docs/storage.md
FILE_PAUSE_S = 3.0     # with sound a longer one ends the file: docs/capture.md
FLAPS_S = 4.0          # a steady camera may be called other than running for this long, all together
BACK_S = 4.0           # of a camera that hung up, until its pictures are recorded again
START_S = 1.5          # of a stream: until its first picture is kept
PACE_S = 0.25          # a picture may stand this much beside its time, and three intervals
VISIT_SLACK_S = 1.0    # an event may begin this much before the box, or later by as much beside its crossing
APART_S = 3.0          # between two crossings
GRID = (32, 18)        # the clip as it is looked at for the box
BOX_LUMA = 25          # the box is darker than the scene by this much, at least, in some place


def luma_grid(path):
    """[(seconds, bytes of the small gray picture)]"""
    width, height = GRID
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-an", "-vf", f"scale={width}:{height}:flags=area,format=gray", "-fps_mode", "passthrough",
                           "-f", "rawvideo", "-"], capture_output=True, timeout=60)
    size = width * height
    return [done.stdout[at:at + size] for at in range(0, len(done.stdout) - size + 1, size)]


def crossings(file):
    """When, in seconds of the clip, the box is to be seen: [(first, last)], one for each time it comes."""
    pictures = luma_grid(file.path)
    if len(pictures) < 3:
        return []
    # The scene without the box: each place as it mostly is.
    usual = [statistics.median(picture[at] for picture in pictures[::max(1, len(pictures) // 25)]) for at in range(GRID[0] * GRID[1])]
    begin = file.times["video"][0][0] if file.times["video"] else 0
    seen = [when - begin for (when, _), picture in zip(file.times["video"], pictures)
            if sum(was - now > BOX_LUMA for was, now in zip(usual, picture)) >= 4]
    ends = [at for at, after in zip(seen, seen[1:]) if after - at > APART_S]
    begins = [at for before, at in zip(seen, seen[1:]) if at - before > APART_S]
    return list(zip(seen[:1] + begins, ends + seen[-1:]))


def in_heaps(times, interval_s):
    """How many follow the one before within a fifth of their interval."""
    return sum(after - before < 0.2 * interval_s for before, after in zip(times, times[1:]))


class Judge:
    """Asks all questions about one camera. -> .complaints"""

    def __init__(self, camera, evidence):
        self.camera, self.evidence, self.complaints = camera, evidence, []
        self.expect = {"states": ["running"], "kinds": [], "has_pictures": True, "sound": True, "claimed_s": 0, "lost": 0, **camera.expect}
        self.runs = self.expect["states"] == ["running"]
        played = [[at for at in play if at <= evidence.stopped_at] for play in evidence.plays]
        self.plays = [play for play in played if len(play) > 1]
        self.files = [(File(path), began, ended) for path, began, ended in evidence.rows]

    def say(self, question, text):
        self.complaints.append((question, text))

    @property
    def is_steady(self):
        """The camera itself never stops."""
        return self.runs and not {"hang_up_s", "pause_at_s", "pictures_until_s", "no_pictures"} & set(self.camera.settings.get("camera", {}))

    def is_hung_up(self):
        """The camera itself hung up a moment before it was looked at last."""
        if not self.runs or "hang_up_s" not in self.camera.settings.get("camera", {}):
            return False
        looked_at = self.evidence.samples[-1][0]
        return any(0 < looked_at - play[-1] < BACK_S and play[-1] - play[0] > self.camera.settings["camera"]["hang_up_s"] - 2 for play in self.plays)

    # -- 1 ---------------------------------------------------------------------------------------------------------

    def state(self):
        shown = self.evidence.samples[-1][1]
        if "or" in self.expect and shown["state"] in self.expect["or"]["states"]:  # told instead of done
            self.expect.update(self.expect["or"], has_pictures=False)
            self.runs = False
        told = f"{shown['state']}, {shown['kind']}: {shown['reason']}"
        if self.is_hung_up():  # that is what it should say
            shown = {**shown, "state": "running"} if shown["kind"] == "connection_error" else shown
        if shown["state"] not in self.expect["states"]:
            self.say("state", f"is {told}; should be {' or '.join(self.expect['states'])}")
        elif not self.runs and shown["kind"] not in self.expect["kinds"]:
            self.say("state", f"the kind is not {' or '.join(self.expect['kinds'])}: {told}")
        elif not self.runs and self.expect.get("says", "") not in (shown["reason"] or ""):
            self.say("state", f"does not say '{self.expect['says']}': {told}")
        elif not self.runs and not shown["reason"]:
            self.say("state", f"says no reason: {told}")
        ran_at = next((at for at, was in self.evidence.samples if was["state"] == "running"), None)
        if self.is_steady and ran_at and shown["state"] == "running":
            others = [was for at, was in self.evidence.samples if at > ran_at and was["state"] != "running"]
            if len(others) * EVERY_S > FLAPS_S:
                self.say("state", f"was not running for {len(others) * EVERY_S:.0f} s in between: {others[0]['kind']}: {others[0]['reason']}")
        if not self.expect["has_pictures"]:
            claims = [at for at, was in self.evidence.samples if was["state"] == "running"]
            claimed_s = claims[-1] - claims[0] if claims else 0
            if claims and claimed_s >= self.expect["claimed_s"]:
                self.say("state", f"was called running for {claimed_s:.1f} s without a picture")
            if self.evidence.rows and not self.expect["claimed_s"]:
                self.say("plays", f"{len(self.evidence.rows)} recordings of nothing")

    # -- 2 ---------------------------------------------------------------------------------------------------------

    def plays_well(self):
        if not self.files and (self.camera.settings["record"] == "continuous" or self.visits()):
            self.say("plays", "nothing was recorded")
        for file, _, _ in self.files:
            wrong = file.said or file.decoding() or ("" if file.pictures else "no picture in it")
            if wrong:
                self.say("plays", f"{len(self.files)} files; {file.name}: {wrong[:200]}")
                return

    # -- 3 ---------------------------------------------------------------------------------------------------------

    def length(self):
        for file, began, ended in self.files:
            passed = ended - began
            if abs(file.span_s() - passed) > SLACK * passed + 0.3 + 1 / self.camera.settings["rate_hz"]:
                self.say("length", f"{file.name} lasts {file.span_s():.2f} s, its row says {passed:.2f} s")
                break
        if self.camera.settings["record"] != "continuous":
            return
        sent_s = self.sent_s()
        kept_s = sum(file.moving_s(1 / self.camera.settings["rate_hz"]) for file, _, _ in self.files)
        if not -SLACK * sent_s - CLOCK_S < sent_s - kept_s < SLACK * sent_s + START_S:
            self.say("length", f"pictures came for {sent_s:.2f} s, {kept_s:.2f} s are in {len(self.files)} files")
        sent, kept = sum(len(play) for play in self.plays), sum(file.pictures for file, _, _ in self.files)
        slack = (SLACK + self.expect["lost"]) * sent + START_S * self.camera.settings["rate_hz"]
        if abs(sent - kept) > slack:
            self.say("pictures", f"{sent} pictures came, {kept} are in the files")
        odd = self.camera.settings.get("camera", {})
        pauses = self.file_pauses()
        if len(self.files) > len(self.plays) + pauses + ("change_at_s" in odd):
            self.say("pictures", f"{len(self.files)} files for {len(self.plays)} connections" + (f" and {pauses} pauses" if pauses else ""))
        if self.is_steady and self.camera.settings["protocol"] != "still" and len(self.plays) > 1:
            self.say("pictures", f"{len(self.plays)} connections where one would do")

    def file_pauses(self):
        """How many files may have ended for a pause: players that count samples of sound would play all that follows too early."""
        if "sound" not in self.camera.settings or not self.expect["sound"]:
            return 0
        return sum(after - before > FILE_PAUSE_S for play in self.plays for before, after in zip(play, play[1:]))

    def sent_s(self):
        """For how long pictures came; a pause is none of it."""
        usual_s = 1 / self.camera.settings["rate_hz"]
        return sum(after - before if after - before < PAUSE_S + usual_s else usual_s for play in self.plays for before, after in zip(play, play[1:]))

    def pace(self):
        """Pictures follow each other in the file as they came; they do not stand in heaps."""
        interval_s, odd = 1 / self.camera.settings["rate_hz"], self.camera.settings.get("camera", {})
        if self.camera.settings["protocol"] == "still":
            return  # asked for in the owner's time
        for file, _, _ in self.files:
            kept = [at for at, _ in file.times["video"]]
            heaped = in_heaps(kept, interval_s)
            sent = sum(in_heaps(play, interval_s) for play in self.plays)  # by a machine that stood still for a moment
            if heaped > 0.03 * len(kept) + 2 + sent and "jitter_s" not in odd:
                return self.say("pace", f"{heaped} of {len(kept)} pictures follow within a fifth of their interval")
            came_s = len(kept) * interval_s
            if self.is_steady and abs(file.span_s() - came_s) > (0.05 + self.expect["lost"]) * came_s + min(3 * interval_s, 1) + 1:
                return self.say("pace", f"{len(kept)} pictures, which came in {came_s:.1f} s, last {file.span_s():.1f} s")
        if len(self.files) == len(self.plays) == 1 and abs(len(self.plays[0]) - self.files[0][0].pictures) <= 3:
            sent, kept = self.plays[0], [at for at, _ in self.files[0][0].times["video"]]
            # Where this machine sent late, the camera's plan is as right as the arrival.
            apart = max(min(abs(at - kept[0] - (came - sent[0])), abs(at - kept[0] - self.planned_s(number)))
                        for number, (at, came) in enumerate(zip(kept, sent)))
            if apart > self.beside_s():
                self.say("pace", f"a picture stands {apart:.2f} s beside its time")

    def planned_s(self, number):
        """When a camera plays picture `number`; the time of a pause passes."""
        at_s, odd = number / self.camera.settings["rate_hz"], self.camera.settings.get("camera", {})
        return at_s + (odd["pause_s"] if at_s >= odd.get("pause_at_s", 1e9) else 0)

    def beside_s(self):
        """A picture may stand as far beside its time."""
        return PACE_S + self.camera.settings.get("camera", {}).get("jitter_s", 0) + min(3 / self.camera.settings["rate_hz"], 1)

    def pause(self):
        """The time of a pause is in the file: where pictures of both its sides are in one, they are as far apart as they came."""
        pause_s = self.camera.settings.get("camera", {}).get("pause_s", 1e9)
        if self.camera.settings["record"] != "continuous":
            return
        for play in self.plays:
            for before, after in zip(play, play[1:]):
                if after - before < pause_s:
                    continue
                for file, began, _ in self.files:
                    first_side = sum(began - PAUSE_S < at <= before for at in play)
                    if not first_side or file.pictures <= first_side + 3:
                        continue  # it begins behind the pause, or ends there
                    times = [at for at, _ in file.times["video"]]
                    hole_s = max(later - earlier for earlier, later in zip(times, times[1:]))
                    if abs(hole_s - (after - before)) > self.beside_s():
                        self.say("pause", f"{after - before:.2f} s without a picture are {hole_s:.2f} s in {file.name}")

    # -- 4 ---------------------------------------------------------------------------------------------------------

    def visits(self):
        """[(begin, end)] of the box in wall time, where it was sent whole and there was time to close its event."""
        if not self.camera.settings.get("is_watched", True) or self.camera.settings["rate_hz"] < 4:
            return []
        rate, until, found = self.camera.settings["rate_hz"], self.evidence.samples[-1][0] - 5, []
        for play in self.plays:
            for begin_s, end_s in streams.VISITS_S:
                if self.camera.settings["protocol"] == "still":
                    begin, end = play[0] + begin_s, play[0] + end_s
                else:
                    begin, end = (play[round(at * rate)] if round(at * rate) < len(play) else until for at in (begin_s, end_s))
                if end < min(play[-1], until):
                    found.append((begin, end))
        return found

    def events_hold(self):
        events, visits = self.evidence.events, self.visits()
        settings = self.camera.settings
        if not visits and self.is_steady and self.plays and settings.get("is_watched", True) and settings["rate_hz"] >= 4 and \
                "first_after_s" not in settings.get("camera", {}):
            self.say("event", "it was played too late for anybody to be seen")
        if len(events) > len(streams.VISITS_S) * len(self.plays) + 1:
            self.say("event", f"{len(events)} events, and the box crossed {len(streams.VISITS_S) * len(self.plays)} times at most")
        for begin, end in visits:
            mine = [event for event in events if event["ended_at"] and begin - VISIT_SLACK_S <= seconds_of(event["started_at"]) <= end]
            if not mine:
                told = [f"{seconds_of(event['started_at']) - begin:+.1f} s" for event in events]
                self.say("event", f"no event for the visit; there are {len(events)}: {', '.join(told)}")
            for event in mine[:1]:
                self.clip_holds(event, begin, end)

    def clip_holds(self, event, begin, end):
        path = self.evidence.clips.get(event["id"])
        if not isinstance(path, str):
            return self.say("event", f"its clip is answered with {path}: {event['footage_gone_reason'] or event['state']}")
        clip = File(path)
        wrong = clip.said or clip.decoding()
        if wrong:
            return self.say("event", f"its clip: {wrong[:300]}")
        clip_began, clip_ended = seconds_of(event["clip_started_at"]), seconds_of(event["clip_ended_at"] or event["ended_at"])
        started, ended = seconds_of(event["started_at"]), seconds_of(event["ended_at"])
        if "change_at_s" in self.camera.settings.get("camera", {}) and clip.span_s() < clip_ended - clip_began:
            clip_began = clip_ended - clip.span_s()  # no file holds both formats: the pre-roll of the other one is left out
        if clip_began > started or clip_ended < ended - 0.2:
            self.say("event", f"event {started - clip_began:+.2f} to {ended - clip_began:+.2f} s, clip 0 to {clip_ended - clip_began:.2f} s")
        if abs(clip.span_s() - (clip_ended - clip_began)) > SLACK * (clip_ended - clip_began) + 0.5:
            self.say("event", f"its clip lasts {clip.span_s():.2f} s, {clip_ended - clip_began:.2f} s are told")
        crossed = begin - clip_began, end - clip_began
        seen = min(crossings(clip), key=lambda it: abs(it[0] - crossed[0]) + abs(it[1] - crossed[1]), default=None)
        if seen is None:
            return self.say("event", "nobody is to be seen in its clip")
        if max(abs(seen[0] - crossed[0]), abs(seen[1] - crossed[1])) > VISIT_SLACK_S:
            self.say("event", f"the box crossed at {crossed[0]:.1f} to {crossed[1]:.1f} s of the clip, and is to be seen at {seen[0]:.1f} to {seen[1]:.1f} s")

    # -- 5 ---------------------------------------------------------------------------------------------------------

    def ledger_agrees(self):
        if self.evidence.coverage is None:
            return self.say("ledger", self.evidence.coverage_error)
        told = self.evidence.coverage
        recordings = [(began, [at for at, _ in file.times["video"]]) for file, began, _ in self.files if file.pictures]
        asked_at, slack_s = seconds_of(told["to_at"]), CLOCK_S + 1 / self.camera.settings["rate_hz"]  # the last picture lasts
        kept_s = ledger.covered_s(recordings, seconds_of(told["from_at"]), asked_at)
        fresh_s = sum(asked_at - began for began, _ in recordings if asked_at - DURABLE_S < began < asked_at)  # need not be told yet
        if not kept_s - fresh_s - slack_s <= told["recorded_s"] <= kept_s + slack_s:
            self.say("ledger", f"it claims {told['recorded_s']:.2f} s, the recordings hold {kept_s:.2f} s")
        # A fault is not told of a time in which pictures came.
        wrong, causes = 0.0, set()
        begins_s = START_S + 1 / self.camera.settings["rate_hz"]  # a picture is known to be whole when the next one begins
        for gap in self.evidence.coverage["intervals"]:
            if gap["cause"] not in ("no_frames", "connection_lost", "dropped"):
                continue
            begin = seconds_of(gap["started_at"])
            end = seconds_of(gap["ended_at"]) if gap["ended_at"] else seconds_of(self.evidence.coverage["to_at"])
            for play in self.plays:
                overlap = min(end, play[-1]) - max(begin, play[0] + begins_s)
                came = sum(max(begin, play[0] + begins_s) < at < end for at in play)
                if overlap > 0 and came > 0.5 * overlap * self.camera.settings["rate_hz"]:
                    wrong += overlap
                    causes.add(gap["cause"])
        if wrong > CLOCK_S:
            self.say("ledger", f"{wrong:.2f} s are told as {', '.join(sorted(causes))} while pictures came")

    # -- 6 ---------------------------------------------------------------------------------------------------------

    def rate(self):
        at, shown = self.evidence.samples[-1]
        window_s = max(6, 8 / self.camera.settings["rate_hz"])
        came = [moment for play in self.plays for moment in play if at - window_s < moment <= at]
        rate = len(came) / window_s
        if shown["state"] == "running" and abs(shown["rate_hz"] - rate) > 0.1 * rate + min(0.4, 0.2 * rate):
            self.say("rate", f"{shown['rate_hz']:.1f} pictures/s are told, {rate:.1f} came")

    # -- 7 ---------------------------------------------------------------------------------------------------------

    def sound(self):
        odd, long = self.camera.settings.get("camera", {}), [file for file, _, _ in self.files if file.span_s() >= 3]
        if not long and self.camera.settings["record"] == "continuous":
            self.say("sound", "no file is long enough to ask")
        for file, began in [(file, began) for file, began, _ in self.files if file in long]:
            # Sound may be missing before it comes, and behind its end: as much of that as is in the file.
            begin_s = began - max((play[0] for play in self.plays if play[0] <= began), default=began)
            end_s = begin_s + file.span_s()
            late_s = min(max(0, odd.get("sound_from_s", 0) - begin_s), file.span_s()) + min(max(0, end_s - odd.get("sound_until_s", 1e9)), file.span_s())
            if file.span_s() - late_s < 1:
                continue
            if not file.times["audio"]:
                lines = [line for line in self.evidence.log if "left out" in line]
                return self.say("sound", "no sound in " + file.name + (f" ({lines[-1].rpartition('audio ')[2]})" if lines else ""))
            if not streams.TONE_HZ - 5 < (heard := tone_hz(file.path)) < streams.TONE_HZ + 5:
                return self.say("sound", f"{heard:.0f} Hz are heard in {file.name}, {streams.TONE_HZ} were sent")
            # A picture is known to be whole when the next one begins: sound before that is before the first picture.
            if not late_s - 1 < file.span_s() - file.span_s("audio") < late_s + 1 + 1 / self.camera.settings["rate_hz"]:
                return self.say("sound", f"{file.span_s('audio'):.2f} s of sound for {file.span_s():.2f} s of pictures")

    def all(self):
        self.state()
        if self.expect["has_pictures"]:
            self.plays_well()
            self.length()
            self.pace()
            self.pause()
            self.events_hold()
            self.ledger_agrees()
            if self.runs:
                self.rate()
            if "sound" in self.camera.settings and self.expect["sound"]:
                self.sound()
        return self.complaints


def judged(camera, evidence):
    return Judge(camera, evidence).all()
