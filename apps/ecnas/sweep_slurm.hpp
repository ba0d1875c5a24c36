#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "ecnas/sweep/store.hpp"

namespace ecnas::app {

struct SubmitArguments {
  std::string directory;
  std::optional<std::string> trainer;
  bool is_dry = false;
};

/// `ecnas sweep submit`. @throws Error{missing_dependency} without sbatch, Error{io_failure} if it
/// refuses
void run_submit(const SubmitArguments& arguments, const Global& global);

/// Takes back the tasks of a sweep that have not begun; those at work see its stop.
/// @return the jobs; none if nothing was submitted
/// @throws Error{missing_dependency} without scancel
std::vector<std::string> cancel_jobs(const sweep::Sweep& sweep);

}  // namespace ecnas::app
