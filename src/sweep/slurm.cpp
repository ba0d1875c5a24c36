#include "ecnas/sweep/slurm.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;

/// Seconds that a task has to save its runs before Slurm ends it.
constexpr int kWarningSeconds = 120;

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string batch_script(const Sweep& sweep, const fs::path& program, const fs::path& trainer) {
  const std::string directory = sweep.directory().string();
  if (directory.find_first_of("\n\r\"\\%") != std::string::npos) {
    fail(
        ErrorCode::invalid_argument,
        "{}: a directory whose name holds line breaks, quotes, '\\' or '%' cannot stand in a batch "
        "script; rename it",
        ecnas::quoted(directory));
  }
  const SlurmRequest& slurm = sweep.spec().slurm;
  std::string text = "#!/bin/sh\n";
  const auto directive = [&text](const std::string& option) {
    text += fmt::format("#SBATCH {}\n", option);
  };
  directive("--job-name=ecnas-sweep");
  directive(fmt::format("--array=0-{}", slurm.tasks - 1));
  directive(fmt::format("--output=\"{}/slurm/%A_%a.log\"", directory));
  directive("--ntasks=1");
  directive(fmt::format("--cpus-per-task={}", slurm.cpus_per_task));
  if (slurm.gpus_per_task > 0) directive(fmt::format("--gpus-per-task={}", slurm.gpus_per_task));
  if (!slurm.memory.empty()) directive("--mem=" + slurm.memory);
  if (!slurm.time.empty()) directive("--time=" + slurm.time);
  if (!slurm.partition.empty()) directive("--partition=" + slurm.partition);
  if (!slurm.account.empty()) directive("--account=" + slurm.account);
  if (slurm.exclusive) directive("--exclusive");
  directive(fmt::format("--signal=B:TERM@{}", kWarningSeconds));
  for (const std::string& further : slurm.directives)
    directive(further);
  text += fmt::format("exec {} sweep run {} --trainer {} --allotted{}\n",
                      shell_quoted(program.string()), shell_quoted(directory),
                      shell_quoted(trainer.string()), slurm.exclusive ? "" : " --shared-machine");
  return text;
}

}  // namespace ecnas::sweep
