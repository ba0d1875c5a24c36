#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::energy {

/// A program while it runs, for what it prints. It is found as a shell finds it, but run without
/// one; its standard input is empty, its messages go nowhere, and it is a process group of its own:
/// no signal of a terminal reaches it, and what it starts ends with it. Nobody waits for it longer
/// than asked, not even for its end after SIGKILL, which a driver may hold up.
class ProgramRun {
 public:
  using Clock = std::chrono::steady_clock;

  ProgramRun() = default;
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;
  ~ProgramRun();

  /// @return 0, or the error number. @pre !is_alive(), one word or more
  [[nodiscard]] int start(std::vector<std::string> words, std::size_t max_output_bytes);

  [[nodiscard]] bool is_alive() const { return id_ > 0; }
  [[nodiscard]] Clock::time_point started() const { return started_; }
  [[nodiscard]] std::string_view output() const { return output_; }
  /// Who writes more than the limit writes to nobody, of which most die (SIGPIPE).
  [[nodiscard]] bool has_written_too_much() const { return has_written_too_much_; }
  /// Of its end; 128 + signal if one ended it; absent if somebody else has waited for it, as a
  /// program does that waits for all its children.
  [[nodiscard]] std::optional<int> status() const { return status_; }

  /// Takes what it has written and notes its end, waiting for that until `deadline`. True once it
  /// has ended.
  bool advance(Clock::time_point deadline);

  void kill() const;

 private:
  [[nodiscard]] int spawn(std::vector<std::string> words, int writer);
  [[nodiscard]] bool reap();
  void drain();
  void close();

  pid_t id_ = 0;
  int reader_ = -1;
  Clock::time_point started_;
  std::size_t max_output_bytes_ = 0;
  bool has_written_too_much_ = false;
  std::optional<int> status_;
  std::string output_;
};

}  // namespace ecnas::energy
