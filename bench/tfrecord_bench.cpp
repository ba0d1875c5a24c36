// Times imports of a file like the published ones, by record: CASE/WHO, WHO = "ecnas" is ours,
// "python" the published class's steps (tfrecord_baseline.py). The file is made in the
// system's temporary directory first and removed afterwards: 614 MB for all cells.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ecnas/core/crc32c.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/table/import.hpp"
#include "published_records.hpp"
#include "table/tfrecord/framing.hpp"

namespace {

namespace fs = std::filesystem;

/// The file, made once and removed at the end.
class Published {
 public:
  Published() : path_(fs::temp_directory_path() / ("ecnas-bench-" + std::to_string(::getpid()))) {
    const auto table = ecnas::surrogate::open_benchmark("ecnas-7v", {});
    ecnas::bench::write_published_records(*table, ecnas::bench::PublishedFile::ecnas_7v, 1, path_);
  }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  ~Published() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  static const fs::path& path() {
    static const Published published;
    return published.path_;
  }

 private:
  fs::path path_;
};

void import_all(benchmark::State& state, unsigned threads) {
  const std::vector<fs::path> sources = {Published::path()};
  ecnas::table::ImportOptions options;
  options.threads = threads;
  std::size_t records = 0;
  for (auto _ : state) {
    const auto imported = ecnas::table::import_tables(sources, options);
    records += imported.summary.rows;
    benchmark::DoNotOptimize(imported.table.bytes().data());
  }
  state.counters["per_record"] = benchmark::Counter(
      static_cast<double>(records), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes"] = static_cast<double>(fs::file_size(Published::path()));
}
BENCHMARK_CAPTURE(import_all, one, 1)
    ->Name("tfrecord import of all cells, 1 thread/ecnas")
    ->Unit(benchmark::kSecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(import_all, two, 2)
    ->Name("tfrecord import of all cells, 2 threads/ecnas")
    ->Unit(benchmark::kSecond)
    ->UseRealTime();

/// Both checksums of all records: what any reader must do.
void check_all(benchmark::State& state) {
  const auto file = ecnas::MappedFile::open(Published::path());
  for (auto _ : state) {
    ecnas::table::tfrecord::RecordWalk walk(file.bytes());
    bool whole = true;
    while (const auto record = walk.next())
      whole = whole && record->is_whole();
    benchmark::DoNotOptimize(whole);
  }
}
BENCHMARK(check_all)->Name("tfrecord checksums of all cells/ecnas")->Unit(benchmark::kSecond);

}  // namespace

BENCHMARK_MAIN();
