"""CPU and memory of process trees, from /proc.

CPU is user + system time of the tree, of reaped children too, over one window that is the same for all. Memory is the
proportional set size (PSS: shared pages divided among their users) summed over the tree, the largest of the samples.
"""
import collections
import os
import time

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(path):
    with open(path) as file:
        return file.read().rpartition(")")[2].split()


def tree(pid):
    """The pid and all its descendants."""
    kids = collections.defaultdict(list)
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                kids[int(_stat(f"/proc/{entry}/stat")[1])].append(int(entry))
            except (OSError, ValueError):
                pass
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += kids[found[-1]]
    return found


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        try:
            total += sum(int(field) for field in _stat(f"/proc/{pid}/stat")[11:15])
        except OSError:
            pass
    return total / TICKS


def memory_kb(pids, name, file="smaps_rollup"):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/{file}") as lines:
                total += sum(int(line.split()[1]) for line in lines if line.startswith(name + ":"))
        except OSError:
            pass
    return total


def machine_seconds():
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / TICKS


def window(pids, seconds):
    """Watches several programs in the same window. -> ({pid: results}, other load in cores)"""
    started, machine = time.monotonic(), machine_seconds()
    before = {pid: cpu_seconds(tree(pid)) for pid in pids}
    peak = {pid: collections.Counter() for pid in pids}
    while time.monotonic() - started < seconds:
        time.sleep(min(5, max(0.1, seconds - (time.monotonic() - started))))
        for pid in pids:
            members = tree(pid)
            for key, name in (("pss_kb", "Pss"), ("private_dirty_kb", "Private_Dirty")):
                peak[pid][key] = max(peak[pid][key], memory_kb(members, name))
            peak[pid]["rss_kb"] = max(peak[pid]["rss_kb"], memory_kb(members, "VmRSS", "status"))
            peak[pid]["processes"] = len(members)
    wall = time.monotonic() - started
    results, used = {}, 0
    for pid in pids:
        spent = cpu_seconds(tree(pid)) - before[pid]
        used += spent
        results[pid] = {"cpu_s": spent, "cpu_per_s": spent / wall, **peak[pid]}
    return results, (machine_seconds() - machine - used) / wall
