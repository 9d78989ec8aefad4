"""Cameras drawn from the axes: each file of axes/ is an axis, each of its values adds to a camera's description.

    cameras = drawn.draw(drawn.load_axes(), seed=1, count=40)
    cameras[3].values["codec"], cameras[3].settings["rate_hz"], cameras[3].expect

A value may be taken `when` what was chosen before it is one of these, and never `unless`. Of several candidates the one counts that
holds most pairs of values that no camera before it held. Seed and index make the same camera again, as long as the axes are the same.
"""
import copy
import dataclasses
import glob
import itertools
import os
import random

import yaml

AXES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "axes")
CANDIDATES = 3
USUAL = {"protocol": ["rtsp", "http-multipart"], "codec": ["h264-main", "h265-main", "mjpeg-420"], "size": ["320x240"], "rate": ["10/s"],
         "group": ["2s", "jpeg"], "sound": ["silent", "aac-16k"], "password": ["open", "digest"], "record": ["continuous"], "oddity": ["none"]}
USER, PASSWORD = "viewer", "Tangerine7"


def is_worth_telling(value):
    return value not in ("rtsp", "silent", "open", "continuous", "none", "jpeg")


@dataclasses.dataclass
class Camera:
    """One camera: the values of its axes, and what they say together."""
    seed: int
    index: int
    values: dict
    settings: dict
    expect: dict

    @property
    def name(self):
        """As a camera of the appliance is named."""
        return f"c{self.seed}-{self.index}"

    @property
    def title(self):
        return f"{self.seed}:{self.index} " + " ".join(v for v in self.values.values() if is_worth_telling(v))


def load_axes(folder=AXES):
    """-> [(axis, {value: entry})], in the order of the files' names"""
    axes = []
    for path in sorted(glob.glob(os.path.join(folder, "*.yaml"))):
        with open(path, encoding="utf-8") as file:
            content = yaml.safe_load(file)
        values = {name: entry or {} for name, entry in content["values"].items()}
        for name, entry in values.items():
            if unknown := set(entry) - {"weight", "when", "unless", "set", "expect"}:
                raise SystemExit(f"{path}: {name}: unknown: {', '.join(sorted(unknown))}")
        axes.append((content["axis"], values))
    return axes


def fact(settings, key):
    """What `when` and `unless` ask for."""
    if key == "has_sound":
        return "sound" in settings
    if key == "asks":
        return "ask" in settings
    if key == "transport":
        return settings.get("source", {}).get("transport")
    if key == "profile":
        return settings.get("encoder", {}).get("profile:v")
    return settings.get(key)


def made_heavy(settings):
    """Large pictures come seldom and are few, so that they cost no more than many small ones."""
    if heavy := settings.pop("heavy", None):
        settings.update(heavy, rate_hz=2, seconds=1.5, is_watched=False)
        if settings["codec"] != "mjpeg":
            settings["gop_s"] = 0.5


def fits(entry, settings):
    return all(fact(settings, key) in allowed for key, allowed in entry.get("when", {}).items()) and \
        not any(fact(settings, key) in refused for key, refused in entry.get("unless", {}).items())


def add(settings, more):
    """Merges one level deep. What an earlier axis has said of a plain value stays: an intra-only codec knows no groups."""
    for key, value in copy.deepcopy(more).items():
        if isinstance(value, dict):
            settings.setdefault(key, {}).update(value)
        else:
            settings.setdefault(key, value)


def one(axes, dice, forced=None):
    """-> (values, settings, expect) of a random camera; `forced`: {axis: [values]}, the first that fits"""
    values, settings, expect = {}, {}, {}
    for axis, entries in axes:
        fitting = {name: entry for name, entry in entries.items() if fits(entry, settings)}
        wishes = [value for value in (forced or {}).get(axis, ()) if value in fitting]
        name = wishes[0] if wishes else dice.choices(list(fitting), [e.get("weight", 1) for e in fitting.values()])[0]
        values[axis] = name
        add(settings, fitting[name].get("set", {}))
        expect.update(fitting[name].get("expect", {}))
    made_heavy(settings)
    return values, settings, expect


def pairs(values):
    return set(itertools.combinations(sorted(values.items()), 2))


def draw(axes, seed, count):
    """-> [Camera]"""
    seen, cameras = set(), []
    for index in range(count):
        dice = random.Random(f"{seed}:{index}")
        candidates = [one(axes, dice) for _ in range(CANDIDATES)]
        values, settings, expect = max(candidates, key=lambda candidate: len(pairs(candidate[0]) - seen))
        seen |= pairs(values)
        cameras.append(Camera(seed, index, values, settings, expect))
    return cameras


def as_usual(axes, wishes, dice, tries=300):
    """-> (values, settings, expect) that hold all of `wishes` ({axis: value}) and are else as usual as they may be, or None"""
    found = []
    for _ in range(tries):
        forced = {axis: value for axis, value in USUAL.items() if dice.random() < 0.7}
        made = one(axes, dice, {**forced, **{axis: [value] for axis, value in wishes.items()}})
        if all(made[0].get(axis) == value for axis, value in wishes.items()):
            found.append(made)
    return max(found, key=lambda made: sum(value in USUAL[axis] for axis, value in made[0].items()), default=None)


def every(axes, axis, seed):
    """One camera for each value of an axis, else as usual."""
    cameras = []
    for value in dict(axes)[axis]:
        if made := as_usual(axes, {axis: value}, random.Random(seed)):
            cameras.append(Camera(seed, len(cameras), *made))
    return cameras
