// Times searches: a whole evaluation step (select, mutate, query, book, insert) of each algorithm
// on the published 4-vertex table, or a made-up table of the same shape where that is absent; and
// exact fronts. A benchmark is named CASE/WHO; WHO = "ecnas" is ours. Time is that of one
// evaluation.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ecnas/search/problem.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/builtin.hpp"
#include "ecnas/table/import.hpp"

namespace {

using namespace ecnas;

std::filesystem::path published_table() {
  const char* given = std::getenv("ECNAS_DATA_DIR");
  return std::filesystem::path(given != nullptr ? given : "../shared/data") / "ec-nas-4v-table.csv";
}

table::Table made_up_table() {
  table::TableBuilder builder({.pue = 1.59});
  for (const space::Cell& cell : space::Space::shared(4).cells()) {
    const auto parameters = static_cast<double>(space::trainable_parameters(cell));
    for (const std::int32_t epochs : {4, 12, 36, 108}) {
      const double energy = 1e-9 * epochs * (parameters + 1e6);
      const double accuracy = 1 - 1 / (1 + std::log(parameters / 1e5) * std::sqrt(epochs));
      builder.add(cell, epochs, 1, "energy_kwh", static_cast<float>(energy),
                  table::Provenance::measured, "made up");
      builder.add(cell, epochs, 1, "validation_accuracy", static_cast<float>(accuracy),
                  table::Provenance::measured, "made up");
    }
  }
  return builder.build("made up");
}

const table::Table& table_4v() {
  static const table::Table table = [] {
    const std::array<std::filesystem::path, 1> sources = {published_table()};
    if (!std::filesystem::exists(sources[0])) return made_up_table();
    return table::import_tables(sources).table;
  }();
  return table;
}

/// One evaluation of a trial of 100, its set-up shared out.
void evaluation_step(benchmark::State& state, search::Algorithm algorithm) {
  const search::Problem problem(
      table_4v(), {.objectives = {search::Objective::energy, search::Objective::validation_error}});
  constexpr std::size_t kEvaluations = 100;
  std::uint64_t seed = 0;
  while (state.KeepRunningBatch(kEvaluations)) {
    const search::Trial trial = search::run_trial(
        problem, {.algorithm = algorithm, .stop = {.count = kEvaluations}}, seed++);
    benchmark::DoNotOptimize(trial.front.size());
  }
}
BENCHMARK_CAPTURE(evaluation_step, semoa, search::Algorithm::semoa)
    ->Name("SEMOA evaluation on 4V/ecnas");
BENCHMARK_CAPTURE(evaluation_step, random, search::Algorithm::random)
    ->Name("random evaluation on 4V/ecnas");
BENCHMARK_CAPTURE(evaluation_step, nsga2, search::Algorithm::nsga2)
    ->Name("NSGA-II evaluation on 4V/ecnas");
BENCHMARK_CAPTURE(evaluation_step, sms_emoa, search::Algorithm::sms_emoa)
    ->Name("SMS-EMOA evaluation on 4V/ecnas");
BENCHMARK_CAPTURE(evaluation_step, published, search::Algorithm::semoa_published)
    ->Name("SEMOA evaluation on 4V/published algorithm");

/// A trial of 1,000 on a built-in benchmark, which is made once and kept nowhere.
/// @param counted  requests where a peer's program counts those
void trial_of_1000(benchmark::State& state, const std::string& name, search::Algorithm algorithm,
                   search::Count counted) {
  static std::map<std::string, table::Table> tables;
  auto found = tables.find(name);
  if (found == tables.end())
    found = tables.emplace(name, surrogate::open_benchmark(name, {}).value()).first;
  const search::Problem problem(
      found->second,
      {.objectives = {search::Objective::energy, search::Objective::validation_error}});
  search::SearchOptions options{.algorithm = algorithm,
                                .stop = {.count = 1000, .counted = counted}};
  options.prior = search::energy_prior(std::make_shared<const surrogate::Surrogate>(
      surrogate::shipped_model().surrogate(surrogate::Target::energy_kwh)));
  std::uint64_t seed = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(search::run_trial(problem, options, seed++).front.size());
}

void register_trials() {
  for (const search::AlgorithmInfo& algorithm : search::algorithms()) {
    if (algorithm.algorithm == search::Algorithm::exhaustive) continue;
    const auto add = [&](const char* what, const char* table, search::Count counted) {
      const std::string name =
          fmt::format("{}, 1,000 {} of {}/ecnas", algorithm.title, what, table);
      benchmark::RegisterBenchmark(name.c_str(), trial_of_1000, table, algorithm.algorithm, counted)
          ->Unit(benchmark::kMillisecond);
    };
    add("requests", "ecnas-5v", search::Count::requests);
    add("evaluations", "ecnas-7v", search::Count::evaluations);
  }
}

/// Reading the objectives of all cells and the exact front of them.
void exact_front(benchmark::State& state) {
  const table::Table table = table::builtin_table("space-7v").value();
  for (auto _ : state) {
    const search::Problem problem(
        table, {.objectives = {search::Objective::parameters, search::Objective::inverse_depth}});
    benchmark::DoNotOptimize(search::exact_front(problem).size());
  }
}
BENCHMARK(exact_front)->Name("exact front of 423,624 cells/ecnas")->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  register_trials();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
