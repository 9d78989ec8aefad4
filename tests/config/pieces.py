"""What people write into configurations: sound values of every key, and odd ones."""
import dataclasses
import json

TEXTS = ["porch", "a-b", "Front door", "ü€🚪", "it's", "100%", "a,b", "x#y", "a:b", "C:\\dir", "-1", "yes", "12", "0x1F", "1e3", "007", "3.10"]
HOSTS = ["127.0.0.1", "broker.home", "fd00::1", "mqtt"]
DURATIONS = ["90s", "10m", "24h", "14d", "2w", "14 days", "10 min", "1.5h", "36 hours", "1 Week"]
SPANS = ["5s", "10s", "20 s", "30 sec", "0.5m", "15 seconds"]
SIZES = ["20GiB", "512MiB", "20G", "1.5 GB", "800 MB", "300mib", "2TB"]
BOOLEANS = ["true", "false", "on", "off", "yes", "no", "True", "False", "Yes", "No", "On", "Off", "TRUE", "OFF"]

# path: (type, sound values)
TYPES = {
    "main": {
        "data_dir": ("text", ["/var/lib/porchlight", "/srv/cams", "/mnt/Meine Daten"]),
        "log_level": ("choice", ["info", "debug", "Warning"]),
        "web.bind": ("bind", ["127.0.0.1", "localhost", "::1"]),
        "web.port": ("integer", ["8443", "1", "65535"]),
        "web.max_viewers": ("integer", ["1", "24", "500"]),
        "web.tls": ("choice", ["auto", "Auto"]),
        "web.url": ("text", ["https://porch.local:8443", "http://192.0.2.1/cams", ""]),
        "storage.max_bytes": ("size", SIZES),
        "storage.min_free_bytes": ("size", [*SIZES, "0"]),
        "storage.max_age": ("duration", DURATIONS),
        "storage.max_event_age": ("duration", DURATIONS),
        "storage.sync_interval": ("duration", [*SPANS, "0", "0s"]),
        "storage.spool_max_bytes": ("size", SIZES),
        "storage.volume": ("choice", ["any", "required-marker"]),
        "memory.profile": ("choice", ["auto", "lite", "standard"]),
        "health.history_max_age": ("duration", ["90d", "30 days", "4w"]),
        "recorder.sync_interval": ("duration", SPANS),
        "mqtt.enabled": ("boolean", BOOLEANS),
        "mqtt.host": ("text", HOSTS),
        "mqtt.port": ("integer", ["1883", "8883"]),
        "mqtt.username": ("text", TEXTS),
        "mqtt.password": ("secret", TEXTS),
        "mqtt.topic": ("text", ["porchlight", "home/porch", "Küche"]),
        "mqtt.discovery": ("boolean", BOOLEANS),
        "mqtt.discovery_prefix": ("text", ["homeassistant", "ha/x"]),
        "mqtt.tls": ("boolean", BOOLEANS),
        "mqtt.client_id": ("text", TEXTS),
    },
    "camera": {
        "title": ("text", TEXTS),
        "enabled": ("boolean", BOOLEANS),
        "detect.enabled": ("boolean", [word for word in BOOLEANS if word.lower() in ("true", "on", "yes")]),
        "detect.fps": ("number", ["5", "10.5", "1", "30"]),
        "detect.event_gap": ("duration", SPANS),
        "detect.camera": ("choice", ["off", "Off"]),
        "detect.sensitivity": ("integer", ["1", "60", "100"]),
        "detect.min_area_percent": ("number", ["0.12", ".5", "1e1", "50"]),
        "detect.absorb": ("duration", ["30s", "1m", "10 min"]),
        "record.mode": ("choice", ["off", "motion", "continuous", "Motion"]),
        "record.pre_roll": ("duration", [*SPANS, "0"]),
        "record.post_roll": ("duration", SPANS),
        "record.max_event": ("duration", ["5m", "2h", "90s"]),
        "record.pre_roll_max_bytes": ("size", ["6MiB", "16M", "512KiB"]),
        "record.max_bytes": ("size", ["0", "0B", "2GiB", "500 MB"]),
        "record.max_age": ("duration", ["0", "0s", "7 days"]),
        "record.mjpeg": ("choice", ["encode", "passthrough"]),
        "record.encode_kbit_s": ("integer", ["0", "2000"]),
        "health.frame_timeout": ("duration", SPANS),
        "health.unresponsive_after": ("duration", SPANS),
        "health.cpu_limit": ("number", ["0", "1.2", "2"]),
        "health.max_recovery_attempts": ("integer", ["1", "5"]),
        "health.system_reboot": ("boolean", BOOLEANS),
        "health.thresholds.excellent": ("integer", ["90", "95"]),
    },
}

