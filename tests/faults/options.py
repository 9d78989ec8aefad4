"""What all cases share: the build under test, how many rounds, which chance."""
import random

build = "build/dev"
rounds = 20
chance = random.Random()
