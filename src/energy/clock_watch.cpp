#include "energy/clock_watch.hpp"

#include <fmt/format.h>

#include <cmath>

#include "ecnas/core/error.hpp"

namespace ecnas::energy {

double clock_s(clockid_t clock) {
  timespec time{};
  ECNAS_ASSERT(::clock_gettime(clock, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Clocks read_clocks() {
  return {clock_s(CLOCK_MONOTONIC), clock_s(CLOCK_BOOTTIME), clock_s(CLOCK_REALTIME)};
}

void ClockWatch::look(const Clocks& now, std::vector<std::string>& notes) {
  // The clocks are read one after the other, and a date that is slewed is off by milliseconds.
  constexpr double kSleepSeconds = 0.1;
  constexpr double kStepSeconds = 1;
  if (last_) {
    const double passed_s = now.with_sleep_s - last_->with_sleep_s;
    const double slept_s = passed_s - (now.monotonic_s - last_->monotonic_s);
    const double step_s = now.date_s - last_->date_s - passed_s;
    if (slept_s > kSleepSeconds)
      notes.push_back(
          fmt::format("the machine slept for {:.1f} s, which count for nothing", slept_s));
    if (std::abs(step_s) > kStepSeconds)
      notes.push_back(
          fmt::format("the machine's date was set by {:+.1f} s; no energy depends on it", step_s));
  }
  last_ = now;
}

}  // namespace ecnas::energy
