"""What another reader of YAML finds in a text, and whether the loader's answer is true to it."""
import os
import re

import yaml

UNITS_US = {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7, "h": 3.6e9, "d": 8.64e10, "w": 6.048e11}
WORDS_US = {"sec": 1e6, "second": 1e6, "min": 6e7, "minute": 6e7, "hour": 3.6e9, "day": 8.64e10, "week": 6.048e11}
UNITS_BYTES = {"b": 1, "byte": 1, "bytes": 1, **{letter + more: 1024 ** power for power, letter in enumerate("kmgt", 1) for more in ("", "ib")},
               **{letter + "b": 1000 ** power for power, letter in enumerate("kmgt", 1)}}


class NotSo(Exception):
    """The other reader finds no configuration in it, or not this one."""


def leaves(text):
    """-> {path: scalar node} of the only document, as PyYAML reads it. Raises NotSo for what must not be accepted."""
    try:
        # YAML lets tabs separate a key from its value; PyYAML does not.
        root = yaml.compose(text.decode("utf-8").replace("\t", " "), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotSo(f"PyYAML: {error}") from None
    found = {}
    if root is not None and root.tag != "tag:yaml.org,2002:null":
        walk(root, "", found)
    return found


def walk(node, path, found):
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise NotSo(f"a key is no text: {key.value}")
            if key.value in seen:
                raise NotSo(f"{key.value} stands twice")
            seen.add(key.value)
            walk(value, f"{path}.{key.value}" if path else key.value, found)
    elif isinstance(node, yaml.ScalarNode):
        found[path] = node
    else:
        raise NotSo(f"{path} is a list")


def number_and_unit(text):
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+) *([A-Za-z]*)", text)
    if not match:
        raise NotSo(f"'{text}' is no number with a unit")
    return float(match.group(1)), match.group(2)


def span_us(text):
    number, unit = number_and_unit(text)
    singular = unit.lower().removesuffix("s")
    if unit == "" and number == 0:
        return 0
    if unit in UNITS_US:
        return number * UNITS_US[unit]
    if singular in WORDS_US:
        return number * WORDS_US[singular]
    raise NotSo(f"'{text}' has no unit of time")


def size_bytes(text):
    number, unit = number_and_unit(text)
    if unit == "" and number == 0:
        return 0
    if unit.lower() not in UNITS_BYTES:
        raise NotSo(f"'{text}' has no unit of size")
    return number * UNITS_BYTES[unit.lower()]


def meaning(kind, node):
    """What the scalar means for a setting of this type, in the notation of config-reader."""
    text = node.value
    if node.tag == "tag:yaml.org,2002:null" or node.tag.startswith("!") and len(node.tag) > 1:
        raise NotSo(f"no value: {node.tag} {text}")
    if kind == "integer":
        if not re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
            raise NotSo(f"'{text}' is no whole number to all readers")
        return int(text)
    if kind == "number":
        if not re.fullmatch(r"-?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?", text):
            raise NotSo(f"'{text}' is no number to all readers")
        return float(text)
    if kind == "duration":
        return span_us(text)
    if kind == "size":
        return size_bytes(text)
    if kind == "boolean":
        if text.lower() not in ("true", "false", "on", "off", "yes", "no"):
            raise NotSo(f"'{text}' is no boolean")
        return "true" if text.lower() in ("true", "on", "yes") else "false"
    if kind == "choice":
        return text.lower()
    if kind == "bind" and text == "localhost":
        return "127.0.0.1"
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
        raise NotSo("a control character in a text")
    return text


def same(kind, meant, counted):
    if kind in ("integer", "duration", "size"):
        return abs(int(counted) - meant) <= 0.5
    if kind == "number":
        return float(counted) == meant
    return counted == meant


def hides_a_piece(text, path, node, types):
    """A secret that is not in quotes and has a comment behind it in its line: the person may have meant both."""
    if types.get(path) != "secret" or node.style is not None:
        return False
    line = text.decode("utf-8")[node.end_mark.index:].split("\n")[0]
    return re.match(r"[ \t]+#", line) is not None


SCHEMES = "rtsp|rtsps|http|https|rtmp|rtmps|srt|udp|tcp"