# Settings of the capture plugins; `source.plugin` names one of them.
SOURCES = {
    "ffmpeg": {
        "source.url": ("text", ["rtsp://192.0.2.1/main", "rtsp://u:p%23@192.0.2.1:554/a?b=c", "/srv/film.mp4", "http://[2001:db8::1]/video.mjpeg",
                                "RTSP://192.0.2.1/Main", "file:///srv/a@b.mp4", "udp://239.0.0.1:5000"]),
        "source.sub_url": ("text", ["rtsp://192.0.2.1/sub"]),
        "source.transport": ("choice", ["auto", "tcp", "udp", "http", "UDP"]),
        "source.loop": ("boolean", BOOLEANS),
        "source.audio": ("boolean", BOOLEANS),
    },
    "v4l2": {
        "source.device": ("text", ["/dev/video0", "/dev/v4l/by-id/usb-046d_HD_Webcam_C525-video-index0"]),
        "source.format": ("choice", ["auto", "mjpeg", "YUYV"]),
        "source.width": ("integer", ["640", "1283"]),
        "source.height": ("integer", ["480", "721"]),
        "source.fps": ("number", ["15", "7.5"]),
        "source.brightness": ("integer", ["-1", "0", "70"]),
        "source.exposure_ms": ("number", ["0", "12.5", "-1", "0.1"]),
        "source.power_line": ("choice", ["leave", "50hz", "Auto"]),
        "source.controls": ("text", ["zoom_absolute=120, led1_mode=1", "LED1 Mode=-1", ""]),
    },
    "testpattern": {
        "source.width": ("integer", ["64", "1280", "4096"]),
        "source.height": ("integer", ["64", "720"]),
        "source.fps": ("number", ["5", "0.5"]),
        "source.figure_every": ("duration", SPANS),
        "source.noise": ("integer", ["0", "20"]),
        "source.light": ("choice", ["day", "switching"]),
        "source.light_period": ("duration", SPANS),
    },
    "libcamera": {
        "source.camera": ("text", ["/base/soc/i2c0mux/i2c@1/imx708@1a", "platform/vimc.0 Sensor B"]),
        "source.width": ("integer", ["640", "0"]),
        "source.height": ("integer", ["480", "0"]),
        "source.low_width": ("integer", ["0", "320"]),
        "source.orientation": ("choice", ["0", "180", "mirror"]),
        "source.exposure_time": ("duration", ["0s", "20ms"]),
        "source.gain": ("number", ["0", "2.5"]),
        "source.contrast": ("number", ["1", "1.5"]),
        "source.autofocus": ("choice", ["manual"]),
        "source.lens_position": ("number", ["0", "2.5"]),
    },
}
NEEDED = {"ffmpeg": ["source.url"], "v4l2": ["source.device"], "testpattern": [], "libcamera": []}
# Written together, or not at all.
TOGETHER = [("source.width", "source.height"), ("source.lens_position", "source.autofocus"), ("mqtt.password", "mqtt.username")]

