// Times the features of cells on one thread. A benchmark is named CASE/WHO; WHO = "ecnas" is ours,
// "oracle" the slow second implementation of the tests, a straightforward one on plain matrices.

#include <benchmark/benchmark.h>

#include <span>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/features.hpp"
#include "oracles/surrogate_features.hpp"

namespace {

using namespace ecnas::surrogate;
using ecnas::space::Cell;
using ecnas::space::Space;

/// All groups but the paths.
constexpr FeatureGroups kWithoutPaths =
    FeatureGroup::physical | FeatureGroup::structural | FeatureGroup::operation_pairs;

void features(benchmark::State& state, std::span<const Cell> cells, FeatureGroups groups) {
  const FeatureExtractor extractor(groups);
  std::vector<float> values(cells.size() * extractor.count());
  for (auto _ : state) {
    extractor.extract(cells, values);
    benchmark::DoNotOptimize(values.data());
  }
  state.counters["features"] = static_cast<double>(extractor.count());
}

void features_of_all(benchmark::State& state, FeatureGroups groups) {
  features(state, Space::shared().cells(), groups);
}
BENCHMARK_CAPTURE(features_of_all, without_paths, kWithoutPaths)
    ->Name("features of all cells, without paths/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(features_of_all, paths, FeatureGroup::paths)
    ->Name("features of all cells, paths/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(features_of_all, all, FeatureGroups::all())
    ->Name("features of all cells, all groups/ecnas")
    ->Unit(benchmark::kMillisecond);

void features_of_all_shuffled(benchmark::State& state) {
  std::vector<Cell> cells(Space::shared().cells().begin(), Space::shared().cells().end());
  ecnas::Rng rng(1);
  rng.shuffle(std::span(cells));
  features(state, cells, kWithoutPaths);
}
BENCHMARK(features_of_all_shuffled)
    ->Name("features of all cells in random order, without paths/ecnas")
    ->Unit(benchmark::kMillisecond);

/// Cells of 2 to 7 vertices as they stand in the space.
std::vector<Cell> every_hundredth_cell() {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < Space::shared().size(); i += 100)
    cells.push_back(Space::shared().cells()[i]);
  return cells;
}

void features_of_some(benchmark::State& state) {
  features(state, every_hundredth_cell(), FeatureGroups::all());
}
BENCHMARK(features_of_some)
    ->Name("features of every 100th cell, all groups/ecnas")
    ->Unit(benchmark::kMillisecond);

void features_of_some_by_oracle(benchmark::State& state) {
  const std::vector<Cell> cells = every_hundredth_cell();
  for (auto _ : state) {
    for (const Cell& cell : cells) {
      benchmark::DoNotOptimize(
          oracle::features_of(ecnas::space::oracle::graph_of(cell), ecnas::space::Skeleton{}));
    }
  }
}
BENCHMARK(features_of_some_by_oracle)
    ->Name("features of every 100th cell, all groups/oracle")
    ->Unit(benchmark::kMillisecond);

void features_of_one(benchmark::State& state) {
  const FeatureExtractor extractor(kWithoutPaths);
  std::vector<float> values(extractor.count());
  const std::vector<Cell> cells = every_hundredth_cell();
  std::size_t i = 0;
  for (auto _ : state) {
    extractor.extract(cells[i], values);
    benchmark::DoNotOptimize(values.data());
    i = i + 1 < cells.size() ? i + 1 : 0;
  }
}
BENCHMARK(features_of_one)
    ->Name("features of one cell, without paths/ecnas")
    ->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
