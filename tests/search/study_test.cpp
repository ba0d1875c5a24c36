#include "ecnas/search/study.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/table/builtin.hpp"
#include "search/synthetic_table.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

namespace fs = std::filesystem;
using ecnas::testing::expect_error;
using ecnas::testing::synthetic_table;
using Mode = StudyStore::Mode;

void expect_same(const Evaluation& a, const Evaluation& b) {
  EXPECT_EQ(a.candidate, b.candidate);
  EXPECT_EQ(a.objectives, b.objectives);
  EXPECT_EQ(a.is_feasible, b.is_feasible);
  EXPECT_EQ(a.requests, b.requests);
  EXPECT_EQ(a.cumulative.epochs, b.cumulative.epochs);
  EXPECT_EQ(a.cumulative.energy_kwh, b.cumulative.energy_kwh);
  EXPECT_EQ(a.cumulative.co2eq_g, b.cumulative.co2eq_g);
  EXPECT_EQ(a.cumulative.training_time_s, b.cumulative.training_time_s);
}

/// Bit for bit.
void expect_same(const Trial& a, const Trial& b) {
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.stop_reason, b.stop_reason);
  ASSERT_EQ(a.evaluations.size(), b.evaluations.size());
  for (std::size_t i = 0; i < a.evaluations.size(); ++i)
    expect_same(a.evaluations[i], b.evaluations[i]);
  ASSERT_EQ(a.front.size(), b.front.size());
  for (std::size_t i = 0; i < a.front.size(); ++i) {
    EXPECT_EQ(a.front[i].candidate, b.front[i].candidate);
    EXPECT_EQ(a.front[i].objectives, b.front[i].objectives);
  }
  EXPECT_EQ(a.ledger.requests, b.ledger.requests);
  EXPECT_EQ(a.ledger.evaluations, b.ledger.evaluations);
  EXPECT_EQ(a.ledger.repeats, b.ledger.repeats);
  EXPECT_EQ(a.ledger.invalid, b.ledger.invalid);
  EXPECT_EQ(a.ledger.absent, b.ledger.absent);
  EXPECT_EQ(a.ledger.cost.epochs, b.ledger.cost.epochs);
  EXPECT_EQ(a.ledger.cost.energy_kwh, b.ledger.cost.energy_kwh);
}

void expect_same(const Study& a, const Study& b) {
  ASSERT_EQ(a.trials.size(), b.trials.size());
  for (std::size_t contender = 0; contender < a.trials.size(); ++contender) {
    ASSERT_EQ(a.trials[contender].size(), b.trials[contender].size());
    for (std::size_t trial = 0; trial < a.trials[contender].size(); ++trial)
      expect_same(a.trials[contender][trial].trial, b.trials[contender][trial].trial);
  }
}

class Studies : public ::testing::Test {
 protected:
  void SetUp() override { fs::remove_all(directory_); }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] static StudyOptions options() {
    StudyOptions options;
    options.contenders = {{"semoa", Algorithm::semoa, {}},
                          {"small", Algorithm::nsga2, {{"population", 6}}},
                          {"random", Algorithm::random, {}}};
    options.common.stop.count = 40;
    options.common.trials = 3;
    options.common.seed = 9;
    options.common.threads = 2;
    return options;
  }

  [[nodiscard]] StudyStore store(Mode mode, const StudyOptions& of = options()) const {
    return StudyStore::open(directory_, parameters_of(problem_, of), mode);
  }

  /// Runs in the directory. @return how many evaluations were made for each trial that had any
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> evaluations_of_run(
      Mode mode, Study* result = nullptr, std::vector<std::string>* damaged = nullptr) const {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts;
    std::mutex mutex;
    StudyObserver observer;
    observer.evaluated = [&](std::size_t contender, std::size_t trial, std::size_t) {
      const std::lock_guard lock(mutex);
      ++counts[{contender, trial}];
    };
    observer.damaged = [&](const std::string& what) {
      const std::lock_guard lock(mutex);
      if (damaged != nullptr) damaged->push_back(what);
    };
    const StudyStore kept = store(mode);
    Study study = run_study(problem_, options(), &kept, observer);
    if (result != nullptr) *result = std::move(study);
    return counts;
  }

  /// Content of the files that have the same bytes in every run.
  [[nodiscard]] std::map<std::string, std::string> trial_files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(directory_ / "trials")) {
      if (entry.path().extension() == ".csv")
        files[entry.path().filename().string()] = read_file(entry.path());
    }
    return files;
  }

  const table::Table table_ = synthetic_table({.absent_every = 7});
  const Problem problem_{table_, {.objectives = {Objective::energy, Objective::validation_error}}};
  const fs::path directory_ =
      fs::path(::testing::TempDir()) / ("ecnas-study-" + std::to_string(::getpid()));
};

