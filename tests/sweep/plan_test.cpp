#include "ecnas/sweep/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "ecnas/space/space.hpp"
#include "support/expect_error.hpp"
#include "sweep/fixtures.hpp"

namespace ecnas::sweep {
namespace {

using ecnas::testing::expect_error;
using testing::InDirectory;

Spec spec_of(std::vector<std::int32_t> budgets, std::size_t repeats, std::uint64_t seed = 1) {
  Spec spec;
  spec.cells.max_vertices = 4;
  spec.budgets = std::move(budgets);
  spec.repeats = repeats;
  spec.seed = seed;
  return spec;
}

std::vector<sweep::Run> plan(const Spec& spec) {
  return planned_runs(spec, chosen_cells(spec.cells));
}

TEST(Plan, EveryCellIsPlannedAtEveryBudgetForEveryRepeatOnce) {
  const std::vector<sweep::Run> runs = plan(spec_of({1, 4}, 3));
  std::set<std::tuple<space::Hash, std::int32_t, std::size_t>> seen;
  for (const sweep::Run& run : runs)
    seen.insert({run.hash, run.epochs, run.repeat});
  EXPECT_EQ(runs.size(), 91U * 2 * 3);
  EXPECT_EQ(seen.size(), runs.size());
}

TEST(Plan, RepeatsFollowOneAnotherAndAPrefixIsAFairSample) {
  const std::vector<sweep::Run> runs = plan(spec_of({1, 4}, 3));
  EXPECT_TRUE(std::ranges::is_sorted(runs, {}, &sweep::Run::repeat));
  // Of the first 60 of 182 runs in random order, a share of 1/2 is of each budget: 30 ± 3.2 (one
  // standard deviation of the hypergeometric distribution); 5 of them allowed.
  const auto ones = std::count_if(runs.begin(), runs.begin() + 60,
                                  [](const sweep::Run& run) { return run.epochs == 1; });
  EXPECT_NEAR(static_cast<double>(ones), 30, 16);
}

TEST(Plan, ATrainingsSeedDependsOnItsCellBudgetAndRepeatAlone) {
  const std::vector<sweep::Run> few = plan(spec_of({4}, 1));
  const std::vector<sweep::Run> many = plan(spec_of({1, 4}, 3));
  std::set<std::uint64_t> seeds;
  for (const sweep::Run& run : many) {
    EXPECT_LT(run.seed, std::uint64_t{1} << 53);
    seeds.insert(run.seed);
  }
  EXPECT_EQ(seeds.size(), many.size());
  for (const sweep::Run& run : few)
    EXPECT_NE(std::ranges::find(many, run), many.end());
}

TEST(Plan, TheSameSpecGivesTheSameListAndAnotherSeedAnother) {
  EXPECT_EQ(plan(spec_of({4}, 2)), plan(spec_of({4}, 2)));
  EXPECT_NE(plan(spec_of({4}, 2)), plan(spec_of({4}, 2, 2)));
}

class RunListTest : public InDirectory {};

TEST_F(RunListTest, TheListReadsBack) {
  const std::vector<sweep::Run> runs =
      plan(spec_of({1, 1'000'000}, 2, (std::uint64_t{1} << 53) - 1));
  const RunList list = RunList::open(write("runs.txt", to_text(runs, 4)));
  ASSERT_EQ(list.size(), runs.size());
  EXPECT_EQ(list.max_vertices(), 4U);
  for (RunNumber i = 0; i < runs.size(); ++i)
    EXPECT_EQ(list[i], runs[i]);
}

TEST_F(RunListTest, ADamagedListIsRefused) {
  const std::string text = to_text(plan(spec_of({4}, 1)), 4);
  for (const std::string& bad :
       {std::string(), text.substr(0, text.size() - 1), "x" + text.substr(1), text + "\n"}) {
    const auto file = write("bad.txt", bad);
    expect_error(ErrorCode::invalid_data, "bad.txt", [&] { (void)RunList::open(file); });
  }
  std::string damaged = text;
  damaged[text.size() - 3] = 'x';
  const RunList list = RunList::open(write("damaged.txt", damaged));
  expect_error(ErrorCode::invalid_data, "damaged.txt:92: damaged", [&] { (void)list[90]; });
}

}  // namespace
}  // namespace ecnas::sweep