ODD_TEXTS = [
    "#geheim1", "open #sesame", "open # sesame", "!secret nosuch", "!secret", "~", "null", "Null", "NULL", "", "@home", "`x`", "%x", "&abc", "&abc def",
    "*abc", "|abc", ">abc", "{abc", "{abc}", "[abc]", "[abc", "- abc", "? x", ": x", "a: b", "abc:", "a#b", '"unterminated', "'unterminated", "it's",
    "'it''s'", '"tab\\there"', '"a\\x00b"', '"a\\nb"', '"\\e[31m"', "12:30", ".inf", "=", "<<", "2026-11-29", "a\tb", "a \t#b", "\tabc", "!!str 12",
    "!!binary aGk=", "! x", '"a" b', "'a'b", "a 'b'", '"a" #b', "'a' # b", "\u00a0x", "\ufeffx", "x\u2028y", "x\u0085y", "\\n", '"\\ud83d"', '"\\q"', "a]b",
    "a}b", "a, b", "|\n      abc", ">-\n      abc\n      def", "multi\n      line", '"multi\n      line"', '"multi\\\n      line"', "'multi\n\n      line'",
    "x" * 5000, "\x1b[31mred", "\x7f", "a\x00b", "--- x", "...", "%YAML 1.1", "rtsp://admin:open #sesame@192.0.2.1/main", "Front #2", "a  # b", "a\t# b",
    "y", "n", "true", "123", "0123", "1_000", "$HOME/x", "~/x", "${X}", "{{ x }}", "\\", "\"\\\\\"", "''", '""', "' '", '" a "', "a\\", "#", "# x", "|", ">", "-", "- ", "?", ":", "&", "*", "!",
]
ODD_NUMBERS = ["010", "0x1F", "0o17", "1:30", ".5", "5.", "1e3", "1_000", "+5", "-0", "00", "5.0", '"5"', "'5'", "٥", "５", "1,5", "five", "nan", "inf",
               ".inf", "-.inf", "1e400", "99999999999999999999", "0b11", "true", "5 5", "5s", "5%", "--5", "1e", "0.0", "-1", "65536", "!!int 5", "0.1.2"]
ODD_SPANS = ["90", "90 ", '"90"', "1h30m", "-5s", "5 S", "5M", "1 month", "1 year", "0", "1e1s", "05s", ".5s", "5s5", "s", "5 parsecs", "10", "1.5", "3600",
             "1:30", "00:01:30", "P1D", "14d ", "14dd", "1 000s", "999999999d", "0.0000001s", "5,5s", "for ever", "20GiB"]
ODD_SIZES = ["20", "1073741824", '"20"', "20 gigs", "20g", "20gb", "20 GIB", "-1GiB", "1.5", "1,5GB", "20Gi", "20GBit", "1e3MB", "9999999TiB", "0.5B", "10s", "50%", "1 0GiB"]
ODD_BOOLEANS = ["y", "n", "1", "0", '"true"', "'no'", "tRuE", "oN", "enabled", "t", "f", "ja", "nein", "true false", "!!bool yes", "TRUE "]
ODD_CHOICES = ["false", "no", "none", "OFF", "offf", "on", "0", "'motion'", "[off]", "tcp udp"]
ODD_VALUES = {"integer": ODD_NUMBERS, "number": ODD_NUMBERS, "duration": ODD_SPANS, "size": ODD_SIZES, "boolean": ODD_BOOLEANS, "choice": ODD_CHOICES,
              "text": ODD_TEXTS, "secret": ODD_TEXTS, "bind": ["0.0.0.0:80", "[::1]", "*", "porch.local", "127.1", "0", "::", "fe80::1%eth0", "010.0.0.1", "127.0.0.1 "]}
# Odd for one setting only.
ODD_OF = {
    "source.url": ["rtps://192.0.2.1/main", "rtsp:/192.0.2.1/main", "rtsp:192.0.2.1", "gopher://192.0.2.1/", "rtsp://192.0.2.1:", "rtsp://192.0.2.1:99999/", "http//192.0.2.1/x",
                   "udp://@:5000", "://192.0.2.1/x", "rtsp://192.0.2.1:554x/", "FILE:///srv/x.mp4", "lavfi://x", "rtsp://u:p/q@192.0.2.1/"],
    "source.width": ["1283", "641", "0", "-2", "640.0", "63", "65", "8193"],
    "source.height": ["721", "0", "481", "-1", "720p"],
    "source.low_width": ["321", "1"],
    "source.device": ["video0", "0", "./video0", "dev/video0", "''"],
    "source.exposure_ms": ["0.05", "12.55", "1e-3", "-2"],
    "source.controls": ["zoom", "zoom=", "zoom=far", "'zoom=1x'", "=5", "a=1; b=2", "a=1,a=2", "a=1 b=2", "a==1", "a=99999999999999999999", "{a: 1}", "[a=1]"],
    "source.lens_position": ["33", "-1", "2,5"],
    "source.light_period": ["1s", "0s", "2d"],
}


