"""What all cases share: the build under test."""
build = "build/dev"
