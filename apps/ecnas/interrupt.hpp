#pragma once

#include <stop_token>
#include <thread>

namespace ecnas::app {

/// While it lives, SIGINT and SIGTERM request a stop instead of ending the process; without one
/// they end it at once with exit status 130 and leave nothing half-written. Create it before any
/// other thread.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread watcher_;
};

/// For the time without a guard: signals end the process with status 130.
void exit_on_interrupt();

}  // namespace ecnas::app
