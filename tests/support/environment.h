/// A variable of the environment, for a test's time.
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace porchlight::test {

/// Sets it; at its end there is what was before, however the test ends. Not beside threads that read the
/// environment.
class EnvironmentValue {
  public:
    EnvironmentValue(const char* name, const std::string& value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        set(value);
    }
    ~EnvironmentValue() {
        if (before_)
            ::setenv(name_, before_->c_str(), 1);
        else
            ::unsetenv(name_);
        ::tzset();
    }
    EnvironmentValue(const EnvironmentValue&) = delete;
    EnvironmentValue& operator=(const EnvironmentValue&) = delete;

    void set(const std::string& value) const {
        ::setenv(name_, value.c_str(), 1);
        ::tzset();  // it may be the time zone
    }

  private:
    const char* name_;
    std::optional<std::string> before_;
};

}  // namespace porchlight::test
