"""What another reader of YAML finds in a text, and whether the loader's answer is true to it."""
import os
import re

import yaml

from pieces import TYPE_OF

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


def hides_a_piece(text, path, node):
    """A secret that is not in quotes and has a comment behind it in its line: the person may have meant both."""
    if TYPE_OF.get(path) != "secret" or node.style is not None:
        return False
    line = text.decode("utf-8")[node.end_mark.index:].split("\n")[0]
    return re.match(r"[ \t]+#", line) is not None


def judge_accepted(text, answer):
    found = leaves(text)
    for path, node in found.items():
        if path not in TYPE_OF:
            is_section = path != "mqtt" and any(name.startswith(path + ".") for name in TYPE_OF)
            if is_section and node.tag == "tag:yaml.org,2002:null":
                continue  # a section whose keys are all commented out
            raise NotSo(f"{path} is no key")
        meant = meaning(TYPE_OF[path], node)
        counted = answer["values"].get(path)
        if path == "web.url":
            meant = meant.rstrip("/")
        if path == "data_dir":
            meant = os.path.join("/etc/porchlight", meant)
        if path.startswith("mqtt.") and path != "mqtt.enabled" and answer["values"]["mqtt.enabled"] == "false":
            continue
        if counted is None or not same(TYPE_OF[path], meant, counted):
            raise NotSo(f"{path} is written as {node.value!r} and counts as {counted!r}")
        if hides_a_piece(text, path, node):
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
    if one.line and min(line for line, _, _ in answer["problems"]) < one.line:
        raise NotSo(f"line {one.line} is odd, but told is {answer['problems'][0]}")


def verdict(one, answer):
    """-> what is wrong with the answer, or None"""
    try:
        if answer["problems"]:
            judge_refused(one, answer)
        else:
            judge_accepted(one.text, answer)
    except NotSo as why:
        return str(why)
    return None
