#include "ecnas/surrogate/benchmark.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ecnas/core/file.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

namespace fs = std::filesystem;

using table::Table;
using testing::expect_error;
using testing::same_bits;
using testing::some_cells;

constexpr std::array<std::int32_t, 4> kBudgets = {4, 12, 36, 108};

const ModelFile& model() {
  static const ModelFile shipped = shipped_model();
  return shipped;
}

/// The cells' values of a metric, by budget, in rank order.
std::vector<float> values_of(const Table& table, std::string_view metric, std::size_t budget,
                             std::span<const space::Cell> cells) {
  std::vector<float> values;
  for (const space::Cell& cell : cells) {
    const std::size_t row = table.find(cell).value();
    values.push_back(table.column(metric)->values[row * kBudgets.size() + budget]);
  }
  return values;
}

/// Tests that need the shipped model, and a directory to keep benchmarks in.
class Benchmark : public ::testing::Test {
 protected:
  void SetUp() override {
    if (shipped_model_bytes().empty()) GTEST_SKIP() << "this build has no model";
    fs::remove_all(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] const fs::path& directory() const { return directory_; }
  [[nodiscard]] fs::path kept(std::string_view name = "ecnas-4v") const {
    return benchmark_path(name, directory_);
  }

  /// Opens with the directory as cache.
  Table open(std::string_view name = "ecnas-4v") {
    return std::move(*open_benchmark(name, options()));
  }

  /// Counts what is built and keeps what is remarked.
  BenchmarkOptions options() {
    return {.cache_directory = directory_,
            .threads = 1,
            .progress = [this](double done) { built_ += done == 1 ? 1 : 0; },
            .remark = [this](const std::string& text) { remarks_.push_back(text); }};
  }
  [[nodiscard]] int built() const { return built_; }
  [[nodiscard]] const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  fs::path directory_ = fs::path(::testing::TempDir()) /
                        ("ecnas-benchmark-test-" + std::to_string(::getpid())) / "cache";
  std::atomic<int> built_ = 0;
  std::vector<std::string> remarks_;
};

/// The two that are small enough to be built again and again.
class SmallBenchmark : public Benchmark, public ::testing::WithParamInterface<unsigned> {
 protected:
  [[nodiscard]] static unsigned max_vertices() { return GetParam(); }
  [[nodiscard]] static std::span<const space::Cell> cells() {
    return space::Space::shared(max_vertices()).cells();
  }
  [[nodiscard]] static Table built_table() {
    return build_benchmark("benchmark", max_vertices(), model(), 1, {});
  }
};
INSTANTIATE_TEST_SUITE_P(Sizes, SmallBenchmark, ::testing::Values(4U, 5U));

TEST_P(SmallBenchmark, HoldsEveryCellAtFourBudgetsPredictedWithinAnInterval) {
  const Table table = built_table();
  EXPECT_EQ(table.cells(), cells().size());
  EXPECT_TRUE(std::ranges::equal(table.budgets(), kBudgets));
  EXPECT_EQ(table.repeats(), 1U);
  EXPECT_EQ(table.metadata().pue, 1.0);
  EXPECT_EQ(table.metadata().carbon_intensity_g_per_kwh, 93.0);
  EXPECT_EQ(table.metadata().noise, model().noise);
  for (const char* metric :
       {"energy_kwh", "co2eq_g", "training_time_s", "validation_accuracy", "test_accuracy"}) {
    const table::Column* column = table.column(metric);
    ASSERT_NE(column, nullptr) << metric;
    ASSERT_EQ(column->values.size(), cells().size() * kBudgets.size());
    for (std::size_t i = 0; i < column->values.size(); ++i) {
      ASSERT_GT(column->values[i], 0) << metric;
      ASSERT_EQ(column->provenance[i], table::Provenance::predicted) << metric;
      ASSERT_LE(column->lower90[i], column->values[i]) << metric;
      ASSERT_GE(column->upper90[i], column->values[i]) << metric;
      ASSERT_LT(column->lower90[i], column->upper90[i]) << metric;
    }
  }
  EXPECT_EQ(table.columns().size(), 5U);
}

TEST_P(SmallBenchmark, ValuesDoNotFallWithEpochsAndEnergiesAndTimesAreLinearInThem) {
  const Table table = built_table();
  for (const table::Column& column : table.columns()) {
    const bool is_linear = column.info.kind != table::MetricKind::fraction;
    for (std::size_t row = 0; row < table.cells(); ++row) {
      const auto values = column.values.subspan(row * kBudgets.size(), kBudgets.size());
      ASSERT_TRUE(std::ranges::is_sorted(values)) << column.info.name;
      if (!is_linear) continue;
      for (std::size_t budget = 1; budget < kBudgets.size(); ++budget) {
        const double factor = kBudgets[budget] / 4.0;
        const double expected = factor * static_cast<double>(values[0]);
        // Energies and times are rounded once each, emissions twice.
        ASSERT_NEAR(static_cast<double>(values[budget]) / expected, 1, 0x1p-22) << column.info.name;
      }
    }
  }
}

TEST_P(SmallBenchmark, EmissionsAre93GramsAKilowattHour) {
  const Table table = built_table();
  const table::Column* energy = table.column("energy_kwh");
  const table::Column* emissions = table.column("co2eq_g");
  const auto grams = [](float kwh) { return static_cast<float>(static_cast<double>(kwh) * 93); };
  for (std::size_t i = 0; i < energy->values.size(); ++i) {
    ASSERT_EQ(emissions->values[i], grams(energy->values[i]));
    ASSERT_EQ(emissions->lower90[i], grams(energy->lower90[i]));
    ASSERT_EQ(emissions->upper90[i], grams(energy->upper90[i]));
  }
}

TEST_P(SmallBenchmark, FlagsTheCellsThatAreBeyondThoseFittedOn) {
  const Table table = built_table();
  for (const Target target : kTargets) {
    const table::Column* column = table.column(name(target));
    const FittedRange& range = model().surrogate(target).range();
    for (table::Row row = 0; row < table.cells(); ++row) {
      const bool flagged = !column->out_of_range.empty() && column->out_of_range[row] != 0;
      ASSERT_EQ(flagged, !range.contains(table.cell(row))) << name(target);
    }
  }
  EXPECT_TRUE(std::ranges::equal(table.column("co2eq_g")->out_of_range,
                                 table.column("energy_kwh")->out_of_range));
}

TEST(BenchmarkOfANarrowModel, FlagsMostCells) {
  if (shipped_model_bytes().empty()) GTEST_SKIP() << "this build has no model";
  ModelFile narrow = shipped_model();
  const Surrogate& energy = narrow.surrogate(Target::energy_kwh);
  const std::array<space::Cell, 1> known = {space::parse_cell("010001000:conv3x3")};
  narrow.add(Surrogate(energy.info(), {energy.members().begin(), energy.members().end()},
                       {energy.outputs().begin(), energy.outputs().end()}, fitted_range(known)));
  const Table table = build_benchmark("narrow", 4, narrow, 1, {});
  for (const char* metric : {"energy_kwh", "co2eq_g"}) {
    const auto flags = table.column(metric)->out_of_range;
    ASSERT_EQ(flags.size(), 91U);
    EXPECT_EQ(std::ranges::count(flags, 0), 1);
    EXPECT_EQ(flags[table.find(known.front()).value()], 0);
  }
}

/// How far the rounding of kept scores moves a prediction at most: half a step of a score, along
/// the steepest part of its output's curve.
double most_moved(const Surrogate& surrogate, std::size_t output) {
  const Curve& curve = surrogate.outputs()[output].curve;
  double steepest = 0;
  for (std::size_t i = 1; i < curve.x.size(); ++i) {
    const double slope = (curve.y[i] - curve.y[i - 1]) / (curve.x[i] - curve.x[i - 1]);
    steepest = std::max(steepest, slope);
  }
  return 0.51 * steepest * static_cast<double>(surrogate.score_table()->step()[output]);
}

TEST_P(SmallBenchmark, ValuesAreThoseThatTheModelPredicts) {
  const Table table = built_table();
  for (const Target target : kTargets) {
    const Surrogate& surrogate = model().surrogate(target);
    double moved = 0;  // in the link's scale
    for (std::size_t budget = 0; budget < kBudgets.size(); ++budget) {
      const std::vector<Prediction> predictions = surrogate.predict(cells(), kBudgets[budget]);
      const std::vector<float> values = values_of(table, name(target), budget, cells());
      if (surrogate.score_table()) moved = std::max(moved, most_moved(surrogate, budget));
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double expected = predictions[i].value;
        if (!surrogate.score_table()) {
          ASSERT_EQ(values[i], static_cast<float>(expected)) << name(target);
          continue;
        }
        // The accuracies' link has the slope 1 / (1 − accuracy).
        const double tolerance = (1 - expected) * std::expm1(moved) + 1e-7;
        ASSERT_NEAR(static_cast<double>(values[i]), expected, tolerance) << name(target);
      }
    }
  }
}

