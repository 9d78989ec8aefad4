"""What all cases share: the build under test, how many rounds and frames, which chance."""
import random

build = "build/dev"
rounds = 20
frames = 30_000
is_long = False
late_s = 0.5  # how much later than right things may be on a busy machine
chance = random.Random()
