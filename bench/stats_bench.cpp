// Times rank correlations on one thread, of as many pairs as the space has cells. A benchmark is
// named CASE/WHO; WHO = "ecnas" is ours, "scipy" SciPy's (stats_scipy_baseline.py, on the same
// numbers).

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/stats/bootstrap.hpp"
#include "ecnas/stats/correlation.hpp"

namespace {

using namespace ecnas::stats;

constexpr std::size_t kCells = 423'624;

/// Output `number` of SplitMix64 from seed 0, uniform in [0, 1): numbers that Python makes as
/// easily.
double uniform(std::uint64_t number) {
  std::uint64_t z = (number + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

struct Pairs {
  std::vector<double> x;
  std::vector<double> y;
};

/// Predictions close to the truth, without ties; or rounded to a test image in 10,000, so that
/// there are ties in both.
Pairs make_pairs(std::size_t count, bool rounded) {
  Pairs pairs;
  for (std::size_t i = 0; i < count; ++i) {
    const double truth = uniform(2 * i);
    const double predicted = truth + 0.2 * uniform(2 * i + 1);
    pairs.x.push_back(rounded ? std::floor(truth * 10'000) / 10'000 : truth);
    pairs.y.push_back(rounded ? std::floor(predicted * 10'000) / 10'000 : predicted);
  }
  return pairs;
}

template <typename Statistic>
void rank_correlation(benchmark::State& state, Statistic statistic, std::size_t count,
                      bool rounded) {
  const Pairs pairs = make_pairs(count, rounded);
  for (auto _ : state)
    benchmark::DoNotOptimize(statistic(pairs.x, pairs.y));
}
BENCHMARK_CAPTURE(rank_correlation, kendall, kendall_tau_b, kCells, false)
    ->Name("Kendall tau of 423624 pairs/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rank_correlation, kendall_rounded, kendall_tau_b, kCells, true)
    ->Name("Kendall tau of 423624 pairs with ties/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rank_correlation, kendall_few, kendall_tau_b, 1'000, false)
    ->Name("Kendall tau of 1000 pairs/ecnas")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(rank_correlation, spearman, spearman_rho, kCells, false)
    ->Name("Spearman rho of 423624 pairs/ecnas")
    ->Unit(benchmark::kMillisecond);

void bootstrap_of_tau(benchmark::State& state) {
  const Pairs pairs = make_pairs(1'000, false);
  const IndexStatistic tau = [&](std::span<const std::uint32_t> indices) {
    Pairs drawn;
    for (const std::uint32_t index : indices) {
      drawn.x.push_back(pairs.x[index]);
      drawn.y.push_back(pairs.y[index]);
    }
    return kendall_tau_b(drawn.x, drawn.y);
  };
  for (auto _ : state)
    benchmark::DoNotOptimize(bootstrap_interval(1'000, tau, {.resamples = 1'000}));
}
BENCHMARK(bootstrap_of_tau)
    ->Name("BCa interval of tau of 1000 pairs, 1000 resamples/ecnas")
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
