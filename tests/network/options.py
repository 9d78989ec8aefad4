"""What all cases share: the build under test, and whether outages last as long as in real life."""
build = "build/dev"
is_long = False
reconnects = 20
late_s = 0.5  # how much later than right things may be on a busy machine