@dataclasses.dataclass
class Document:
    kind: str
    text: bytes
    types: dict        # path: type
    oddity: str = ""   # what is odd about it; empty: it must be accepted
    line: int = 0      # where the odd value stands, in text that is sound before it; 0: not told


def is_plain(value):
    """May stand without quotes and mean the same."""
    return value != "" and "?" not in value and value[0] not in "#!&*|>%@`\"'{}[],-?: " and ": " not in value and " #" not in value and not value.endswith(":") \
        and value not in ("~", "null") and "\t" not in value


def quoted(dice, value):
    if "'" not in value and dice.random() < 0.5:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=dice.random() < 0.3 and all(ord(letter) < 0x10000 for letter in value))


def written(dice, value, is_text):
    if is_text and (not is_plain(value) or dice.random() < 0.3):
        return quoted(dice, value)
    return value if is_plain(value) or not is_text else quoted(dice, value)


def grouped(paths):
    """["web.port", "title"] -> {"web": {"port": path}, "title": path}"""
    tree = {}
    for path in paths:
        node = tree
        *sections, key = path.split(".")
        for section in sections:
            node = node.setdefault(section, {})
        node[key] = path
    return tree


def block(dice, tree, values, types, depth=0):
    """Lines of a block mapping. -> [(line, path)]"""
    lines = []
    for key, node in tree.items():
        indent = " " * (depth * 2)
        if dice.random() < 0.05:
            lines.append((indent + "# " + dice.choice(["as it was", "key: value", "TODO: ~"]), ""))
        if isinstance(node, dict):
            if depth == 0 and dice.random() < 0.2 and all(not isinstance(child, dict) for child in node.values()) and \
                    not any(letter in values[path] for path in node.values() for letter in ",[]{}\n#"):
                lines.append((f"{key}: {{" + ", ".join(f"{name}: {values[path]}" for name, path in node.items()) + "}", " ".join(node.values())))
                continue
            lines.append((f"{indent}{key}:", ""))
            lines += block(dice, node, values, types, depth + 1)
        else:
            comment = "   # a note" if dice.random() < 0.1 and types[node] not in ("secret",) and "\n" not in values[node] else ""
            lines.append((f"{indent}{key}: {values[node]}{comment}", node))
    return lines


def table_of(kind, plugin):
    """-> {path: (type, sound values)}"""
    return {**TYPES["camera"], "source.plugin": ("text", [plugin]), **SOURCES[plugin]} if kind == "camera" else TYPES["main"]


def SOUND(dice, kind, plugin):
    """-> {path: text as written}"""
    table = table_of(kind, plugin)
    paths = [path for path in table if dice.random() < 0.4]
    if kind == "camera":
        paths = sorted({*paths, "source.plugin", *NEEDED[plugin]}, key=list(table).index)
    for pair in TOGETHER:
        if pair[0] in paths or (pair[1] in paths and pair[1].endswith("height")):
            paths += [path for path in pair if path in table and path not in paths]
    if kind == "main" and "mqtt.host" not in paths and not any(path.startswith("mqtt.") for path in paths):
        paths.append("mqtt.host")
    dice.shuffle(paths)
    paths = [path for path in paths if path != "source.plugin"] + (["source.plugin"] if kind == "camera" else [])
    values = {path: written(dice, dice.choice(table[path][1]), table[path][0] in ("text", "secret", "bind")) for path in paths}
    if "0" in (values.get("source.width"), values.get("source.height")):
        values["source.width"] = values["source.height"] = "0"
    return values


def duplicate(dice, text):
    lines = text.split("\n")
    keys = [line for line in lines if ":" in line and line.strip() and not line.strip().startswith("#") and not line.endswith(":") and "{" not in line]
    line = dice.choice(keys or lines)
    at = lines.index(line)
    return "\n".join(lines[:at] + [line] + lines[at:])


def reindented(dice, text):
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    lines[at] = lines[at][1:] if dice.random() < 0.5 and lines[at].startswith(" ") else " " + lines[at]
    return "\n".join(lines)


