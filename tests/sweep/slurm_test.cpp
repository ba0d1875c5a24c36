#include "ecnas/sweep/slurm.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "sweep/fixtures.hpp"

namespace ecnas::sweep {
namespace {

using ecnas::testing::expect_error;
using testing::InDirectory;
using testing::spec_with;

class BatchScript : public InDirectory {};

TEST_F(BatchScript, AsksForWhatTheSpecSays) {
  const Sweep sweep = make_sweep(spec_with("", R"([slurm]
tasks = 8
time = "12:00:00"
partition = "gpu"
cpus_per_task = 4
gpus_per_task = 1
memory = "8G"
directives = ["--constraint=a100"]
)"));
  const std::string script = batch_script(sweep, "/opt/ecnas", "/opt/it's/ecnas-train");
  for (const char* line :
       {"#!/bin/sh\n", "#SBATCH --array=0-7\n", "#SBATCH --time=12:00:00\n",
        "#SBATCH --partition=gpu\n", "#SBATCH --cpus-per-task=4\n", "#SBATCH --gpus-per-task=1\n",
        "#SBATCH --mem=8G\n", "#SBATCH --signal=B:TERM@120\n", "#SBATCH --constraint=a100\n",
        " --trainer '/opt/it'\\''s/ecnas-train' --allotted --shared-machine\n"})
    EXPECT_NE(script.find(line), std::string::npos) << line << script;
  EXPECT_EQ(script.find("--account"), std::string::npos);
}

TEST_F(BatchScript, NodesOfOurOwnAreNotShared) {
  const Sweep sweep = make_sweep(spec_with("", "[slurm]\nexclusive = true\n"));
  const std::string script = batch_script(sweep, "/opt/ecnas", "/opt/ecnas-train");
  EXPECT_NE(script.find("#SBATCH --exclusive\n"), std::string::npos);
  EXPECT_EQ(script.find("--shared-machine"), std::string::npos);
}

TEST_F(BatchScript, ADirectoryThatNoDirectiveCanHoldIsRefused) {
  const Sweep sweep = make_sweep(kSpec, "50%");
  expect_error(ErrorCode::invalid_argument, "rename it",
               [&] { (void)batch_script(sweep, "/opt/ecnas", "/opt/ecnas-train"); });
}

}  // namespace
}  // namespace ecnas::sweep