def check_address(text):
    """What the ffmpeg plugin could open."""
    scheme, separator, rest = text.partition("://")
    if not separator and not re.match(rf"(?i)({SCHEMES}|file):", text) and ("@" not in text or text[0] in "/."):
        return
    if not re.fullmatch("(?i)file", scheme):
        place = rest.rpartition("@")[2]
        if not separator or not re.fullmatch(f"(?i){SCHEMES}", scheme) or re.search("[/?#@]", rest.rpartition("@")[0]) or \
                not re.match(r"(\[[^]]+\]|[^:/?#\[]+)(:\d+)?([/?#]|$)", place):
            raise NotSo(f"no plugin opens {text}")


def check_source(values):
    """What the plugins' open() would refuse or change, told again in other words."""
    get = lambda key: values.get("source." + key, "")
    for path in ("source.url", "source.sub_url"):
        if values.get(path):
            check_address(values[path])
    if get("plugin") in ("testpattern", "libcamera") and (int(get("width")) % 2 or int(get("height")) % 2):
        raise NotSo(f"{get('width')}x{get('height')} is not even")
    if get("plugin") in ("v4l2", "libcamera") and (get("width") == "0") != (get("height") == "0"):
        raise NotSo(f"{get('width')}x{get('height')} is half a size")
    if get("plugin") == "v4l2" and not get("device").startswith("/"):
        raise NotSo(f"{get('device')} is no path")
    if get("plugin") == "v4l2" and abs(float(get("exposure_ms")) * 10 % 1 - 0.5) < 0.499:
        raise NotSo(f"{get('exposure_ms')} ms is no multiple of 0.1")
    parts = [part.strip() for part in get("controls").split(",") if part.strip()]
    if any(not re.fullmatch(r"[^=]*[^= ][^=]*= *-?\d+", part) for part in parts):
        raise NotSo(f"{get('controls')} are no controls")
    if get("plugin") == "libcamera" and (float(get("lens_position")) > 0 and get("autofocus") != "manual" or int(get("low_width")) % 2):
        raise NotSo("a lens position without manual focus, or an odd low_width")
    if values.get("mqtt.password") and not values.get("mqtt.username"):
        raise NotSo("a password without a user, which is not sent")


def judge_accepted(text, types, answer):
    found = leaves(text)
    check_source(answer["values"])
    for path, node in found.items():
        if path not in types:
            is_section = path != "mqtt" and any(name.startswith(path + ".") for name in types)
            if is_section and node.tag == "tag:yaml.org,2002:null":
                continue  # a section whose keys are all commented out
            raise NotSo(f"{path} is no key")
        meant = meaning(types[path], node)
        counted = answer["values"].get(path)
        if path == "web.url":
            meant = meant.rstrip("/")
        if path == "data_dir":
            meant = os.path.join("/etc/porchlight", meant)
        if counted is None or not same(types[path], meant, counted):
            raise NotSo(f"{path} is written as {node.value!r} and counts as {counted!r}")
        if hides_a_piece(text, path, node, types):
            raise NotSo(f"{path}: what follows the # was dropped")


def judge_refused(one, answer):
    lines = re.split(b"\n|\r", one.text)
    for line, column, text in answer["problems"]:
        if not 1 <= line <= len(lines) + 1 or column < 1:
            raise NotSo(f"a problem without a place: {line}:{column}: {text}")
        if any(ord(letter) < 32 or letter == "\x7f" for letter in text) or "geheim" in text or "sesame" in text:
            raise NotSo(f"a problem that is not fit to be shown: {text!r}")
    if not one.oddity:
        raise NotSo(f"it is sound, but: {answer['problems'][0]}")
    # A setting that needs another is told at its own place.
    told = [line for line, _, text in answer["problems"] if "beside it, or it" not in text]
    if one.line and told and min(told) < one.line:
        raise NotSo(f"line {one.line} is odd, but told is {answer['problems'][0]}")


def verdict(one, answer):
    """-> what is wrong with the answer, or None"""
    try:
        if answer["problems"]:
            judge_refused(one, answer)
        else:
            judge_accepted(one.text, one.types, answer)
    except NotSo as why:
        return str(why)
    return None
