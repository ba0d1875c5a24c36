#pragma once
/// Sources for which nothing is metered: what was used of the machine, times what that draws.

#include <filesystem>
#include <memory>

#include "ecnas/energy/cpu_model.hpp"
#include "ecnas/energy/cpu_time.hpp"
#include "ecnas/energy/source.hpp"

namespace ecnas::energy {

/// A processor for the model: the curve is of `threads` logical processors, of which the machine
/// shows `logical_cpus`.
struct ModelledCpu {
  PowerCurve curve;
  double threads = 0;
  unsigned logical_cpus = 0;
  std::string device;
  std::string origin;  ///< how the curve was come by
  Tolerance tolerance;
};

/// Energy of the processors. With utilisation u of all processors and the user's share s of their
/// time, the user's power is s P(0) + (P(u) − P(0)) s/u: idle power by the share of the machine,
/// the rest by the share of its use. Where P is a straight line that is s P(1), whatever the others
/// do.
/// @param user  null: the machine's, u = s
/// @param stat  /proc/stat, of which u is read
[[nodiscard]] std::unique_ptr<Source> model_cpu(ModelledCpu cpu,
                                                const std::shared_ptr<CpuTimeReader>& user,
                                                std::filesystem::path stat);

/// Power of the memory in use: 0.392 W/GiB.
/// @param machine_gib  counted where `user` is null
[[nodiscard]] std::unique_ptr<Source> model_memory(std::shared_ptr<CpuTimeReader> user,
                                                   double machine_gib);

/// The user's part of what a meter has, by its share of the CPU time that everybody used; all of
/// the machine's idle power is shared out in this way too.
[[nodiscard]] std::unique_ptr<Source> share_by_cpu_time(std::unique_ptr<Source> whole,
                                                        const std::shared_ptr<CpuTimeReader>& user,
                                                        std::filesystem::path stat);

}  // namespace ecnas::energy
