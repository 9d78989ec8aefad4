"""What all cases share: the build under test, how many rounds and frames, which chance."""
import random

build = "build/dev"
rounds = 20
frames = 30_000
is_long = False
chance = random.Random()
