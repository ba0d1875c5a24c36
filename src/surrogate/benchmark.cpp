#include "ecnas/surrogate/benchmark.hpp"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "ecnas/table/builder.hpp"

namespace ecnas::surrogate {
namespace {

constexpr std::array<table::BuiltinTable, 3> kBenchmarks = {{
    {"ecnas-4v", "the 91 cells of at most 4 vertices at 4 budgets, everything predicted"},
    {"ecnas-5v", "the 2,532 cells of at most 5 vertices at 4 budgets, everything predicted"},
    {"ecnas-7v", "the 423,624 cells of at most 7 vertices at 4 budgets, everything predicted"},
}};
constexpr std::array<unsigned, kBenchmarks.size()> kMaxVertices = {4, 5, 7};

/// Emissions are energies times this: the median of EC-NAS's campaign of 4 vertices.
constexpr double kCarbonIntensity = 93;

constexpr std::string_view kSource =
    "predicted by the ecnas surrogate model ecnas-7v: accuracies as the mean of three trainings "
    "and times as NAS-Bench-101 measured them, energies as EC-NAS did at 4 epochs; energies and "
    "times scaled linearly to the other budgets";
constexpr std::string_view kCitation =
    "Bakhtiarifard, Igel, Selvan: EC-NAS, ICASSP 2024; Ying et al.: NAS-Bench-101, ICML 2019";

std::optional<unsigned> max_vertices_of(std::string_view name) {
  const auto found = std::ranges::find(kBenchmarks, name, &table::BuiltinTable::name);
  if (found == kBenchmarks.end()) return std::nullopt;
  return kMaxVertices[static_cast<std::size_t>(found - kBenchmarks.begin())];
}

/// One metric at one budget, of all cells.
struct Predicted {
  std::vector<float> values;
  std::vector<float> lower90;
  std::vector<float> upper90;
};

Predicted predict_all(const Surrogate& surrogate, std::span<const space::Cell> cells,
                      std::span<const float> scores, std::size_t budget, unsigned threads) {
  Predicted predicted{std::vector<float>(cells.size()), std::vector<float>(cells.size()),
                      std::vector<float>(cells.size())};
  const std::size_t outputs = surrogate.outputs().size();
  constexpr std::size_t kAtOnce = 8192;
  parallel_for((cells.size() + kAtOnce - 1) / kAtOnce, threads, [&](std::size_t block) {
    const std::size_t last = std::min(cells.size(), (block + 1) * kAtOnce);
    for (std::size_t i = block * kAtOnce; i < last; ++i) {
      const Prediction prediction =
          surrogate.prediction(scores.subspan(i * outputs, outputs), cells[i].vertices(), budget);
      predicted.values[i] = static_cast<float>(prediction.value);
      predicted.lower90[i] = static_cast<float>(prediction.lower90);
      predicted.upper90[i] = static_cast<float>(prediction.upper90);
    }
  });
  return predicted;
}

void add_emissions(table::TableBuilder& builder, std::span<const space::Cell> cells,
                   Predicted energy, std::int32_t epochs) {
  for (std::vector<float>* column : {&energy.values, &energy.lower90, &energy.upper90}) {
    for (float& value : *column)
      value = static_cast<float>(static_cast<double>(value) * kCarbonIntensity);
  }
  builder.add_column(cells,
                     {.metric_name = "co2eq_g",
                      .epochs = epochs,
                      .values = energy.values,
                      .lower90 = energy.lower90,
                      .upper90 = energy.upper90},
                     "surrogate");
}

/// Adds a target at every budget, and which cells are unlike those fitted on.
void add_target(table::TableBuilder& builder, const Surrogate& surrogate,
                std::span<const space::Cell> cells, unsigned max_vertices, unsigned threads) {
  const SurrogateInfo& info = surrogate.info();
  const std::vector<float> scores = surrogate.space_scores(max_vertices, threads);
  for (std::size_t budget = 0; budget < info.epochs.size(); ++budget) {
    Predicted predicted = predict_all(surrogate, cells, scores, budget, threads);
    builder.add_column(cells,
                       {.metric_name = name(info.target),
                        .epochs = info.epochs[budget],
                        .values = predicted.values,
                        .lower90 = predicted.lower90,
                        .upper90 = predicted.upper90},
                       "surrogate");
    if (info.target == Target::energy_kwh)
      add_emissions(builder, cells, std::move(predicted), info.epochs[budget]);
  }
  std::vector<std::uint8_t> flags(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    flags[i] = surrogate.range().contains(cells[i]) ? 0 : 1;
  builder.mark_out_of_range(cells, flags, name(info.target));
  if (info.target == Target::energy_kwh) builder.mark_out_of_range(cells, flags, "co2eq_g");
}

table::Metadata metadata_of(const ModelFile& model) {
  const SurrogateInfo& energy = model.surrogate(Target::energy_kwh).info();
  table::Metadata metadata;
  metadata.pue = energy.pue;
  metadata.carbon_intensity_g_per_kwh = kCarbonIntensity;
  for (const Target target : {Target::energy_kwh, Target::training_time_s}) {
    for (const std::string& device : model.surrogate(target).info().devices)
      metadata.devices.push_back(fmt::format("{} ({})", device, name(target)));
  }
  metadata.data_set = "CIFAR-10";
  metadata.source = std::string(kSource);
  metadata.citation = std::string(kCitation);
  metadata.noise = model.noise;
  return metadata;
}

/// Held while a benchmark is built, so that other processes wait for it instead of building too.
class BuildLock {
 public:
  /// Waits. Without the right to write there is no lock, and `held` says so.
  explicit BuildLock(const std::filesystem::path& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {  // NOLINT(*-vararg)
    if (file_ >= 0) ::flock(file_, LOCK_EX);
  }
  BuildLock(const BuildLock&) = delete;
  BuildLock& operator=(const BuildLock&) = delete;
  ~BuildLock() {
    if (file_ >= 0) ::close(file_);
  }
  [[nodiscard]] bool held() const { return file_ >= 0; }

 private:
  int file_;
};

/// A kept benchmark; absent if there is none or it is damaged.
std::optional<table::Table> open_kept(const std::filesystem::path& path, std::string_view name) {
  try {
    return table::Table::open(path, std::string(name));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::span<const table::BuiltinTable> benchmarks() {
  return kBenchmarks;
}

std::filesystem::path benchmark_path(std::string_view name,
                                     const std::filesystem::path& cache_directory) {
  return cache_directory / fmt::format("{}-{}.ecnas", name, shipped_model_digest());
}

table::Table build_benchmark(std::string_view name, unsigned max_vertices, const ModelFile& model,
                             unsigned threads, const std::function<void(double)>& progress) {
  const auto report = [&](double done) {
    if (progress) progress(done);
  };
  const auto cells = space::Space::shared(max_vertices).cells();
  table::TableBuilder builder(metadata_of(model));
  double done = 0;
  for (const Target target : kTargets) {
    add_target(builder, model.surrogate(target), cells, max_vertices, threads);
    done += 0.2;
    report(done);
  }
  table::Table table = builder.build(std::string(name));
  report(1);
  return table;
}

std::optional<table::Table> open_benchmark(std::string_view name, const BenchmarkOptions& options) {
  const std::optional<unsigned> max_vertices = max_vertices_of(name);
  if (!max_vertices) return std::nullopt;
  const auto build = [&] {
    return build_benchmark(name, *max_vertices, shipped_model(), options.threads, options.progress);
  };
  if (options.cache_directory.empty()) return build();
  const std::filesystem::path path = benchmark_path(name, options.cache_directory);
  if (auto kept = open_kept(path, name)) return kept;
  std::optional<table::Table> built;
  try {
    make_directory(options.cache_directory);
    const BuildLock lock(path.string() + ".lock");
    if (!lock.held()) fail(ErrorCode::io_failure, "{}: cannot be written", path.string());
    if (auto kept = open_kept(path, name))
      return kept;  // by another process, while this one waited
    built = build();
    table::write_table(*built, path);
    if (auto kept = open_kept(path, name)) return kept;  // its pages are shared and can be dropped
  } catch (const Error& error) {
    if (error.code() != ErrorCode::io_failure) throw;
    if (options.remark) options.remark(fmt::format("not kept for the next time: {}", error.what()));
  }
  return built ? std::move(built) : build();
}

table::Table open_table(const std::filesystem::path& path_or_name,
                        const BenchmarkOptions& options) {
  const std::string text = path_or_name.string();
  std::error_code ignored;
  if (std::filesystem::exists(path_or_name, ignored)) return table::Table::open(path_or_name);
  if (auto found = table::builtin_table(text)) return std::move(*found);
  if (auto found = open_benchmark(text, options)) return std::move(*found);
  std::vector<std::string_view> names;
  for (const std::span<const table::BuiltinTable> tables :
       {benchmarks(), table::builtin_tables()}) {
    for (const table::BuiltinTable& table : tables)
      names.push_back(table.name);
  }
  const auto guess = closest(text, names);
  fail(ErrorCode::not_found, "{}: no such file and no built-in table; {}", text,
       guess ? fmt::format("did you mean '{}'?", *guess)
             : fmt::format("built in are {}", fmt::join(names, ", ")));
}

}  // namespace ecnas::surrogate
