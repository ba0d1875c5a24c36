// Times moo beside simple baselines and pagmo (and moo_moocore_baseline.py moocore), and prints the
// ratios. A benchmark is named
// CASE/WHO; those of one CASE do the same work on the same data, and WHO = "ecnas" is ours.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/moo/archive.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/semoa.hpp"
#include "oracles/moo_pagmo.hpp"

namespace {

using namespace ecnas;
using namespace ecnas::moo;

// --- data -------------------------------------------------------------------------------------

std::vector<Point2> random_points(std::size_t count) {
  Rng rng(1);
  std::vector<Point2> points(count);
  for (Point2& point : points)
    point = {rng.uniform(), rng.uniform()};
  return points;
}

/// All on one front, in random order.
std::vector<Point2> front_points(std::size_t count) {
  std::vector<Point2> points = random_points(count);
  for (Point2& point : points)
    point.y = 1 - std::sqrt(point.x);
  return points;
}

/// Output `number` of SplitMix64 from seed 0, uniform in [0, 1): numbers that Python makes as
/// easily.
double uniform(std::uint64_t number) {
  std::uint64_t z = (number + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

/// On the part of a sphere around (1, …, 1) that faces the ideal: mutually non-dominated.
/// moo_moocore_baseline.py makes the same.
std::vector<Objectives> sphere_points(std::size_t count, std::size_t dimension) {
  std::vector<Objectives> points;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> values(dimension);
    double square = 0;
    for (std::size_t d = 0; d < dimension; ++d) {
      values[d] = uniform(i * dimension + d);
      square += values[d] * values[d];
    }
    for (double& value : values)
      value = 1 - value / std::sqrt(square);
    points.emplace_back(std::span<const double>(values));
  }
  return points;
}

std::vector<Objectives> as_objectives(const std::vector<Point2>& points) {
  std::vector<Objectives> result;
  for (const Point2& point : points)
    result.push_back({point.x, point.y});
  return result;
}

Objectives ones(std::size_t dimension) {
  return Objectives(std::span<const double>(std::vector<double>(dimension, 1.0)));
}

// --- hypervolume ------------------------------------------------------------------------------

double sort_and_sweep(std::vector<Point2> points, Point2 reference) {
  std::ranges::sort(
      points, [](const Point2& a, const Point2& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  double area = 0;
  double height = reference.y;
  for (const Point2& point : points) {
    if (point.x >= reference.x || point.y >= height) continue;
    area += (reference.x - point.x) * (height - point.y);
    height = point.y;
  }
  return area;
}

void register_planar_hypervolume(const std::string& name, const std::vector<Point2>& points) {
  benchmark::RegisterBenchmark((name + "/ecnas").c_str(), [points](benchmark::State& state) {
    for (auto _ : state)
      benchmark::DoNotOptimize(hypervolume_2d(points, {1, 1}));
  })->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark((name + "/sort_and_sweep").c_str(), [points](
                                                                       benchmark::State& state) {
    for (auto _ : state)
      benchmark::DoNotOptimize(sort_and_sweep(points, {1, 1}));
  })->Unit(benchmark::kMillisecond);
  const auto peer = std::make_shared<oracle::PagmoPoints>(as_objectives(points));
  benchmark::RegisterBenchmark((name + "/pagmo").c_str(), [peer](benchmark::State& state) {
    for (auto _ : state)
      benchmark::DoNotOptimize(peer->hypervolume({1, 1}));
  })->Unit(benchmark::kMillisecond);
}

void register_hypervolume(std::size_t dimension, std::size_t count) {
  const std::string name =
      "hypervolume_" + std::to_string(dimension) + "d_front_" + std::to_string(count);
  const std::vector<Objectives> points = sphere_points(count, dimension);
  const Objectives reference = ones(dimension);
  benchmark::RegisterBenchmark((name + "/ecnas").c_str(), [=](benchmark::State& state) {
    for (auto _ : state)
      benchmark::DoNotOptimize(hypervolume(points, reference));
  })->Unit(benchmark::kMillisecond);
  const auto peer = std::make_shared<oracle::PagmoPoints>(points);
  benchmark::RegisterBenchmark((name + "/pagmo").c_str(), [=](benchmark::State& state) {
    for (auto _ : state)
      benchmark::DoNotOptimize(peer->hypervolume(reference));
  })->Unit(benchmark::kMillisecond);
}

void register_contributions(std::size_t dimension, std::size_t count) {
  const std::string name =
      "contributions_" + std::to_string(dimension) + "d_front_" + std::to_string(count);
  const std::vector<Objectives> points = sphere_points(count, dimension);
  const Objectives reference = ones(dimension);
  benchmark::RegisterBenchmark((name + "/ecnas").c_str(), [=](benchmark::State& state) {
    for (auto _ : state)
      benchmark::DoNotOptimize(hypervolume_contributions(points, reference));
  })->Unit(benchmark::kMillisecond);
  const auto peer = std::make_shared<oracle::PagmoPoints>(points);
  benchmark::RegisterBenchmark((name + "/pagmo").c_str(), [=](benchmark::State& state) {
    for (auto _ : state)
      benchmark::DoNotOptimize(peer->contributions(reference));
  })->Unit(benchmark::kMillisecond);
}

// --- archive ----------------------------------------------------------------------------------

struct SetArchive {
  struct Member {
    Objectives objectives;
    int payload;
    bool operator<(const Member& other) const { return objectives[0] < other.objectives[0]; }
  };
  std::set<Member> members;

  bool insert(const Objectives& objectives, int payload) {
    auto next = members.upper_bound({objectives, payload});
    if (next != members.begin()) {
      const auto left = std::prev(next);
      if (left->objectives[1] <= objectives[1]) return false;
      if (left->objectives[0] == objectives[0]) next = left;
    }
    while (next != members.end() && next->objectives[1] >= objectives[1])
      next = members.erase(next);
    members.insert(next, {objectives, payload});
    return true;
  }
};

struct ListArchive {
  std::vector<Solution<int>> members;

  bool insert(const Objectives& objectives, int payload) {
    for (const Solution<int>& member : members) {
      const Dominance dominance = compare(member.objectives, objectives);
      if (dominance == Dominance::dominates || dominance == Dominance::equal) return false;
    }
    std::erase_if(members, [&](const Solution<int>& member) {
      return compare(objectives, member.objectives) == Dominance::dominates;
    });
    members.push_back({objectives, payload});
    return true;
  }
};

template <typename Candidate>
void time_inserts(benchmark::State& state, const std::vector<Objectives>& points) {
  for (auto _ : state) {
    Candidate archive;
    for (const Objectives& point : points)
      benchmark::DoNotOptimize(archive.insert(point, 0));
  }
  state.counters["per_insert"] = benchmark::Counter(
      static_cast<double>(points.size()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <typename Candidate>
void register_inserts(const std::string& name, const std::vector<Objectives>& points) {
  benchmark::RegisterBenchmark(name.c_str(), [points](benchmark::State& state) {
    time_inserts<Candidate>(state, points);
  })->Unit(benchmark::kMillisecond);
}

// --- SEMOA ------------------------------------------------------------------------------------

/// Leading ones and trailing zeros: a front of 34 points with 33 bits, like the 4-vertex table's.
constexpr unsigned kBits = 33;

class BitFlips final : public Variation<std::uint64_t> {
 public:
  std::uint64_t sample(Rng& rng) override { return rng.next() >> (64 - kBits); }
  std::uint64_t mutate(const std::uint64_t& parent, Rng& rng) override {
    return parent ^ (std::uint64_t{1} << rng.below(kBits));
  }
  std::uint64_t recombine(const std::uint64_t& first, const std::uint64_t& second,
                          Rng& rng) override {
    const std::uint64_t mask = rng.next();
    return (first & mask) | (second & ~mask);
  }
  std::vector<std::uint64_t> neighbours(const std::uint64_t& parent, Rng&) override {
    std::vector<std::uint64_t> flipped;
    for (unsigned bit = 0; bit < kBits; ++bit)
      flipped.push_back(parent ^ (std::uint64_t{1} << bit));
    return flipped;
  }
};

Objectives leading_ones_trailing_zeros(std::uint64_t bits) {
  const int ones_left = std::countl_one(bits << (64 - kBits));
  const int zeros_right = std::min<int>(std::countr_zero(bits), kBits);
  return {-static_cast<double>(ones_left), -static_cast<double>(zeros_right)};
}

/// Select, mutate, evaluate and insert, with the whole front found already.
void semoa_evaluation(benchmark::State& state) {
  BitFlips variation;
  Semoa<std::uint64_t> semoa(variation);
  Rng rng(3);
  std::vector<Evaluated<std::uint64_t>> evaluated;
  for (unsigned ones_left = 0; ones_left <= kBits; ++ones_left) {
    const std::uint64_t all = (std::uint64_t{1} << kBits) - 1;
    const std::uint64_t bits = all & ~(all >> ones_left);
    evaluated.push_back({bits, leading_ones_trailing_zeros(bits)});
  }
  semoa.tell(evaluated);
  std::size_t evaluations = 0;
  for (auto _ : state) {
    evaluated.clear();
    for (const std::uint64_t bits : semoa.ask(rng)) {
      evaluated.push_back({bits, leading_ones_trailing_zeros(bits)});
    }
    semoa.tell(evaluated);
    evaluations += evaluated.size();
  }
  state.counters["front"] = static_cast<double>(semoa.archive().size());
  state.counters["per_evaluation"] = benchmark::Counter(
      static_cast<double>(evaluations), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// --- report -----------------------------------------------------------------------------------

/// Prints the usual table, then every rival's processor time as a multiple of ours.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const std::string name = run.benchmark_name();
      const std::size_t slash = name.find('/');
      if (slash == std::string::npos || run.iterations == 0) continue;
      seconds_[name.substr(0, slash)][name.substr(slash + 1)] =
          run.cpu_accumulated_time / static_cast<double>(run.iterations);
    }
  }

  void Finalize() override {
    GetOutputStream() << "\nProcessor time of the others, as a multiple of ours:\n";
    for (const auto& [name, by_whom] : seconds_) {
      const auto ours = by_whom.find("ecnas");
      if (ours == by_whom.end()) continue;
      for (const auto& [who, seconds] : by_whom) {
        if (who == "ecnas") continue;
        GetOutputStream() << "  " << name << ": " << who << " x " << seconds / ours->second << "\n";
      }
    }
  }

 private:
  std::map<std::string, std::map<std::string, double>> seconds_;
};

void register_all() {
  constexpr std::size_t kMillion = 1'000'000;
  register_planar_hypervolume("hypervolume_2d_random_1000000", random_points(kMillion));
  register_planar_hypervolume("hypervolume_2d_front_1000000", front_points(kMillion));
  register_hypervolume(3, 1'000);
  register_hypervolume(3, 10'000);
  register_hypervolume(4, 100);
  register_hypervolume(4, 1'000);
  register_hypervolume(5, 50);
  register_hypervolume(5, 200);
  register_contributions(3, 1'000);

  const auto large = as_objectives(front_points(100'000));
  register_inserts<Archive<int>>("archive_front_100000/ecnas", large);
  register_inserts<SetArchive>("archive_front_100000/std_set", large);
  const auto small = as_objectives(front_points(5'000));
  register_inserts<Archive<int>>("archive_front_5000/ecnas", small);
  register_inserts<ListArchive>("archive_front_5000/list", small);
  const auto mixed = as_objectives(random_points(100'000));
  register_inserts<Archive<int>>("archive_random_100000/ecnas", mixed);
  register_inserts<SetArchive>("archive_random_100000/std_set", mixed);

  benchmark::RegisterBenchmark("semoa_evaluation", semoa_evaluation);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  register_all();
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
