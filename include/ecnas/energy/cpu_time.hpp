#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "ecnas/energy/source.hpp"

namespace ecnas::energy {

/// What a user of the machine has used of it.
struct Usage {
  double cpu_s = 0;         ///< CPU time so far; never falls
  double resident_gib = 0;  ///< memory in use now
};

/// Reads the use of one user: a process tree, a control group. Not thread safe.
class CpuTimeReader {
 public:
  virtual ~CpuTimeReader() = default;
  /// Whose: "process tree", "control group".
  [[nodiscard]] virtual const char* name() const = 0;

  /// Absent where it cannot be read (any more). Several sources ask at the same time, and it is
  /// looked up once.
  [[nodiscard]] std::optional<Usage> read(Instant now) {
    if (now != read_at_) usage_ = look();
    read_at_ = now;
    return usage_;
  }

 private:
  [[nodiscard]] virtual std::optional<Usage> look() = 0;

  std::optional<Instant> read_at_;
  std::optional<Usage> usage_;
};

/// All descendants of this process. Their time is kept when they end: by whoever waits for them,
/// at last by this process, which becomes the one that orphans are given to (a subreaper); it has
/// to wait for them. Memory that several of them share counts once for each.
[[nodiscard]] std::unique_ptr<CpuTimeReader> read_descendants(
    const std::filesystem::path& proc = "/proc");

/// This process, its own threads alone.
[[nodiscard]] std::unique_ptr<CpuTimeReader> read_own_process();

/// The control group that this process is in, version 1 or 2; null if there is none to be read.
[[nodiscard]] std::unique_ptr<CpuTimeReader> read_control_group(
    const std::filesystem::path& proc = "/proc", const std::filesystem::path& sys = "/sys");

}  // namespace ecnas::energy
