// Carries the precompiled test header; see tests/CMakeLists.txt.
