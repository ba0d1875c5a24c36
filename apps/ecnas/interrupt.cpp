#include "interrupt.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
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

// By threads that a library began before main, which do not block the signals.
std::atomic<bool> was_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // so a handler may set it
void note_interrupt(int /*signal*/) {
  was_interrupted = true;
}

/// Leaves signals alone that whoever started us has us ignore.
void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace

InterruptGuard::InterruptGuard() {
  // Blocked here and so in every thread begun later: only the watcher takes them.
  const sigset_t signals = interrupts();
  was_interrupted = false;
  set_handler(note_interrupt);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  watcher_ = std::jthread([this](const std::stop_token& done) {
    const sigset_t awaited = interrupts();
    constexpr timespec kPatience{.tv_sec = 0, .tv_nsec = 20'000'000};
    while (!done.stop_requested()) {
      const bool is_taken = ::sigtimedwait(&awaited, nullptr, &kPatience) > 0;
      if (is_taken || was_interrupted) source_.request_stop();
    }
  });
}

InterruptGuard::~InterruptGuard() {
  watcher_.request_stop();
  watcher_.join();
  set_handler(end_process);
  const sigset_t signals = interrupts();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void exit_on_interrupt() {
  set_handler(end_process);
}

}  // namespace ecnas::app