TEST_F(Studies, TrialIOfEveryContenderHasTheSameSeedAndIsTheTrialRunAlone) {
  const Study study = run_study(problem_, options());
  ASSERT_EQ(study.trials.size(), 3U);
  for (std::size_t contender = 0; contender < 3; ++contender) {
    ASSERT_EQ(study.trials[contender].size(), 3U);
    SearchOptions alone = options().common;
    alone.algorithm = options().contenders[contender].algorithm;
    alone.algorithm_options = options().contenders[contender].options;
    for (std::size_t trial = 0; trial < 3; ++trial) {
      const std::uint64_t seed = trial_seed(9, trial);
      EXPECT_EQ(study.trials[contender][trial].trial.seed, seed);
      expect_same(study.trials[contender][trial].trial, run_trial(problem_, alone, seed));
    }
  }
}

TEST_F(Studies, ResultAndFilesAreTheSameOnOneTwoAndThreeThreads) {
  std::map<std::string, std::string> expected;
  Study first;
  for (const unsigned threads : {1U, 2U, 3U}) {
    fs::remove_all(directory_);
    StudyOptions each = options();
    each.common.threads = threads;
    const StudyStore kept = store(Mode::begin, each);
    Study study = run_study(problem_, each, &kept);
    if (threads == 1) {
      expected = trial_files();
      first = std::move(study);
      EXPECT_EQ(expected.size(), 9U);
      EXPECT_TRUE(expected.contains("small-002.csv"));
    } else {
      EXPECT_EQ(trial_files(), expected);
      expect_same(study, first);
    }
  }
}

TEST_F(Studies, AFinishedStudyIsReadAndNothingIsRunAgain) {
  Study before;
  EXPECT_EQ(evaluations_of_run(Mode::begin, &before).size(), 9U);
  Study after;
  EXPECT_TRUE(evaluations_of_run(Mode::resume, &after).empty());
  expect_same(before, after);
  for (const auto& trials : after.trials)
    for (const StudyTrial& trial : trials)
      EXPECT_GT(trial.own_seconds.value(), 0);
}

TEST_F(Studies, WhateverTrialsAKillLeftOnlyTheOthersAreRun) {
  Study whole;
  (void)evaluations_of_run(Mode::begin, &whole);
  const std::map<std::string, std::string> files = trial_files();
  for (std::size_t lost = 1; lost < 512; lost = lost * 3 + 1) {  // sets of trials, as bits
    std::size_t bit = 0;
    for (const auto& [name, content] : files) {
      if ((lost >> bit & 1U) != 0) fs::remove(directory_ / "trials" / name);
      ++bit;
    }
    Study resumed;
    const auto counts = evaluations_of_run(Mode::resume, &resumed);
    EXPECT_EQ(counts.size(), static_cast<std::size_t>(std::popcount(lost)));
    for (const auto& [trial, evaluations] : counts)
      EXPECT_EQ(evaluations, 40U);
    expect_same(resumed, whole);
    EXPECT_EQ(trial_files(), files);
  }
}

TEST_F(Studies, AKillThatLeftNoTrialsYetLeavesAStudyToGoOnWith) {
  (void)store(Mode::begin);
  fs::remove(directory_ / "trials");
  Study resumed;
  EXPECT_EQ(evaluations_of_run(Mode::resume, &resumed).size(), 9U);
  expect_same(resumed, run_study(problem_, options()));
}

