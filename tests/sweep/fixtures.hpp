#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/sweep/lease.hpp"
#include "ecnas/sweep/pool.hpp"
#include "ecnas/sweep/store.hpp"
#include "support/temporary_tree.hpp"

namespace ecnas::sweep::testing {

namespace fs = std::filesystem;

/// A test in a directory of its own.
class InDirectory : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) const {
    write_file(directory_ / name, text);
    return directory_ / name;
  }

  /// A sweep of a spec; by default 7 cells × 2 budgets × 2 repeats.
  Sweep make_sweep(const std::string& spec = kSpec, const std::string& name = "work") const {
    const Spec parsed = parse_spec(spec, "spec.toml", directory_);
    return Sweep::create(directory_ / name, parsed, chosen_cells(parsed.cells));
  }

  static constexpr const char* kSpec = R"(
budgets = [1, 2]
repeats = 2
seed = 7
[cells]
space = "3v"
[training]
width = 16
)";
  static constexpr std::size_t kRuns = 7 * 2 * 2;

  const ecnas::testing::TemporaryTree tree_;
  const fs::path directory_ = tree_.root();
};

/// The spec above whose trainings have further arguments.
inline std::string spec_with(const std::string& arguments, const std::string& sections = "") {
  return std::string("budgets = [1, 2]\nrepeats = 2\nseed = 7\n[cells]\nspace = \"3v\"\n") +
         "[training]\nwidth = 16\n" +
         (arguments.empty() ? "" : "arguments = [" + arguments + "]\n") + sections;
}

inline PoolOptions stub_pool() {
  PoolOptions options;
  options.trainer = ECNAS_STUB_TRAINER;
  options.patience = std::chrono::seconds(5);
  return options;
}

/// How many runs stand how.
inline std::map<RunState, std::size_t> count_states(const Sweep& sweep) {
  std::map<RunState, std::size_t> counts;
  for (std::size_t shard = 0; shard < sweep.shards(); ++shard) {
    for (const Standing& standing : sweep.standings(shard))
      ++counts[standing.state];
  }
  return counts;
}

/// Trains a claimed run as the stub does. @return the attempt's folder
inline fs::path train_by_stub(const Sweep& sweep, const Claims& claims, const Claim& claim) {
  const fs::path attempt = claims.begin_attempt(claim);
  std::string line;
  for (const std::string& word :
       training_command(sweep, sweep.runs()[claim.number], ECNAS_STUB_TRAINER, {}, attempt,
                        /*is_continued=*/false, /*is_shared_machine=*/false))
    line += "'" + word + "' ";
  EXPECT_EQ(std::system(line.c_str()), 0) << line;
  return attempt;
}

}  // namespace ecnas::sweep::testing
