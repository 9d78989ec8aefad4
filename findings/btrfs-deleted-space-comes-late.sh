#!/usr/bin/env bash
# btrfs (btrfs-progs 6.2 of Debian 12) and a program that deletes files to make room.
#
# One would guess: when unlink(2) of a closed, synced file has returned, statvfs(2) counts its space as free, as on ext4,
# XFS and tmpfs; at the latest when the folder, too, was synced with fsync(2), as careful programs do.
#
# Seen: f_bavail stays as it was after unlink and after fsync of the folder, until the file system's next commit: 30 s by
# default. syncfs(2) makes it free at once. Whoever deletes, looks, and finds the disk as full as before deletes the
# next file, and the next: as many as it can in half a minute.
#
#   of 20 MiB: free after a second 0 and 0 MiB, all of it after 29 s; with syncfs at once 20 MiB
#
# For Porchlight: what was deleted is owed for a minute before it is said that deleting does not help, and no more than is
# short goes meanwhile.
#
# Needs root (a loop mount) and a kernel that knows btrfs; says so and ends well where it may not.
set -euo pipefail

dir=$(mktemp -d)
trap 'umount "$dir/disk" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"

apt-get download btrfs-progs=6.2-1+deb12u2 liblzo2-2 >apt.log 2>&1 || { cat apt.log >&2; exit 1; }
for package in *.deb; do dpkg -x "$package" tree; done
libraries=$(find "$dir/tree" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
truncate -s 256M image
LD_LIBRARY_PATH=$libraries tree/sbin/mkfs.btrfs -q image 2>/dev/null || LD_LIBRARY_PATH=$libraries tree/usr/sbin/mkfs.btrfs -q image
mkdir disk
mount -o loop image disk 2>mount.log || { echo "not shown: no loop mount here ($(tail -n 1 mount.log))"; exit 0; }

seen=$(python3 - disk <<'PYTHON'
import ctypes
import os
import sys
import time

folder = sys.argv[1]
path = os.path.join(folder, "recording.mp4")
libc = ctypes.CDLL(None, use_errno=True)


def free_mib():
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize / 2**20


def write():
    with open(path, "wb") as file:
        file.write(os.urandom(20 << 20))
        os.fsync(file.fileno())
    where = os.open(folder, os.O_RDONLY)
    libc.syncfs(where)
    return where


def delete(where):
    """-> MiB that are free a second after unlink and fsync of the folder, beyond those free before"""
    before = free_mib()
    os.unlink(path)
    os.fsync(where)
    time.sleep(1)
    return before, free_mib() - before


where = write()
before, soon = delete(where)
began = time.monotonic()
while free_mib() < before + 15 and time.monotonic() - began < 90:
    time.sleep(0.2)
late = time.monotonic() - began
where = write()
before, again = delete(where)
libc.syncfs(where)
synced = free_mib() - before
print(f"of 20 MiB: free after a second {soon:.0f} and {again:.0f} MiB, all of it after {late:.0f} s; with syncfs at once {synced:.0f} MiB", file=sys.stderr)
print("late" if soon < 1 and again < 1 and 5 < late < 90 and synced > 15 else "changed")
PYTHON
)
[[ $seen == late ]] || { echo "changed" >&2; exit 1; }
echo "as described"
