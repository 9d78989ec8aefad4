"""What the kernel says of a process: resident memory, descriptors, threads."""
import os
import re
import statistics


def named_threads(pid):
    """All but the web's crew (web-0, web-local-0, ...): its threads come with requests that happen to overlap, stay, and are
    capped."""
    names = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm") as file:
            names.append(file.read().strip())
    return sum(re.fullmatch(r"web(-local)?-\d+", name) is None for name in names)


def descriptors(pid):
    """-> (open, of these: begins of streams that wait to be read back, two a camera at most, which come and go)"""
    links = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            pass  # just closed
    return len(links), sum("memfd:porchlight-proof" in link for link in links)


def look(pid):
    """-> {"rss_bytes", "descriptors" (but those of footage to be read back: "begins"), "threads"} or None when it is gone"""
    try:
        with open(f"/proc/{pid}/statm") as file:
            rss = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
        if rss == 0:
            return None  # dead, and not buried yet
        count, begins = descriptors(pid)
        return {"rss_bytes": rss, "descriptors": count - begins, "begins": begins, "threads": named_threads(pid)}
    except (OSError, IndexError):
        return None


def window(samples, key, begin, end, how=statistics.median):
    """One figure for a stretch of a run; samples are [(share of the run, look())]."""
    values = [sample[key] for share, sample in samples if begin <= share <= end and sample]
    return how(values) if values else None


def sockets(pid):
    """How many sockets a process has open: what a client that never lets go would leak."""
    found = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
        except OSError:
            pass
    return found
