#include "interrupt.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "exit_status.hpp"

namespace ecnas::app {
namespace {

sigset_t interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

void end_process(int /*signal*/) {
  ::_exit(kInterrupted);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  // Blocked here and so in every thread begun later: only the watcher takes them.
  const sigset_t signals = interrupts();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  watcher_ = std::jthread([this](const std::stop_token& done) {
    const sigset_t awaited = interrupts();
    constexpr timespec kPatience{.tv_sec = 0, .tv_nsec = 20'000'000};
    while (!done.stop_requested()) {
      if (::sigtimedwait(&awaited, nullptr, &kPatience) > 0) source_.request_stop();
    }
  });
}

InterruptGuard::~InterruptGuard() {
  watcher_.request_stop();
  watcher_.join();
  const sigset_t signals = interrupts();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void exit_on_interrupt() {
  struct sigaction action {};
  action.sa_handler = end_process;
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    // Whoever started us in the background may have us, and what we start, ignore it.
    if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace ecnas::app
