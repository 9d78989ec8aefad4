/// Passwords from people and programs, never from arguments.
#pragma once

#include <string>

namespace porchlight::app {

/// A line from the terminal, which does not show it.
std::string askSilently(const char* prompt);

/// From the terminal, or else the first line of standard input.
std::string readSecret(const char* prompt);

}  // namespace porchlight::app
