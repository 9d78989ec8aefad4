#!/usr/bin/env bash
# FFmpeg 5.1 of Debian 12: fragmented MP4 with the header in front (empty_moov), and sound that begins seconds after the pictures.
#
# One would guess: the first fragment that holds sound says in its tfdt when that begins, as each fragment says of its pictures;
# and that `-movflags +frag_discont` sees to it, whose description is that fragments may be discontinuous.
#
# Seen: the sound's first tfdt is 0, and its first packet lasts from there until the second one. A player hears one frame of
# 64 ms at the begin of the film, shows the track as long as the film, and plays the rest at the right time. frag_discont changes
# nothing of that: it counts only where time stamps are not shifted either (-avoid_negative_ts disabled), and there, without
# frag_discont, all sound stands at the begin of the pictures.
#
#   sound begins at 2.3 s of 5 s                          first packet of sound, distance to the second
#   empty_moov                                            0.000  2.300
#   empty_moov, frag_discont                              0.000  2.300
#   empty_moov, stamps not shifted                        0.000  0.064   (2.3 s too early, all of it)
#   empty_moov, frag_discont, stamps not shifted          2.236  0.064   (one frame early, which the encoder needs)
#
# For Porchlight: of cameras whose microphone is switched on later, recordings began with a stretched packet. The muxer of the
# worker asks for frag_discont with stamps that are not shifted and without edit lists (core/worker/stream/mp4_muxer.cpp).
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# With all that it needs, whatever is installed here.
mkdir -p archives/partial
: >status
apt-get -o Dir::State::status="$dir/status" -o Dir::Cache::archives="$dir/archives" -o Debug::NoLocking=1 -y --download-only \
    --no-install-recommends install ffmpeg=7:5.1.9-0+deb12u1 >apt.log 2>&1 || { tail -n 5 apt.log >&2; exit 1; }
for package in archives/*.deb; do dpkg -x "$package" tree; done
libraries=$(find "$dir/tree" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
run() { LD_LIBRARY_PATH=$libraries "tree/usr/bin/$@"; }

# first NAME FLAGS OPTIONS...: makes the film. -> when its first packet of sound stands, and how far the second is behind it
first() {
    run ffmpeg -v error -f lavfi -i testsrc2=s=160x120:r=15 -itsoffset 2.3 -f lavfi -i sine=r=16000 -t 5 -c:v libx264 -bf 0 -g 15 -preset ultrafast \
        -threads 1 -c:a aac -movflags "frag_keyframe+empty_moov+default_base_moof$2" "${@:3}" "$1.mp4" 2>"$1.log"
    run ffprobe -v error -select_streams a -show_entries packet=pts_time -of csv=p=0 "$1.mp4" |
        awk -F, 'NR == 1 { begin = $1 } NR == 2 { printf "%.3f %.3f", begin, $1 - begin; exit }'
}

status=0
shows() {
    local seen
    seen=$(first "${@:2}")
    printf '%-50s %s\n' "$2" "$seen"
    [[ $seen =~ $1 ]] || { echo "changed: expected $1" >&2; status=1; }
}
shows '^0\.000 2\.[23]' plain ''
shows '^0\.000 2\.[23]' discont +frag_discont
shows '^0\.0[0-9]+ 0\.064' unshifted '' -avoid_negative_ts disabled
shows '^2\.[23][0-9]+ 0\.064' both +frag_discont -avoid_negative_ts disabled
[[ $status -eq 0 ]] || exit 1
echo "as described"