TEST_F(Benchmark, KeptScoresAreThoseOfTheNetworksToHalfAStep) {
  const space::Space& space = space::Space::shared();
  const std::vector<space::Cell> cells = some_cells(400, 20);
  std::size_t tables = 0;
  for (const auto& [key, surrogate] : model().surrogates()) {
    if (!surrogate.score_table()) continue;
    ++tables;
    const ScoreTable& kept = *surrogate.score_table();
    ASSERT_EQ(kept.cells(), space.size());
    const std::vector<float> scores = surrogate.scores(cells, 1);
    const std::vector<float> all = kept.scores();
    const std::size_t outputs = kept.outputs();
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const std::size_t output = i % outputs;
      const float expected = all[space.rank(cells[i / outputs]).value() * outputs + output];
      const float largest = std::abs(kept.lowest()[output]) + 65535 * kept.step()[output];
      const float rounding = 4 * std::numeric_limits<float>::epsilon() * largest;
      ASSERT_NEAR(scores[i], expected, kept.step()[output] / 2 + rounding) << name(key.target);
    }
    const std::vector<float> small = surrogate.space_scores(5, 1);
    ASSERT_EQ(small.size(), space::Space::shared(5).size() * outputs);
    EXPECT_TRUE(same_bits(small, std::span(all).first(small.size())));
  }
  EXPECT_GE(tables, 2U);  // validation and test accuracy
}

