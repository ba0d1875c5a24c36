#pragma once

#include <sys/types.h>

#include <csignal>
#include <map>
#include <string>
#include <vector>

namespace ecnas::app {

/// How a command ended.
struct Ending {
  int exit_status = 0;  ///< its own; 0 after a signal
  int signal = 0;       ///< that ended it; 0: none
  /// As shells have it: 128 + the signal.
  [[nodiscard]] int status() const { return signal == 0 ? exit_status : 128 + signal; }
};

/// A command that is run as if it had been started in our place: it has our standard streams, our
/// environment and our signals. From its making on, this process does not react to signals that
/// are meant for the command; they are passed on.
class ChildProcess {
 public:
  /// Takes the signals; every thread begun later leaves them alone.
  ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Starts the command, found as shells find it. @pre not empty; once
  /// @param settings  environment variables besides ours
  /// @return 0, or the error number of why it could not be started
  [[nodiscard]] int start(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& settings = {});

  /// Waits for the command, and for whatever orphans of it end meanwhile. A signal that somebody
  /// sent to this process goes to the command; one from the terminal it has got itself.
  [[nodiscard]] Ending wait();

 private:
  sigset_t before_{};
  sigset_t taken_{};
  pid_t process_ = -1;
};

/// What shells exit with where a command cannot be started: 127 if it is not there, 126 otherwise.
[[nodiscard]] int status_of_failed_start(int error, const std::string& program);

/// Ends this process as the command ended: with its status, or by the same signal.
[[noreturn]] void end_like(const Ending& ending);

}  // namespace ecnas::app