TEST_F(Studies, ADamagedTrialIsNamedAndRunAgain) {
  Study whole;
  (void)evaluations_of_run(Mode::begin, &whole);
  const fs::path file = directory_ / "trials" / "semoa-002.csv";
  const std::string content = read_file(file);
  std::vector<std::string> variants = {"",
                                       content + content,
                                       content + "\n",
                                       read_file(directory_ / "trials" / "semoa-001.csv"),
                                       read_file(directory_ / "trials" / "semoa-003.csv"),
                                       read_file(directory_ / "trials" / "random-002.csv")};
  for (std::size_t length = 1; length < content.size(); length += 211)
    variants.push_back(content.substr(0, length));
  for (std::size_t at = 0; at < content.size(); at += 97) {
    variants.push_back(content);
    variants.back()[at] = static_cast<char>(content[at] ^ 1);
  }
  for (const std::string& variant : variants) {
    write_file(file, variant);
    Study resumed;
    std::vector<std::string> damaged;
    const auto counts = evaluations_of_run(Mode::resume, &resumed, &damaged);
    ASSERT_EQ(counts.size(), 1U) << variant;
    EXPECT_TRUE(counts.contains({0, 1}));
    ASSERT_EQ(damaged.size(), 1U);
    EXPECT_NE(damaged[0].find("semoa-002.csv"), std::string::npos) << damaged[0];
    expect_same(resumed, whole);
    ASSERT_EQ(read_file(file), content);
  }
}

TEST_F(Studies, WhatRunningTookDecidesNothingWhenItIsLostOrDamaged) {
  Study whole;
  (void)evaluations_of_run(Mode::begin, &whole);
  fs::remove(directory_ / "trials" / "semoa-001.cost");
  write_file(directory_ / "trials" / "semoa-002.cost", "own_seconds: much\nnothing");
  Study resumed;
  EXPECT_TRUE(evaluations_of_run(Mode::resume, &resumed).empty());
  EXPECT_FALSE(resumed.trials[0][0].own_seconds);
  EXPECT_FALSE(resumed.trials[0][1].own_seconds);
  EXPECT_TRUE(resumed.trials[0][2].own_seconds);
  expect_same(resumed, whole);
}

TEST_F(Studies, AnInterruptedStudyKeepsWhatIsFinishedAndGoesOn) {
  StudyOptions slow = options();
  slow.common.threads = 1;
  std::stop_source source;
  std::set<std::pair<std::size_t, std::size_t>> finished;
  StudyObserver observer;
  observer.finished = [&](std::size_t contender, std::size_t trial, bool) {
    finished.emplace(contender, trial);
  };
  observer.evaluated = [&](std::size_t contender, std::size_t trial, std::size_t evaluations) {
    if (contender == 1 && trial == 1 && evaluations == 20) source.request_stop();
  };
  {
    const StudyStore kept = store(Mode::begin);
    expect_error(ErrorCode::interrupted, "4 of 9 trials are done",
                 [&] { (void)run_study(problem_, slow, &kept, observer, source.get_token()); });
  }
  EXPECT_EQ(finished.size(), 4U);
  EXPECT_EQ(trial_files().size(), 4U);
  Study resumed;
  const auto counts = evaluations_of_run(Mode::resume, &resumed);
  EXPECT_EQ(counts.size(), 5U);
  for (const auto& trial : finished)
    EXPECT_FALSE(counts.contains(trial));
  expect_same(resumed, run_study(problem_, options()));
}

TEST_F(Studies, TheDirectoryOfAnotherStudyIsRefusedAndTheDifferencesAreNamed) {
  (void)store(Mode::begin);
  expect_error(ErrorCode::invalid_argument, "--resume", [&] { (void)store(Mode::begin); });
  (void)store(Mode::resume);
  StudyOptions other = options();
  other.common.trials = 4;
  expect_error(ErrorCode::invalid_argument, "trials is 3 there, 4 here",
               [&] { (void)store(Mode::resume, other); });
  other = options();
  other.contenders[1].options["population"] = 8;
  expect_error(ErrorCode::invalid_argument, "population=8",
               [&] { (void)store(Mode::resume, other); });
  other = options();
  other.contenders.pop_back();
  expect_error(ErrorCode::invalid_argument,
               "contender random is random batch=10 there, absent here",
               [&] { (void)store(Mode::resume, other); });
  other = options();
  other.remarks = {{"prior", "none"}};
  expect_error(ErrorCode::invalid_argument, "prior is absent there, none here",
               [&] { (void)store(Mode::resume, other); });
  const table::Table altered = synthetic_table({.absent_every = 8});
  const Problem problem(altered, {.objectives = {Objective::energy, Objective::validation_error}});
  expect_error(ErrorCode::invalid_argument, "cells and values is", [&] {
    (void)StudyStore::open(directory_, parameters_of(problem, options()), Mode::resume);
  });
}

