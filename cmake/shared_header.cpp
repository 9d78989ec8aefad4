// Carries the precompiled standard headers; see PorchlightTargets.cmake.
