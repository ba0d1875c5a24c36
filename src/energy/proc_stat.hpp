#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::energy {

/// Of a process, from /proc/PID/stat. A tick is 1/sysconf(_SC_CLK_TCK) s.
struct ProcessStatus {
  pid_t parent = 0;
  std::uint64_t ticks = 0;                 ///< user and system
  std::uint64_t ended_children_ticks = 0;  ///< of those that it has waited for, and theirs
  std::uint64_t resident_pages = 0;
};
[[nodiscard]] std::optional<ProcessStatus> parse_process(std::string_view stat);
[[nodiscard]] std::optional<ProcessStatus> read_process(const std::filesystem::path& proc,
                                                        pid_t process);

/// The children of all threads of a process; in no order.
[[nodiscard]] std::vector<pid_t> children_of(const std::filesystem::path& proc, pid_t process);

/// Ticks that all processors were busy, from the first line of /proc/stat; what a hypervisor took
/// for others is not busy.
[[nodiscard]] std::optional<std::uint64_t> parse_busy_ticks(std::string_view stat);

/// A file of the kernel's whole, up to 1 MiB; absent if it cannot be read.
[[nodiscard]] std::optional<std::string> read_small_file(const std::filesystem::path& file);

}  // namespace ecnas::energy
