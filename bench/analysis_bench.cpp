// Times analyses of a made-up table of all 423,624 cells: operator swaps of four metrics, intervals
// included, beside the obvious way, a hash map of canonical cells without intervals; the rest of
// `ecnas analyze` alone. A benchmark is named CASE/WHO; WHO = "ecnas" is ours. Times are wall
// times.

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "ecnas/analysis/correlations.hpp"
#include "ecnas/analysis/operations.hpp"
#include "ecnas/analysis/regions.hpp"
#include "ecnas/analysis/swaps.hpp"
#include "ecnas/analysis/tradeoff.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builder.hpp"

namespace {

using namespace ecnas;
using analysis::Metric;

constexpr std::int32_t kEpochs = 108;
constexpr std::array<Metric, 4> kMetrics = {Metric::energy, Metric::training_time,
                                            Metric::parameters, Metric::validation_accuracy};

const table::Table& whole_space() {
  static const table::Table table = [] {
    const space::Space& space = space::Space::shared();
    const std::vector<std::int64_t> flops = space.flops();
    Rng rng(1);
    std::vector<float> energies;
    std::vector<float> times;
    std::vector<float> accuracies;
    for (const std::int64_t count : flops) {
      const double energy = 1e-10 * (static_cast<double>(count) + 2e8) * (1 + 0.1 * rng.uniform());
      energies.push_back(static_cast<float>(energy));
      times.push_back(static_cast<float>(6e3 * energy * (1 + 0.2 * rng.uniform())));
      accuracies.push_back(static_cast<float>(1 - 0.02 / (0.1 + energy) - 0.02 * rng.uniform()));
    }
    table::TableBuilder builder({});
    const auto add = [&](std::string_view metric, std::span<const float> values) {
      builder.add_column(space.cells(),
                         {.metric_name = metric, .epochs = kEpochs, .values = values}, "made up");
    };
    add("energy_kwh", energies);
    add("training_time_s", times);
    add("validation_accuracy", accuracies);
    return builder.build("made up");
  }();
  return table;
}

void swaps(benchmark::State& state, unsigned threads) {
  const table::Table& table = whole_space();
  analysis::SwapOptions options;
  options.reading.threads = options.intervals.threads = threads;
  for (auto _ : state)
    benchmark::DoNotOptimize(analysis::swap_matrices(table, kMetrics, kEpochs, options).size());
}
BENCHMARK_CAPTURE(swaps, one, 1U)
    ->Name("swaps of 4 metrics over the space, 1 thread/ecnas")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(swaps, two, 2U)
    ->Name("swaps of 4 metrics over the space, 2 threads/ecnas")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// A cell's graph in one number.
std::uint64_t key_of(const space::Cell& cell) {
  const space::Specification graph = space::canonical(cell).specification();
  return std::uint64_t{graph.adjacency} << 16 | graph.operations |
         std::uint64_t{graph.vertices} << 48;
}

/// Mean of 100 · (new − old) / old over all cells for every swap of all occurrences.
void swaps_by_hash_map(benchmark::State& state) {
  const table::Table& table = whole_space();
  for (auto _ : state) {
    std::unordered_map<std::uint64_t, std::array<double, kMetrics.size()>> known;
    std::array<std::vector<double>, kMetrics.size()> values;
    for (std::size_t i = 0; i < kMetrics.size(); ++i)
      values[i] = analysis::read_values(table, kMetrics[i], kEpochs).values;
    for (table::Row row = 0; row < table.cells(); ++row) {
      auto& entry = known[key_of(table.cell(row))];
      for (std::size_t i = 0; i < kMetrics.size(); ++i)
        entry[i] = values[i][row];
    }
    double sum = 0;
    for (table::Row row = 0; row < table.cells(); ++row) {
      const space::Cell cell = table.cell(row);
      for (const unsigned swap : {1U, 2U, 3U, 5U, 6U, 7U}) {  // 3 · from + to
        space::Specification swapped = cell.specification();
        for (unsigned vertex = 1; vertex + 1 < cell.vertices(); ++vertex) {
          if (swapped.operation(vertex) == static_cast<space::Operation>(swap / 3))
            swapped.set_operation(vertex, static_cast<space::Operation>(swap % 3));
        }
        if (swapped == cell.specification()) continue;
        const auto& entry = known.at(key_of(*space::Cell::from(swapped)));
        for (std::size_t i = 0; i < kMetrics.size(); ++i)
          sum += 100 * (entry[i] - values[i][row]) / values[i][row];
      }
    }
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(swaps_by_hash_map)
    ->Name("swaps of 4 metrics over the space, 1 thread/hash map")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// What the other analyses start from.
struct Series {
  std::vector<double> energies = values(Metric::energy);
  std::vector<double> times = values(Metric::training_time);
  std::vector<double> accuracies = values(Metric::validation_accuracy);

  static std::vector<double> values(Metric metric) {
    return analysis::read_values(whole_space(), metric, kEpochs).values;
  }
};

void correlation(benchmark::State& state) {
  const Series series;
  for (auto _ : state)
    benchmark::DoNotOptimize(analysis::rank_correlation(series.energies, series.times).cells);
}
BENCHMARK(correlation)
    ->Name("rank correlations of 423,624 pairs with intervals/ecnas")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void regret(benchmark::State& state) {
  const Series series;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        analysis::regret(series.energies, series.times, series.accuracies).mean);
  }
}
BENCHMARK(regret)
    ->Name("regret over the space/ecnas")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void regions(benchmark::State& state) {
  const Series series;
  for (auto _ : state) {
    benchmark::DoNotOptimize(analysis::find_regions(series.energies, series.accuracies).cost_saved);
  }
}
BENCHMARK(regions)
    ->Name("regions of the space/ecnas")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void operations(benchmark::State& state) {
  const Series series;
  std::vector<space::Cell> cells;
  for (table::Row row = 0; row < whole_space().cells(); ++row)
    cells.push_back(whole_space().cell(row));
  for (auto _ : state)
    benchmark::DoNotOptimize(analysis::cost_of_operations(cells, series.energies).r2);
}
BENCHMARK(operations)
    ->Name("costs of operations over the space/ecnas")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
