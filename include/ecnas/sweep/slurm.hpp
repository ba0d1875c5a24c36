#pragma once

#include <filesystem>
#include <string>

#include "ecnas/sweep/store.hpp"

namespace ecnas::sweep {

/// The sbatch script that works on a sweep: an array of tasks, each of which is `ecnas sweep run`
/// with what Slurm has allotted to it. A task that is cut off is given time to save its runs.
/// @param program  `ecnas`  @param trainer  `ecnas-train`; both as every node finds them
/// @throws Error{invalid_argument} for a directory whose name a directive cannot hold (a line
/// break)
[[nodiscard]] std::string batch_script(const Sweep& sweep, const std::filesystem::path& program,
                                       const std::filesystem::path& trainer);

}  // namespace ecnas::sweep
