// Claims a second of the real lease code: processes that take, begin and publish runs of a sweep as
// fast as they can, without training anything.
//
//     sweep_claims DIRECTORY PROCESSES…      as in: sweep_claims /tmp/claims 1 2 8
//
// For each number of processes: a new sweep of 101,280 runs (2,532 cells × 4 × 10), worked on for a
// given time. Prints runs a second of all processes, and the mean time of each step of one run.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/sweep/lease.hpp"
#include "ecnas/sweep/store.hpp"

namespace {

namespace fs = std::filesystem;
namespace sweep = ecnas::sweep;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTime{10};

struct Steps {
  double runs = 0;
  double next_s = 0;
  double begin_s = 0;
  double finish_s = 0;
};

double seconds_since(SteadyClock::time_point& last) {
  const auto now = SteadyClock::now();
  const double elapsed = std::chrono::duration<double>(now - last).count();
  last = now;
  return elapsed;
}

Steps work(const sweep::Sweep& opened) {
  const sweep::Worker worker(opened);
  sweep::Claims claims(opened, worker);
  Steps steps;
  const auto end = SteadyClock::now() + kTime;
  auto last = SteadyClock::now();
  while (last < end) {
    const auto claim = claims.next().claim;
    if (!claim) break;
    steps.next_s += seconds_since(last);
    const fs::path attempt = claims.begin_attempt(*claim);
    steps.begin_s += seconds_since(last);
    ecnas::write_file(attempt / "made-up", "");  // what the trainer would leave; not timed
    last = SteadyClock::now();
    claims.finish(*claim);
    steps.finish_s += seconds_since(last);
    ++steps.runs;
  }
  return steps;
}

sweep::Sweep make_sweep(const fs::path& directory) {
  fs::remove_all(directory);
  const sweep::Spec spec = sweep::parse_spec(
      "budgets = [1, 2, 3, 4]\nrepeats = 10\n[cells]\nspace = \"5v\"\n", "spec", "/");
  return sweep::Sweep::create(directory, spec, sweep::chosen_cells(spec.cells));
}

void measure(const fs::path& directory, int processes) {
  const sweep::Sweep opened = make_sweep(directory);
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) std::exit(1);
  for (int i = 0; i < processes; ++i) {
    if (::fork() != 0) continue;
    const Steps steps = work(opened);
    ::_exit(::write(pipe[1], &steps, sizeof steps) == sizeof steps ? 0 : 1);
  }
  Steps sum;
  for (int i = 0; i < processes; ++i) {
    Steps steps;
    if (::read(pipe[0], &steps, sizeof steps) != sizeof steps) std::exit(1);
    sum.runs += steps.runs;
    sum.next_s += steps.next_s;
    sum.begin_s += steps.begin_s;
    sum.finish_s += steps.finish_s;
  }
  while (::wait(nullptr) > 0) {
  }
  ::close(pipe[0]);
  ::close(pipe[1]);
  fmt::print(
      "{:>3} processes: {:>7.0f} runs/s; a run: next {:.2f} ms, begin {:.2f} ms, finish {:.2f} "
      "ms\n",
      processes, sum.runs / static_cast<double>(kTime.count()), 1e3 * sum.next_s / sum.runs,
      1e3 * sum.begin_s / sum.runs, 1e3 * sum.finish_s / sum.runs);
  fs::remove_all(directory);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    fmt::print(stderr, "usage: sweep_claims DIRECTORY PROCESSES…\n");
    return 2;
  }
  try {
    for (int i = 2; i < count; ++i)
      measure(arguments[1], std::atoi(arguments[i]));
  } catch (const ecnas::Error& error) {
    fmt::print(stderr, "sweep_claims: {}\n", error.what());
    return 1;
  }
}
