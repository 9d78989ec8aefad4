#include "app/cli/password_input.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace porchlight::app {
namespace {

/// Switches the terminal's echo off for its life.
class NoEcho {
  public:
    NoEcho() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~NoEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

  private:
    termios before_{};
};

}  // namespace

std::string askSilently(const char* prompt) {
    std::cerr << prompt << std::flush;
    std::string line;
    {
        const NoEcho silent;
        std::getline(std::cin, line);
    }
    std::cerr << "\n";
    return line;
}

std::string readSecret(const char* prompt) {
    if (::isatty(STDIN_FILENO) != 0) return askSilently(prompt);
    std::string line;
    std::getline(std::cin, line);
    return line;
}

}  // namespace porchlight::app
