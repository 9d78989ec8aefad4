"""Debian's `motion` on the same cameras: its best configuration for the same job, from its manual."""
import glob
import os

from appliance import Process

# Changed pixels that count as motion: the same share of the picture at every size.
SHARE = 1500 / (640 * 480)

MAIN = """daemon off
setup_mode off
log_file {folder}/motion.log
log_level 5
webcontrol_port 0
stream_port 0
width {width}
height {height}
framerate 15
threshold {threshold}
despeckle_filter EedDl
minimum_motion_frames 1
event_gap 5
pre_capture 45
post_capture 0
picture_output off
movie_output on
movie_passthrough on
movie_codec mkv
movie_max_time {longest_s}
emulate_motion {emulate}
"""
CAMERA = """camera_id {number}
netcam_url {detect}
{high}
target_dir {folder}/cam{number}
movie_filename cam{number}-%v-%H%M%S
on_event_start echo start >> {folder}/events.txt
"""


class Motion(Process):
    """Runs until stop(). `cameras`: [(detect url, main url or None)]; a recorder makes movies all the time."""

    def __init__(self, folder, cameras, size, is_recorder=False):
        os.makedirs(folder)
        self.folder = folder
        width, height = size
        text = MAIN.format(folder=folder, width=width, height=height, threshold=round(SHARE * width * height),
                           emulate="on" if is_recorder else "off", longest_s=300 if is_recorder else 0)
        for number, (detect, main) in enumerate(cameras, 1):
            high = f"netcam_high_url {main}" if main else ""
            with open(f"{folder}/cam{number}.conf", "w") as file:
                file.write(CAMERA.format(number=number, detect=detect, high=high, folder=folder))
            text += f"camera {folder}/cam{number}.conf\n"
        with open(f"{folder}/motion.conf", "w") as file:
            file.write(text)
        super().__init__(["motion", "-n", "-c", f"{folder}/motion.conf"], f"{folder}/out.txt")

    def events(self):
        try:
            with open(f"{self.folder}/events.txt") as file:
                return len(file.readlines())
        except OSError:
            return 0

    def recordings(self):
        return glob.glob(f"{self.folder}/cam*/*.mkv")

    def is_over(self):
        return self.popen.poll() is not None
