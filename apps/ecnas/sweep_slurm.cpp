#include "sweep_slurm.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/sweep/slurm.hpp"
#include "terminal.hpp"
#include "trainer_program.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

std::string slurm_program(std::string_view name) {
  const auto found = program_on_path(name);
  if (!found) {
    fail(ErrorCode::missing_dependency,
         "{}: not on PATH; install the package slurm-client, on a machine of the cluster", name);
  }
  return found->string();
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

struct Output {
  int status = 0;
  std::string text;  ///< what it said, errors too
};

Output output_of(const std::vector<std::string>& words) {
  std::vector<std::string> quoted(words.size());
  std::ranges::transform(words, quoted.begin(), shell_quoted);
  FILE* pipe = ::popen(fmt::format("{} 2>&1", fmt::join(quoted, " ")).c_str(), "re");
  if (pipe == nullptr) fail(ErrorCode::io_failure, "{}: cannot be started", words.front());
  Output output;
  std::array<char, 4096> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.text.append(buffer.data(), size);
  const int status = ::pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

fs::path jobs_file(const sweep::Sweep& sweep) {
  return sweep.directory() / "slurm" / "jobs";
}

std::vector<std::string> jobs_of(const sweep::Sweep& sweep) {
  std::vector<std::string> jobs;
  std::error_code ignored;
  if (!fs::exists(jobs_file(sweep), ignored)) return jobs;
  const std::string text = read_file(jobs_file(sweep));
  for (const std::string_view line : split(text, '\n')) {
    if (parse_integer(line)) jobs.emplace_back(line);
  }
  return jobs;
}

}  // namespace

void run_submit(const SubmitArguments& arguments, const Global& global) {
  const sweep::Sweep opened = sweep::Sweep::open(arguments.directory);
  const std::string script =
      sweep::batch_script(opened, own_program(), trainer_program(arguments.trainer));
  if (arguments.is_dry) {
    if (global.json) return print_json({{"script", script}});
    return print(script);
  }
  const std::string sbatch = slurm_program("sbatch");
  const fs::path file = opened.directory() / "slurm" / "sweep.sbatch";
  make_directory(file.parent_path());
  write_file(file, script);
  const Output output = output_of({sbatch, "--parsable", file.string()});
  // "JOB" or "JOB;CLUSTER"
  const std::string job = output.text.substr(0, output.text.find_first_of(";\n"));
  if (output.status != 0 || !parse_integer(job)) {
    fail(ErrorCode::io_failure, "sbatch refuses {}: {}", file.string(),
         ecnas::quoted(trimmed(output.text), 400));
  }
  std::vector<std::string> jobs = jobs_of(opened);
  jobs.push_back(job);
  write_file(jobs_file(opened), fmt::format("{}\n", fmt::join(jobs, "\n")));
  if (global.json)
    return print_json({{"job", job}, {"tasks", opened.spec().slurm.tasks}, {"script", file}});
  print(
      fmt::format("job {} of {} tasks; {}\n", bold(job), opened.spec().slurm.tasks, file.string()));
}

std::vector<std::string> cancel_jobs(const sweep::Sweep& sweep) {
  std::vector<std::string> jobs = jobs_of(sweep);
  if (jobs.empty()) return jobs;
  std::vector<std::string> command = {slurm_program("scancel"), "--state=PENDING"};
  command.insert(command.end(), jobs.begin(), jobs.end());
  const Output output = output_of(command);
  if (output.status != 0) {
    message(fmt::format("ecnas: scancel: {}", ecnas::quoted(trimmed(output.text), 400)));
  }
  return jobs;
}

}  // namespace ecnas::app