def tabbed(dice, text):
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    lines[at] = "\t" + lines[at].lstrip() if dice.random() < 0.7 else lines[at].replace(" ", "\t", 1)
    return "\n".join(lines)


def poked(dice, text):
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice("#:-?{}[]&*!|>%@`'\"\\,~\t\n <=") + text[at:]


def cut(dice, text):
    return text[:dice.randrange(len(text))]


# Whole texts that are odd: name -> function of (dice, text) -> text or bytes
SPOILERS = {
    "duplicate": duplicate,
    "indent": reindented,
    "tab": tabbed,
    "poked": poked,
    "cut": cut,
    "lost letter": lambda dice, text: (lambda at: text[:at] + text[at + 1:])(dice.randrange(len(text))),
    "second document": lambda dice, text: text + "---\n" + dice.choice(["", "web: {port: 1}\n", text]),
    "end of document": lambda dice, text: text + "...\n" + dice.choice(["", "x: 1\n"]),
    "document start": lambda dice, text: "---\n" + text,
    "directive": lambda dice, text: "%YAML 1.1\n---\n" + text,
    "rubbish behind": lambda dice, text: text + dice.choice(["}\n", "]\n", "x\n", "- a\n", "'\n", ": \n", "\\\n", "}"]),
    "windows": lambda dice, text: text.replace("\n", "\r\n"),
    "old mac": lambda dice, text: text.replace("\n", "\r"),
    "mark": lambda dice, text: b"\xef\xbb\xbf" + text.encode(),
    "latin-1": lambda dice, text: ("# Küche\n" + text).encode("latin-1", "replace"),
    "utf-16": lambda dice, text: text.encode(dice.choice(["utf-16", "utf-16-le", "utf-16-be"])),
    "zeros": lambda dice, text: text[:dice.randrange(len(text))].encode() + b"\0" * 64,
    "empty": lambda dice, text: dice.choice(["", "\n", "   ", "# nothing\n", "---\n", "{}", "~", "null", "[]", "x"]),
    "merge": lambda dice, text: "common: &c {port: 1}\n" + text + dice.choice(["web2: {<<: *c}\n", "<<: *c\n", "other: *c\n"]),
    "anchor": lambda dice, text: text.replace(": ", ": &a ", 1),
    "nested": lambda dice, text: text + "x: " + "[" * 200 + "]" * 200 + "\n",
    "odd key": lambda dice, text: text + dice.choice(["? x\n: y\n", "[a]: b\n", "{a: b}: c\n", "~: a\n", ": a\n", "1: a\n", "true: a\n", "!!str x: a\n", "\"web\": {}\n", "Web: {}\n"]),
    "empty section": lambda dice, text: text + dice.choice(["memory:\n", "memory: ~\n", "memory: {}\n", "memory: []\n", "memory: ''\n"]),
}


def document(dice, plugins=tuple(SOURCES)):
    kind = dice.choice(["main", "camera"])
    plugin = dice.choice(plugins)
    types = {path: kind_of for path, (kind_of, _) in table_of(kind, plugin).items()}
    values = SOUND(dice, kind, plugin)
    way = dice.random()
    if way < 0.25:
        return Document(kind, text_of(block(dice, grouped(values), values, types)).encode(), types)
    if way < 0.75:
        path = dice.choice(list(values))
        odd = dice.choice(ODD_VALUES[types[path]] + 4 * ODD_OF.get(path, []) + (["~", "", "null", "[1]", "{a: 1}", "'x'"] if dice.random() < 0.2 else []))
        values[path] = odd
        lines = block(dice, grouped(values), values, types)
        before = text_of(lines[:next(i for i, (_, paths) in enumerate(lines) if path in paths.split())])
        return Document(kind, text_of(lines).encode(), types, f"{path}: {odd[:40]!r}", before.count("\n") + 1)
    name = dice.choice(list(SPOILERS))
    text = SPOILERS[name](dice, text_of(block(dice, grouped(values), values, types)))
    return Document(kind, text if isinstance(text, bytes) else text.encode(), types, name)


def text_of(lines):
    return "".join(line + "\n" for line, _ in lines)
