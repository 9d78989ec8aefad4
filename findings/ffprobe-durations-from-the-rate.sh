#!/usr/bin/env bash
# FFmpeg 5.1 of Debian 12 (ffprobe, av_read_frame) and MP4 files whose pictures come at another distance than their rate says.
#
# One would guess: the duration of a packet that ffprobe shows, and that av_read_frame gives, is the one that stands in
# the file's own tables (stts, or trun in a fragment), and all of them add up to the length of the track.
#
# Seen: as soon as the track has composition offsets - B pictures do that, and every fragmented file counts as such -
# the tables are left aside: each packet lasts as long as the rate in the H.264 sequence parameter set says. The stamps and
# the stream's own duration stay right.
#
#   15 pictures, 0.5 s apart, 15/s announced: the track lasts 7.07 s
#   plain, no B pictures:   packets add up to 7.07 s
#   plain, B pictures:      packets add up to 1.00 s, each 0.066667
#   fragmented:             packets add up to 1.00 s, each 0.066667
#
# For Porchlight: a reader that judged the length of footage by its last packet called the recording of a camera of one picture
# a second too short to play. It asks the track where it ends (core/worker/proof).
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

# make NAME OPTIONS...: 15 pictures, seven and a half times as far apart as the rate says that the encoder was given.
make() {
    run ffmpeg -v error -f lavfi -i testsrc2=s=160x120:r=15:d=1 -vf 'setpts=PTS*7.5' -vsync passthrough -c:v libx264 \
        -preset ultrafast -g 30 -threads 1 "${@:2}" "$1.mp4"
}
make plain -bf 0
make reordered -bf 2
make fragmented -bf 0 -movflags frag_keyframe+empty_moov

sum() { run ffprobe -v error -show_entries packet=duration_time -of csv=p=0 "$1.mp4" | awk '{ sum += $1 } END { printf "%.2f", sum }'; }
length() { run ffprobe -v error -show_entries stream=duration -of csv=p=0 "$1.mp4" | awk '{ printf "%.2f", $1 }'; }
for name in plain reordered fragmented; do echo "$name: packets add up to $(sum "$name") s, the track lasts $(length "$name") s"; done
[[ $(sum plain) == 7.07 && $(sum reordered) == 1.00 && $(sum fragmented) == 1.00 ]] &&
    [[ $(length reordered) == 7.07 && $(length fragmented) == 7.07 ]] || { echo "it has changed"; exit 1; }
