// Times the space on one thread: enumeration, parameters, hashes, ranks. A benchmark is named
// CASE/WHO; WHO = "ecnas" is ours, "python" NAS-Bench-101's procedure (nasbench101_baseline.py).

#include <benchmark/benchmark.h>

#include <array>
#include <span>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"

namespace {

using namespace ecnas::space;

/// The cell with its interior vertices in a random order that keeps the edges running forward.
Cell randomly_labelled(const Cell& cell, ecnas::Rng& rng) {
  std::array<unsigned, kMaxVertices> number{};
  unsigned placed = 1;  // as a bit set
  for (unsigned next = 1; next < cell.vertices(); ++next) {
    std::vector<unsigned> free;
    for (unsigned v = 1; v < cell.vertices(); ++v) {
      bool ready = (placed >> v & 1) == 0;
      for (unsigned source = 0; source < v; ++source)
        ready = ready && (!cell.has_edge(source, v) || (placed >> source & 1) != 0);
      if (ready) free.push_back(v);
    }
    const unsigned v = free[rng.below(free.size())];
    number[v] = next;
    placed |= 1U << v;
  }
  Specification labelled{.vertices = static_cast<std::uint8_t>(cell.vertices())};
  for (unsigned target = 1; target < cell.vertices(); ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (cell.has_edge(source, target)) labelled.flip_edge(number[source], number[target]);
    }
    if (target + 1 < cell.vertices())
      labelled.set_operation(number[target], cell.operation(target));
  }
  return *Cell::from(labelled);
}

/// All cells of the space in random order, each in a random labelling: so that every query is the
/// first of its kind.
const std::vector<Cell>& shuffled_cells() {
  static const std::vector<Cell> cells = [] {
    ecnas::Rng rng(1);
    std::vector<Cell> result;
    for (const Cell& cell : Space::shared().cells())
      result.push_back(randomly_labelled(cell, rng));
    rng.shuffle(std::span(result));
    return result;
  }();
  return cells;
}

void space_with_parameters(benchmark::State& state) {
  for (auto _ : state) {
    const Space space;
    benchmark::DoNotOptimize(space.trainable_parameters());
  }
}
BENCHMARK(space_with_parameters)
    ->Name("space of 7 vertices with parameters/ecnas")
    ->Unit(benchmark::kMillisecond);

void space_with_hashes(benchmark::State& state, unsigned max_vertices) {
  for (auto _ : state) {
    const Space space(SpaceLimits{.max_vertices = max_vertices});
    benchmark::DoNotOptimize(space.trainable_parameters());
    benchmark::DoNotOptimize(space.hashes().data());
  }
}
BENCHMARK_CAPTURE(space_with_hashes, 7, 7U)
    ->Name("space of 7 vertices with parameters and hashes/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(space_with_hashes, 5, 5U)
    ->Name("space of 5 vertices with parameters and hashes/ecnas")
    ->Unit(benchmark::kMillisecond);

void hash_one_cell(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash_of(shuffled_cells()[i]));
    i = i + 1 < shuffled_cells().size() ? i + 1 : 0;
  }
}
BENCHMARK(hash_one_cell)->Name("hash of one cell/ecnas")->Unit(benchmark::kMicrosecond);

void rank_of_a_cell(benchmark::State& state) {
  const Space& space = Space::shared();
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(space.rank(shuffled_cells()[i]));
    i = i + 1 < shuffled_cells().size() ? i + 1 : 0;
  }
}
BENCHMARK(rank_of_a_cell)->Name("rank of a labelled cell/ecnas");

void rank_of_a_hash(benchmark::State& state) {
  const Space& space = Space::shared();
  std::vector<Hash> hashes(shuffled_cells().size());
  hash_cells(shuffled_cells(), hashes);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(space.rank(hashes[i]));
    i = i + 1 < hashes.size() ? i + 1 : 0;
  }
}
BENCHMARK(rank_of_a_hash)->Name("rank of a hash/ecnas");

void canonical_form(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(canonical(shuffled_cells()[i]));
    i = i + 1 < shuffled_cells().size() ? i + 1 : 0;
  }
}
BENCHMARK(canonical_form)->Name("canonical form of a cell/ecnas");

void parameters_of_a_cell(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(trainable_parameters(shuffled_cells()[i]));
    i = i + 1 < shuffled_cells().size() ? i + 1 : 0;
  }
}
BENCHMARK(parameters_of_a_cell)->Name("parameters of one cell/ecnas");

void neighbourhood(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(neighbours(shuffled_cells()[i], Space::shared()));
    i = i + 1 < shuffled_cells().size() ? i + 1 : 0;
  }
}
BENCHMARK(neighbourhood)->Name("neighbours of a cell/ecnas")->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
