#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

namespace ecnas::train {

/// How much of the machine's processors other programs take from its making on.
class Neighbours {
 public:
  explicit Neighbours(std::filesystem::path proc = "/proc");

  /// Of all processors' time, what was busy and not this process's; 0 to 1, and 0 where the kernel
  /// tells nothing.
  [[nodiscard]] double share() const;

 private:
  struct Reading {
    double busy_s = 0;  ///< all processors
    double own_s = 0;   ///< this process
    std::chrono::steady_clock::time_point time;
  };
  [[nodiscard]] std::optional<Reading> read() const;

  std::filesystem::path proc_;
  std::optional<Reading> start_;
};

}  // namespace ecnas::train
