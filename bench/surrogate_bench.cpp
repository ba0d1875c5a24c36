// Times predictions of the whole space, fits, and the built-in benchmark. A benchmark is named
// CASE/WHO: WHO = "ecnas" is ours; "xgboost" its own predictor on the same trees and features, in
// this process; "pytorch" the same network by PyTorch (surrogate_torch_baseline.py). Parameters of
// networks are random numbers: the time does not depend on them. Cases of one thread state
// processor time, those of two wall time.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ecnas/core/parallel.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/surrogate/boosted_trees.hpp"
#include "ecnas/surrogate/features.hpp"
#include "ecnas/surrogate/graph_network.hpp"
#include "ecnas/surrogate/mlp.hpp"
#include "ecnas/surrogate/shipped.hpp"

namespace {

using namespace ecnas::surrogate;
using ecnas::Rng;
using ecnas::space::Cell;
using ecnas::space::Space;

constexpr std::size_t kFitted = 3'017;  ///< cells that a fit takes, as the published surrogate's

std::span<const Cell> all_cells() {
  return Space::shared().cells();
}

std::vector<Cell> random_cells(std::size_t count) {
  Rng rng(1);
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < count; ++i)
    cells.push_back(all_cells()[rng.below(all_cells().size())]);
  return cells;
}

void fill(std::span<float> parameters, Rng& rng) {
  for (float& parameter : parameters)
    parameter = static_cast<float>(0.05 * rng.normal());
}

// --- Perceptron ----------------------------------------------------------------------------------

std::vector<float> inputs_of(std::span<const Cell> cells) {
  std::vector<float> rows(cells.size() * kPublishedInputs);
  for (std::size_t i = 0; i < cells.size(); ++i)
    published_inputs(cells[i], std::span(rows).subspan(i * kPublishedInputs, kPublishedInputs));
  return rows;
}

Mlp random_mlp() {
  Rng rng(2);
  Mlp mlp(published_mlp_widths());
  fill(mlp.parameters(), rng);
  return mlp;
}