TEST_F(Benchmark, IsOpenedByItsNameAlone) {
  EXPECT_FALSE(open_benchmark("ecnas-6v", options()).has_value());
  const Table table = open("ecnas-5v");
  EXPECT_EQ(table.name(), "ecnas-5v");
  EXPECT_EQ(table.cells(), 2532U);
  EXPECT_EQ(open_table("ecnas-4v", options()).cells(), 91U);
  expect_error(ErrorCode::not_found, "did you mean 'ecnas-7v'?",
               [&] { (void)open_table("ecnas7v", options()); });
}

TEST_F(Benchmark, FileNameHoldsTheModelsDigest) {
  EXPECT_EQ(shipped_model_digest().size(), 12U);
  EXPECT_EQ(kept().filename(), "ecnas-4v-" + std::string(shipped_model_digest()) + ".ecnas");
  (void)open();
  EXPECT_TRUE(fs::exists(kept()));
}

TEST_F(Benchmark, IsBuiltOnceAndReadFromThenOn) {
  const Table first = open();
  EXPECT_EQ(built(), 1);
  const Table second = open();
  EXPECT_EQ(built(), 1);
  EXPECT_TRUE(same_bits(first.bytes(), second.bytes()));
  EXPECT_TRUE(remarks().empty());
}

TEST_F(Benchmark, IsTheSameBytesOnEveryNumberOfThreads) {
  const Table one = build_benchmark("ecnas-5v", 5, model(), 1, {});
  const Table two = build_benchmark("ecnas-5v", 5, model(), 2, {});
  EXPECT_TRUE(same_bits(one.bytes(), two.bytes()));
}

