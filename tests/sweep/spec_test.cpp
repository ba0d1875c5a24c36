#include "ecnas/sweep/spec.hpp"

#include <gtest/gtest.h>

#include <set>

#include "ecnas/space/canonical.hpp"
#include "ecnas/space/space.hpp"
#include "support/expect_error.hpp"
#include "sweep/fixtures.hpp"

namespace ecnas::sweep {
namespace {

using ecnas::testing::expect_error;
using testing::InDirectory;

constexpr const char* kEverything = R"(
budgets = [4, 1, 12]
repeats = 3
seed = 9007199254740991
[cells]
list = ["0100:", "001010000:conv3x3"]
[data]
path = "images/train:cifar10"
[training]
width = 16
images = 6000
batch_size = 64
learning_rate = 0.05
batch_norm_momentum = 0.9
weight_decay = 0
optimizer = "sgd"
threads = 2
mixed_precision = true
arguments = ["--crop", "2", "a \"quoted\" \\ word"]
[devices]
cpu = [[0, 1], [2]]
cuda = [0, 3]
[carbon]
pue = 1.59
intensity = 151.5
[limits]
run_time = "2h"
lease_timeout = "90s"
[slurm]
tasks = 8
time = "12:00:00"
partition = "gpu"
account = "me"
memory = "8G"
cpus_per_task = 4
gpus_per_task = 1
exclusive = true
directives = ["--constraint=a100"]
)";

Spec parse(const std::string& text) {
  return parse_spec(text, "s.toml", "/somewhere");
}

TEST(Spec, EverySettingIsRead) {
  const Spec spec = parse(kEverything);
  EXPECT_EQ(spec.budgets, (std::vector<std::int32_t>{1, 4, 12}));
  EXPECT_EQ(spec.repeats, 3U);
  EXPECT_EQ(spec.seed, (std::uint64_t{1} << 53) - 1);
  EXPECT_EQ(spec.data, "/somewhere/images/train:cifar10");
  ASSERT_EQ(spec.training.size(), 9U);
  EXPECT_EQ(spec.training[0].first, "width");
  EXPECT_EQ(spec.training[4].first, "batch-norm-momentum");
  EXPECT_EQ(spec.training[4].second, "0.9");
  EXPECT_EQ(spec.training[8].second, std::nullopt);
  EXPECT_EQ(spec.further_arguments[2], "a \"quoted\" \\ word");
  ASSERT_EQ(spec.devices.size(), 4U);
  EXPECT_EQ(to_text(spec.devices[0]), "cpu:0,1");
  EXPECT_EQ(to_text(spec.devices[3]), "cuda:3");
  EXPECT_EQ(spec.pue, 1.59);
  EXPECT_EQ(spec.carbon_intensity_g_per_kwh, 151.5);
  EXPECT_EQ(spec.run_time_limit, std::chrono::seconds(7200));
  EXPECT_EQ(spec.lease_timeout, std::chrono::seconds(90));
  EXPECT_EQ(spec.slurm.tasks, 8U);
  EXPECT_TRUE(spec.slurm.exclusive);
}

TEST(Spec, TheCanonicalTextReadsBackAsTheSameSpec) {
  for (const std::string& text : {std::string(kEverything), std::string(R"(
budgets = [4]
[cells]
space = "7v"
)")}) {
    const std::string canonical = to_toml(parse(text));
    EXPECT_EQ(to_toml(parse(canonical)), canonical);
  }
}

TEST(Spec, WithoutDevicesOneRunHasAllThatWeMayUse) {
  const Spec spec = parse("budgets = [4]\n[cells]\nspace = \"4v\"\n");
  ASSERT_EQ(spec.devices.size(), 1U);
  EXPECT_EQ(to_text(spec.devices[0]), "cpu");
}

struct Refused {
  const char* text;
  ErrorCode code;
  const char* place;
  const char* message;
};

TEST(Spec, WhatMakesNoSenseIsRefusedWithItsPlace) {
  constexpr ErrorCode kArgument = ErrorCode::invalid_argument;
  const std::string good = "budgets = [1]\n[cells]\nspace = \"4v\"\n";
  const Refused cases[] = {
      {"budgets = [1\n[cells]\n", ErrorCode::invalid_data, "s.toml:2:", "no TOML"},
      {"budget = [1]\n", kArgument, "s.toml:1:1", "did you mean 'budgets'?"},
      {"repeats = 2\n[cells]\nspace = \"4v\"\n", kArgument, "s.toml:", "'budgets' is missing"},
      {"budgets = [0]\n", kArgument, "s.toml:1:12", "from 1 to 1,000,000"},
      {"budgets = []\n", kArgument, "s.toml:1:11", "list that is not empty"},
      {"budgets = [4, 4]\n", kArgument, "s.toml:1:11", "names one twice"},
      {"budgets = [1.5]\n", kArgument, "s.toml:1:12", "whole number"},
      {"budgets = [1]\nrepeats = 129\n", kArgument, "s.toml:2:11", "from 1 to 128"},
      {"budgets = [1]\nseed = -1\n", kArgument, "s.toml:2:8", "from 0"},
      {"budgets = [1]\n", kArgument, "s.toml:", "[cells] is missing"},
      {"budgets = [1]\ncells = 3\n", kArgument, "s.toml:2:9", "must be a section"},
      {"budgets = [1]\n[cells]\nspace = \"8v\"\n", kArgument, "s.toml:3:9", "\"2v\" to \"7v\""},
      {"budgets = [1]\n[cells]\nspace = \"4v\"\nfile = \"x\"\n", kArgument, "s.toml:2:1", "one of"},
  };
  for (const Refused& refused : cases) {
    SCOPED_TRACE(refused.text);
    expect_error(refused.code, refused.place, [&] { (void)parse(refused.text); });
    expect_error(refused.code, refused.message, [&] { (void)parse(refused.text); });
  }
  const Refused sections[] = {
      {"[training]\nwidht = 16\n", kArgument, "s.toml:5:1", "did you mean 'width'?"},
      {"[training]\nwidth = 4\n", kArgument, "s.toml:5:9", "from 5"},
      {"[training]\nlearning_rate = nan\n", kArgument, "s.toml:5:17", "number from"},
      {"[training]\narguments = [\"--seed\", \"3\"]\n", kArgument, "s.toml:5:13", "key of its own"},
      {"[training]\narguments = [\"--width=3\"]\n", kArgument, "s.toml:5:13", "key of its own"},
      {"[training]\nmixed_precision = 1\n", kArgument, "s.toml:5:19", "true or false"},
      {"[devices]\ncpu = [[0], [0]]\n", kArgument, "s.toml:5:14", "core 0 is named twice"},
      {"[devices]\ncuda = [1, 1]\n", kArgument, "s.toml:5:12", "device 1 is named twice"},
      {"[devices]\ngpu = [1]\n", kArgument, "s.toml:5:1", "unknown key 'gpu'"},
      {"[carbon]\npue = 0.9\n", kArgument, "s.toml:5:7", "from 1 to 100"},
      {"[limits]\nrun_time = \"soon\"\n", kArgument, "s.toml:5:12", "\"90s\""},
      {"[slurm]\ntasks = 0\n", kArgument, "s.toml:5:9", "from 1"},
      {"[slurm]\npartition = \"a\\nb\"\n", kArgument, "s.toml:5:13", "one line"},
      {"[slurm]\ndirectives = [\"qos\"]\n", kArgument, "s.toml:5:14", "no option"},
      {"[data]\npath = \"\"\n", kArgument, "s.toml:5:8", "empty"},
  };
  for (const Refused& refused : sections) {
    SCOPED_TRACE(refused.text);
    expect_error(refused.code, refused.place, [&] { (void)parse(good + refused.text); });
    expect_error(refused.code, refused.message, [&] { (void)parse(good + refused.text); });
  }
}

TEST(Spec, DurationsHaveAUnit) {
  EXPECT_EQ(parse_duration("90s"), std::chrono::seconds(90));
  EXPECT_EQ(parse_duration("1.5h"), std::chrono::seconds(5400));
  EXPECT_EQ(parse_duration("2d"), std::chrono::seconds(172800));
  for (const char* text : {"", "90", "s", "0s", "-1m", "infs", "nanh", "1e30d", "1 h "})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

class ChosenCells : public InDirectory {};

TEST_F(ChosenCells, ASpaceIsAllItsCellsInTheirOrder) {
  EXPECT_EQ(chosen_cells({.max_vertices = 4}).size(), 91U);
}

TEST_F(ChosenCells, AListIsReadByHashAndGraphAndEachCellOnce) {
  const space::Cell trivial = space::Cell::trivial();
  const std::string hash = space::to_text(space::hash_of(trivial));
  const auto cells = chosen_cells({.list = {"0100:", hash, "010001000:conv3x3"}});
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0], trivial);
}

TEST_F(ChosenCells, AFileHasOneALineAndSaysWhereItIsWrong) {
  const auto file = write("cells.txt", "# two\n0100:  # trivial\n\n010001000:maxpool3x3\r\n");
  EXPECT_EQ(chosen_cells({.file = file}).size(), 2U);
  const auto bad = write("bad.txt", "0100:\nabc\n");
  expect_error(ErrorCode::invalid_argument, "bad.txt:2: 'abc' is no cell",
               [&] { (void)chosen_cells({.file = bad}); });
  const auto unknown = write("unknown.txt", std::string(32, '0') + "\n");
  expect_error(ErrorCode::not_found, "unknown.txt:1: no cell",
               [&] { (void)chosen_cells({.file = unknown}); });
  expect_error(ErrorCode::not_found, "none.txt",
               [&] { (void)chosen_cells({.file = directory_ / "none.txt"}); });
}

TEST_F(ChosenCells, ASelectionKeepsItsOrder) {
  const auto all = chosen_cells({.max_vertices = 3});
  const auto hash = [](const space::Cell& cell) { return space::to_text(space::hash_of(cell)); };
  const auto file = write("s.csv", "rank,hash\n1," + hash(all[5]) + "\n2," + hash(all[2]) + "\n");
  EXPECT_EQ(chosen_cells({.selection = file}), (std::vector{all[5], all[2]}));
  const auto bad = write("bad.csv", "rank,cell\n1,x\n");
  expect_error(ErrorCode::invalid_data, "no column 'hash'",
               [&] { (void)chosen_cells({.selection = bad}); });
}

}  // namespace
}  // namespace ecnas::sweep
