"""What all cases share: the build under test."""
build = "build/dev"
has_all_clips = False  # replay every annotated clip, not only the short ones