void mlp_of_inputs(benchmark::State& state) {
  const Mlp mlp = random_mlp();
  const std::vector<float> rows = inputs_of(all_cells());
  std::vector<float> out(all_cells().size());
  for (auto _ : state) {
    mlp.predict(rows, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(mlp_of_inputs)
    ->Name("perceptron on the inputs of all cells, 1 thread/ecnas")
    ->Unit(benchmark::kMillisecond);

void mlp_of_cells(benchmark::State& state) {
  const Mlp mlp = random_mlp();
  std::vector<float> out(all_cells().size());
  for (auto _ : state) {
    mlp.predict(inputs_of(all_cells()), out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(mlp_of_cells)
    ->Name("perceptron of all cells, inputs included, 1 thread/ecnas")
    ->Unit(benchmark::kMillisecond);

void fit_perceptron(benchmark::State& state) {
  Rng rng(3);
  std::vector<float> rows(kFitted * kPublishedInputs);
  std::vector<float> values(kFitted);
  for (float& number : rows)
    number = static_cast<float>(rng.normal());
  for (float& number : values)
    number = static_cast<float>(rng.normal());
  for (auto _ : state)
    benchmark::DoNotOptimize(fit_mlp(published_mlp_widths(), rows, values, {}));
}
BENCHMARK(fit_perceptron)
    ->Name("fit perceptron, 3017 cells, 100 epochs, 1 thread/ecnas")
    ->Unit(benchmark::kMillisecond);

// --- Boosted trees -------------------------------------------------------------------------------

constexpr FeatureGroups kGroups =
    FeatureGroup::physical | FeatureGroup::structural | FeatureGroup::operation_pairs;
const BoostedTreesOptions kTrees{.rounds = 1200, .bags = 1};

/// Features of all cells, and the logarithms of FLOPs, disturbed, of some to learn from.
struct Lesson {
  FeatureExtractor extractor{kGroups};
  std::vector<float> all;
  std::vector<float> rows;
  std::vector<float> values;

  Lesson() : all(all_cells().size() * extractor.count()), rows(kFitted * extractor.count()) {
    extractor.extract(all_cells(), all);
    const std::vector<Cell> some = random_cells(kFitted);
    extractor.extract(some, rows);
    Rng rng(4);
    for (const Cell& cell : some) {
      const double flops = static_cast<double>(ecnas::space::flops(cell));
      values.push_back(static_cast<float>(std::log(flops) + 0.05 * rng.normal()));
    }
  }
  static const Lesson& shared() {
    static const Lesson lesson;
    return lesson;
  }
};

const BoostedTrees& our_trees() {
  static const BoostedTrees trees =
      fit_boosted_trees(Lesson::shared().rows, Lesson::shared().values, {}, kTrees);
  return trees;
}

void check(int status) {
  if (status == 0) return;
  fmt::print(stderr, "XGBoost: {}\n", XGBGetLastError());
  std::exit(1);
}

/// The same trees as XGBoost keeps them.
class XgboostTrees {
 public:
  XgboostTrees() {
    const Lesson& lesson = Lesson::shared();
    const std::size_t width = lesson.extractor.count();
    check(XGDMatrixCreateFromMat(lesson.rows.data(), kFitted, width,
                                 std::numeric_limits<float>::quiet_NaN(), &training_));
    check(XGDMatrixSetFloatInfo(training_, "label", lesson.values.data(), kFitted));
    check(XGBoosterCreate(&training_, 1, &booster_));
    double sum = 0;
    for (const float value : lesson.values)
      sum += static_cast<double>(value);
    set("objective", "reg:squarederror");
    set("tree_method", "hist");
    set("base_score", fmt::format("{}", static_cast<float>(sum / double(kFitted))));
    set("max_depth", fmt::format("{}", kTrees.depth));
    set("eta", fmt::format("{}", kTrees.learning_rate));
    set("min_child_weight", fmt::format("{}", kTrees.minimum_child_weight));
    set("subsample", fmt::format("{}", kTrees.row_share));
    set("colsample_bytree", fmt::format("{}", kTrees.feature_share));
    set("lambda", fmt::format("{}", kTrees.ridge));
    set("seed", fmt::format("{}", kTrees.seed));
    set("nthread", "1");
    for (std::size_t round = 0; round < kTrees.rounds; ++round)
      check(XGBoosterUpdateOneIter(booster_, static_cast<int>(round), training_));
  }
  XgboostTrees(const XgboostTrees&) = delete;
  XgboostTrees& operator=(const XgboostTrees&) = delete;
  ~XgboostTrees() = delete;

  /// Never destroyed: what XGBoost keeps for its threads is gone before statics are.
  static XgboostTrees& shared() {
    static XgboostTrees& trees = *new XgboostTrees;
    return trees;
  }

  /// In place, which leaves no predictions behind that a second call could return.
  std::span<const float> predict(std::span<const float> rows, unsigned threads) {
    set("nthread", fmt::format("{}", threads));
    const std::size_t width = Lesson::shared().extractor.count();
    const std::string values =
        fmt::format(R"({{"data": [{}, true], "shape": [{}, {}], "typestr": "<f4", "version": 3}})",
                    reinterpret_cast<std::uintptr_t>(rows.data()), rows.size() / width, width);
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* result = nullptr;
    check(XGBoosterPredictFromDense(
        booster_, values.c_str(),
        R"({"type": 0, "training": false, "iteration_begin": 0, "iteration_end": 0,
            "strict_shape": false, "cache_id": 0, "missing": NaN})",
        nullptr, &shape, &dimensions, &result));
    return {result, rows.size() / width};
  }

 private:
  void set(const char* name, const std::string& value) {
    check(XGBoosterSetParam(booster_, name, value.c_str()));
  }
  DMatrixHandle training_ = nullptr;
  BoosterHandle booster_ = nullptr;
};

/// Whether both predict the same, but for rounding.
bool agree(std::span<const float> ours, std::span<const float> theirs) {
  return std::ranges::equal(ours, theirs, [](float a, float b) { return std::abs(a - b) < 1e-3F; });
}

void trees_of_features(benchmark::State& state) {
  const BoostedTrees& trees = our_trees();
  std::vector<float> sums(all_cells().size());
  for (auto _ : state) {
    trees.predict(Lesson::shared().all, sums);
    benchmark::DoNotOptimize(sums.data());
  }
}
BENCHMARK(trees_of_features)
    ->Name("1200 trees on the features of all cells, 1 thread/ecnas")
    ->Unit(benchmark::kMillisecond);

void xgboost_of_features(benchmark::State& state) {
  XgboostTrees& trees = XgboostTrees::shared();
  std::vector<float> sums(all_cells().size());
  our_trees().predict(Lesson::shared().all, sums);
  if (!agree(sums, trees.predict(Lesson::shared().all, 1))) {
    state.SkipWithError("the predictions differ");
    return;
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(trees.predict(Lesson::shared().all, 1).data());
}
BENCHMARK(xgboost_of_features)
    ->Name("1200 trees on the features of all cells, 1 thread/xgboost")
    ->Unit(benchmark::kMillisecond);

/// From cells: features and trees. Blocks of cells on the threads for ours; XGBoost has the
/// features of all cells before it begins, made by the same threads.
void trees_of_cells(benchmark::State& state) {
  constexpr std::size_t kBlock = 2048;
  const FeatureExtractor& extractor = Lesson::shared().extractor;
  const BoostedTrees& trees = our_trees();
  std::vector<float> sums(all_cells().size());
  for (auto _ : state) {
    ecnas::parallel_for((sums.size() + kBlock - 1) / kBlock, 2, [&](std::size_t block) {
      const std::size_t first = block * kBlock;
      const std::size_t count = std::min(kBlock, sums.size() - first);
      std::vector<float> rows(count * extractor.count());
      extractor.extract(all_cells().subspan(first, count), rows);
      trees.predict(rows, std::span(sums).subspan(first, count));
    });
    benchmark::DoNotOptimize(sums.data());
  }
}
BENCHMARK(trees_of_cells)
    ->Name("1200 trees of all cells, features included, 2 threads/ecnas")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void xgboost_of_cells(benchmark::State& state) {
  const FeatureExtractor& extractor = Lesson::shared().extractor;
  XgboostTrees& trees = XgboostTrees::shared();
  std::vector<float> rows(all_cells().size() * extractor.count());
  for (auto _ : state) {
    extractor.extract(all_cells(), rows, 2);
    benchmark::DoNotOptimize(trees.predict(rows, 2).data());
  }
}
BENCHMARK(xgboost_of_cells)
    ->Name("1200 trees of all cells, features included, 2 threads/xgboost")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// --- Shipped models ------------------------------------------------------------------------------

/// A target's regressors alone, of all cells.
void shipped(benchmark::State& state, Target target, unsigned threads) {
  if (shipped_model_bytes().empty()) {
    state.SkipWithError("built without a model");
    return;
  }
  const ModelFile model = shipped_model();
  const Surrogate& surrogate = model.surrogate(target);
  for (auto _ : state)
    benchmark::DoNotOptimize(surrogate.scores(all_cells(), threads).data());
}
BENCHMARK_CAPTURE(shipped, energy, Target::energy_kwh, 1U)
    ->Name("shipped energy model of all cells, 1 thread/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(shipped, energy_two, Target::energy_kwh, 2U)
    ->Name("shipped energy model of all cells, 2 threads/ecnas")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(shipped, time, Target::training_time_s, 1U)
    ->Name("shipped time model of all cells, 1 thread/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(shipped, time_two, Target::training_time_s, 2U)
    ->Name("shipped time model of all cells, 2 threads/ecnas")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// --- Graph network -------------------------------------------------------------------------------

GraphNetwork random_network() {
  Rng rng(5);
  GraphNetwork network(GraphNetworkShape{.outputs = 4});
  fill(network.parameters(), rng);
  return network;
}

void graph_network(benchmark::State& state, std::span<const Cell> cells, unsigned threads) {
  const GraphNetwork network = random_network();
  std::vector<float> out(cells.size() * network.shape().outputs);
  for (auto _ : state) {
    network.predict(cells, out, threads);
    benchmark::DoNotOptimize(out.data());
  }
}

void graph_network_of_some(benchmark::State& state, unsigned threads) {
  graph_network(state, random_cells(20'000), threads);
}
BENCHMARK_CAPTURE(graph_network_of_some, one, 1U)
    ->Name("graph network of 20000 cells, 1 thread/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(graph_network_of_some, two, 2U)
    ->Name("graph network of 20000 cells, 2 threads/ecnas")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void graph_network_of_all(benchmark::State& state) {
  graph_network(state, all_cells(), 2);
}
BENCHMARK(graph_network_of_all)
    ->Name("graph network of all cells, 2 threads/ecnas")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// --- The built-in benchmark ----------------------------------------------------------------------

void build_ecnas_7v(benchmark::State& state) {
  if (shipped_model_bytes().empty()) {
    state.SkipWithError("built without a model");
    return;
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(open_benchmark("ecnas-7v", {.threads = 2}));
}
BENCHMARK(build_ecnas_7v)
    ->Name("build ecnas-7v, 2 threads/ecnas")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void open_ecnas_7v(benchmark::State& state) {
  if (shipped_model_bytes().empty()) {
    state.SkipWithError("built without a model");
    return;
  }
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("ecnas-surrogate-bench-{}", ::getpid());
  const BenchmarkOptions options{.cache_directory = folder, .threads = 2};
  benchmark::DoNotOptimize(open_benchmark("ecnas-7v", options));
  for (auto _ : state)
    benchmark::DoNotOptimize(open_benchmark("ecnas-7v", options));
  std::filesystem::remove_all(folder);
}
BENCHMARK(open_ecnas_7v)->Name("open ecnas-7v, kept/ecnas")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
