#pragma once
/// Running average power limit (RAPL): the energy counters that Intel's processors and AMD's have,
/// by each of the three ways in which Linux shows them.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <system_error>

#include "ecnas/core/result.hpp"
#include "ecnas/energy/cpu_model.hpp"
#include "energy/discovered.hpp"

namespace ecnas::energy {

/// Above what any package or its memory draws, below what a wrap in a tenth of a second would need.
/// The limits that zones state are no bounds: turbo exceeds them and firmware leaves them at 0.
inline constexpr double kPackageBoundWatts = 2000;

/// Zones below `sys`/class/powercap, which the kernel lets root alone read unless a rule says
/// otherwise (since CVE-2020-8694).
[[nodiscard]] Discovered find_powercap(const std::filesystem::path& sys);

/// Opens an event counter of the system on a processor: a file descriptor, or why not.
using OpenEvent = std::function<Result<int, std::error_code>(std::uint32_t type,
                                                             std::uint64_t config, int processor)>;
/// By perf_event_open.
[[nodiscard]] Result<int, std::error_code> open_event(std::uint32_t type, std::uint64_t config,
                                                      int processor);

/// Events of the kernel's `power` unit, which wants CAP_PERFMON or kernel.perf_event_paranoid < 1.
[[nodiscard]] Discovered find_power_events(const std::filesystem::path& sys,
                                           const OpenEvent& open = open_event);

/// Model-specific registers below `dev`/cpu, which want root and the module `msr`.
[[nodiscard]] Discovered find_registers(const std::filesystem::path& sys,
                                        const std::filesystem::path& dev, const CpuIdentity& cpu);

}  // namespace ecnas::energy