TEST_F(Studies, ADirectoryOfOtherFilesIsRefusedAndAnEmptyOneIsNot) {
  make_directory(directory_);
  (void)store(Mode::begin);
  fs::remove_all(directory_);
  make_directory(directory_);
  write_file(directory_ / "thesis.tex", "years of work");
  for (const Mode mode : {Mode::begin, Mode::resume})
    expect_error(ErrorCode::invalid_argument, "no study", [&] { (void)store(mode); });
  EXPECT_EQ(read_file(directory_ / "thesis.tex"), "years of work");
  fs::remove_all(directory_);
  (void)store(Mode::resume);  // begins one
  write_file(directory_ / "study.txt", "# ecnas stu");
  expect_error(ErrorCode::invalid_data, "study.txt", [&] { (void)store(Mode::resume); });
}

TEST_F(Studies, TrialsOfEveryKindReadBackBitForBit) {
  const table::Table bare = table::builtin_table("space-4v").value();
  const Problem structural(bare, {.objectives = {Objective::parameters, Objective::inverse_depth}});
  const Problem constrained(
      table_,
      {.objectives = {Objective::energy, Objective::validation_error, Objective::parameters},
       .epochs = {4, 36},
       .constraints = {{Objective::energy, 0.2}, {Objective::training_time, 1500.0}}});
  for (const Problem* problem : {&structural, &constrained}) {
    fs::remove_all(directory_);
    const StudyParameters parameters = parameters_of(*problem, options());
    const StudyStore begun = StudyStore::open(directory_, parameters, Mode::begin);
    const Study study = run_study(*problem, options(), &begun);
    StudyObserver observer;
    observer.evaluated = [](std::size_t, std::size_t, std::size_t) {
      ADD_FAILURE() << "run again";
    };
    const StudyStore again = StudyStore::open(directory_, parameters, Mode::resume);
    expect_same(study, run_study(*problem, options(), &again, observer));
  }
}

TEST_F(Studies, NoisyTrialsAreKeptAsTheyWereSeen) {
  const table::Table noisy = synthetic_table({.noise = 0.3});
  const Problem problem(noisy, {.objectives = {Objective::energy, Objective::validation_error}});
  StudyOptions drawn = options();
  drawn.common.is_noisy = true;
  const StudyParameters parameters = parameters_of(problem, drawn);
  const StudyStore begun = StudyStore::open(directory_, parameters, Mode::begin);
  const Study study = run_study(problem, drawn, &begun);
  const Evaluation& first = study.trials[0][0].trial.evaluations.front();
  EXPECT_NE(first.objectives, problem.evaluate(first.candidate));
  const StudyStore again = StudyStore::open(directory_, parameters, Mode::resume);
  expect_same(study, run_study(problem, drawn, &again));
  expect_error(ErrorCode::invalid_argument, "noise is drawn there, none here", [&] {
    (void)StudyStore::open(directory_, parameters_of(problem, options()), Mode::resume);
  });
  expect_error(ErrorCode::not_found, "no noise model", [&] { (void)run_study(problem_, drawn); });
}

TEST_F(Studies, AMeterIsReadBeforeAndAfterEachTrialThatIsRun) {
  std::atomic<int> begun{0};
  StudyObserver observer;
  observer.meter = [&] {
    ++begun;
    return [] { return std::optional(0.125); };
  };
  const StudyStore kept = store(Mode::begin);
  (void)run_study(problem_, options(), &kept, observer);
  EXPECT_EQ(begun, 9);
  const Study resumed = run_study(problem_, options(), &kept, observer);
  EXPECT_EQ(begun, 9);
  EXPECT_EQ(resumed.trials[2][2].own_energy_kwh, 0.125);
}

TEST_F(Studies, WhatMakesNoStudyIsRefused) {
  const auto refused = [&](const std::string& part, const auto& change) {
    StudyOptions changed = options();
    change(changed);
    expect_error(ErrorCode::invalid_argument, part, [&] { (void)run_study(problem_, changed); });
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { (void)parameters_of(problem_, changed); });
  };
  refused("no contenders", [](StudyOptions& o) { o.contenders.clear(); });
  refused("named twice", [](StudyOptions& o) { o.contenders[1].name = "random"; });
  refused("a name is", [](StudyOptions& o) { o.contenders[1].name = "../up"; });
  refused("a name is", [](StudyOptions& o) { o.contenders[1].name.clear(); });
  refused("no limit", [](StudyOptions& o) { o.common.stop = {}; });
  refused("0 trials", [](StudyOptions& o) { o.common.trials = 0; });
  refused("popullation", [](StudyOptions& o) { o.contenders[1].options["popullation"] = 3; });
}

}  // namespace
}  // namespace ecnas::search