TEST_F(Benchmark, DamagedFilesAreBuiltAgainAndReplaced) {
  (void)open();
  const std::string whole = read_file(kept());
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 4);
  std::string header = whole;
  header[20] = static_cast<char>(header[20] ^ 1);
  int expected = 1;
  for (const std::string& damaged :
       {whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1), flipped, header,
        whole + "x", std::string()}) {
    write_file(kept(), damaged);
    const Table table = open();
    EXPECT_EQ(table.cells(), 91U);
    EXPECT_EQ(built(), ++expected);
    EXPECT_EQ(read_file(kept()), whole);
  }
  EXPECT_TRUE(remarks().empty());
}

TEST_F(Benchmark, ADirectoryThatCannotBeMadeGivesOneRemarkAndAWorkingTable) {
  fs::create_directories(directory().parent_path());
  write_file(directory(), "a file");  // the root may write anywhere, but not below a file
  BenchmarkOptions impossible = options();
  impossible.cache_directory = directory() / "below";
  const std::optional<Table> table = open_benchmark("ecnas-4v", impossible);
  EXPECT_EQ(table->cells(), 91U);
  EXPECT_EQ(built(), 1);
  ASSERT_EQ(remarks().size(), 1U);
  EXPECT_TRUE(remarks().front().starts_with("not kept for the next time: ")) << remarks().front();
  EXPECT_EQ(read_file(directory()), "a file");
}

TEST_F(Benchmark, APlaceThatCannotBeWrittenGivesOneRemarkAndIsNotBuiltTwice) {
  fs::create_directories(kept());  // a directory where the file should be
  const Table table = open();
  EXPECT_EQ(table.cells(), 91U);
  EXPECT_EQ(built(), 1);
  EXPECT_EQ(remarks().size(), 1U);
}

TEST_F(Benchmark, WithoutADirectoryNothingIsKept) {
  BenchmarkOptions nowhere = options();
  nowhere.cache_directory.clear();
  const fs::path here = fs::current_path();
  const auto files = [&] { return std::distance(fs::directory_iterator(here), {}); };
  const auto before = files();
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(open_benchmark("ecnas-4v", nowhere)->cells(), 91U);
    EXPECT_EQ(built(), i);
  }
  EXPECT_EQ(files(), before);
  EXPECT_FALSE(fs::exists(directory()));
  EXPECT_TRUE(remarks().empty());
}

TEST_F(Benchmark, FourThreadsAtOnceBuildOneAndGetTheSame) {
  std::vector<std::optional<Table>> tables(4);
  const BenchmarkOptions shared = options();
  std::vector<std::thread> threads;
  for (std::optional<Table>& table : tables)
    threads.emplace_back([&] { table = open_benchmark("ecnas-5v", shared); });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(built(), 1);
  for (const std::optional<Table>& table : tables) {
    ASSERT_TRUE(table.has_value());
    EXPECT_TRUE(same_bits(table->bytes(), tables.front()->bytes()));
  }
}

TEST_F(Benchmark, WhatAKilledBuildLeftDoesNoHarm) {
  fs::create_directories(directory());
  const std::string lock = kept().string() + ".lock";
  write_file(lock, "");
  for (const std::string& process : {std::to_string(::getpid()), std::string("1")})
    write_file(kept().string() + ".part-" + process, "half a benchmark");
  const Table table = open();
  EXPECT_EQ(table.cells(), 91U);
  EXPECT_EQ(built(), 1);
  EXPECT_TRUE(remarks().empty());
  (void)open();
  EXPECT_EQ(built(), 1);
}

TEST_F(Benchmark, ProgressRisesTo1) {
  BenchmarkOptions watched = options();
  std::vector<double> seen;
  watched.progress = [&](double done) { seen.push_back(done); };
  (void)open_benchmark("ecnas-4v", watched);
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_GE(seen.front(), 0);
  EXPECT_EQ(seen.back(), 1);
}

TEST(BenchmarkWithoutATarget, IsRefused) {
  if (shipped_model_bytes().empty()) GTEST_SKIP() << "this build has no model";
  ModelFile part;
  part.add(model().surrogate(Target::energy_kwh));
  expect_error(ErrorCode::not_found, "predicts no training_time_s",
               [&] { (void)build_benchmark("part", 4, part, 1, {}); });
}

}  // namespace
}  // namespace ecnas::surrogate
