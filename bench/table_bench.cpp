// Times tables: opening, queries at random places, imports. A benchmark is named CASE/WHO; those of
// one CASE do the same work on the same data, and WHO = "ecnas" is ours. The rival of the queries
// is a Python dict of the same content (table_dict_baseline.py).

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/builtin.hpp"
#include "ecnas/table/import.hpp"
#include "ecnas/table/table.hpp"

namespace {

using namespace ecnas;
using namespace ecnas::table;

constexpr std::array<std::int32_t, 4> kBudgets = {4, 12, 36, 108};
constexpr std::size_t kRepeats = 3;
constexpr std::array<std::string_view, 5> kMetrics = {"validation_accuracy", "test_accuracy",
                                                      "training_time_s", "energy_kwh", "co2eq_g"};

// --- data -------------------------------------------------------------------------------------

/// Every cell at every budget and repeat: 423,624 × 4 × 3 values a metric, made up.
Table make_full_table() {
  Metadata metadata;
  metadata.pue = 1.0;
  TableBuilder builder(metadata);
  Rng rng(1);
  for (const space::Cell& cell : space::Space::shared().cells()) {
    for (const std::int32_t epochs : kBudgets) {
      for (std::size_t repeat = 1; repeat <= kRepeats; ++repeat) {
        for (const std::string_view metric : kMetrics) {
          builder.add(cell, epochs, repeat, metric, static_cast<float>(rng.uniform()),
                      Provenance::predicted, "benchmark");
        }
      }
    }
  }
  return builder.build("full");
}

const Table& full_table() {
  static const Table table = make_full_table();
  return table;
}

/// A file of the full table, written once and removed at the end.
class FullFile {
 public:
  FullFile() : path_(std::filesystem::temp_directory_path() / name()) {
    write_table(full_table(), path_);
  }
  ~FullFile() { std::filesystem::remove(path_); }
  FullFile(const FullFile&) = delete;
  FullFile& operator=(const FullFile&) = delete;

  static const std::filesystem::path& path() {
    static const FullFile file;
    return file.path_;
  }

 private:
  static std::string name() { return "ecnas-bench-" + std::to_string(::getpid()) + ".ecnas"; }
  std::filesystem::path path_;
};

/// Cells at random over the whole space, many more bytes than any cache holds.
const std::vector<space::Cell>& random_cells() {
  static const std::vector<space::Cell> cells = [] {
    std::vector<space::Cell> drawn(std::size_t{1} << 20, space::Cell::trivial());
    Rng rng(2);
    for (space::Cell& cell : drawn)
      cell = space::sample_uniform(space::Space::shared(), rng);
    return drawn;
  }();
  return cells;
}

std::filesystem::path data_file(const char* name) {
  const char* given = std::getenv("ECNAS_DATA_DIR");
  const std::filesystem::path folder =
      given != nullptr ? given : std::filesystem::path("..") / "shared" / "data";
  return folder / name;
}

// --- opening ----------------------------------------------------------------------------------

/// Asks the system to forget the file's pages.
void evict(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  if (file < 0) return;
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  ::close(file);
}

void open_cold(benchmark::State& state) {
  const auto& path = FullFile::path();
  for (auto _ : state) {
    state.PauseTiming();
    evict(path);
    state.ResumeTiming();
    benchmark::DoNotOptimize(Table::open(path).cells());
  }
}
BENCHMARK(open_cold)
    ->Name("open 423624x4x3 cold/ecnas")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void open_warm(benchmark::State& state) {
  const auto& path = FullFile::path();
  for (auto _ : state)
    benchmark::DoNotOptimize(Table::open(path).cells());
}
BENCHMARK(open_warm)->Name("open 423624x4x3 warm/ecnas")->Unit(benchmark::kMillisecond);

void rank_index(benchmark::State& state) {
  const auto& path = FullFile::path();
  (void)space::Space::shared();
  for (auto _ : state) {
    const Table table = Table::open(path);
    benchmark::DoNotOptimize(table.find(space::Cell::trivial()));
  }
}
BENCHMARK(rank_index)->Name("open and first look-up/ecnas")->Unit(benchmark::kMillisecond);

void build_space(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(builtin_table("space-7v")->cells());
}
BENCHMARK(build_space)->Name("build space-7v, hashes known/ecnas")->Unit(benchmark::kMillisecond);

void verify(benchmark::State& state) {
  const Table& table = full_table();
  for (auto _ : state)
    table.verify();
}
BENCHMARK(verify)->Name("verify 423624x4x3x5/ecnas")->Unit(benchmark::kMillisecond);

// --- queries, every access a cache miss -------------------------------------------------------

void query_by_cell(benchmark::State& state) {
  const Table& table = full_table();
  const Column& energy = *table.column("energy_kwh");
  const auto& cells = random_cells();
  std::size_t i = 0;
  for (auto _ : state) {
    const auto entry = table.query(cells[i], kBudgets[i & 3]);
    benchmark::DoNotOptimize(entry->value(energy));
    i = (i + 1) % cells.size();
  }
}
BENCHMARK(query_by_cell)->Name("query one cell at random/ecnas");

void query_by_hash(benchmark::State& state) {
  const Table& table = full_table();
  const Column& energy = *table.column("energy_kwh");
  const auto hashes = table.hashes();
  Rng rng(3);
  for (auto _ : state) {
    const auto row = table.find(hashes[rng.below(hashes.size())]);
    benchmark::DoNotOptimize(table.query(*row, rng.below(4))->value(energy));
  }
}
BENCHMARK(query_by_hash)->Name("query one hash at random/ecnas");

void query_batch(benchmark::State& state) {
  const Table& table = full_table();
  const Column& energy = *table.column("energy_kwh");
  const auto& cells = random_cells();
  std::vector<float> values(cells.size());
  for (auto _ : state) {
    table.query_batch(cells, 1, energy, values);
    benchmark::DoNotOptimize(values.data());
  }
  state.counters["per_cell"] = benchmark::Counter(
      static_cast<double>(cells.size()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(query_batch)->Name("query a batch of 2^20/ecnas")->Unit(benchmark::kMillisecond);

// --- imports ----------------------------------------------------------------------------------

void import_file(benchmark::State& state, const char* name) {
  const std::vector<std::filesystem::path> sources = {data_file(name)};
  if (!std::filesystem::exists(sources[0])) {
    state.SkipWithError("the data are not there; set ECNAS_DATA_DIR");
    return;
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(import_tables(sources).summary.values);
}
BENCHMARK_CAPTURE(import_file, runs, "ec-nas-4v-results.tar.xz")
    ->Name("import 273 raw results/ecnas")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(import_file, csv, "nas-bench-101-validation-sample.csv.xz")
    ->Name("import 97708 CSV rows/ecnas")
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
