#include "table/tfrecord/import.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/text.hpp"
#include "table/layout.hpp"
#include "table/published.hpp"
#include "table/tfrecord/decoder.hpp"
#include "table/tfrecord/inference.hpp"
#include "table/tfrecord/planes.hpp"

namespace ecnas::table::tfrecord {
namespace {

constexpr std::size_t kBatchRecords = 1024;
constexpr std::size_t kBatchesAThread = 16;

// One thread brings together what the others decode: it keeps no more than these busy, and the
// batches of each take 15 MB.
constexpr unsigned kMaxThreads = 8;

// From here on hashing all cells at once is faster than hashing those of each batch.
constexpr std::size_t kManyBytes = std::size_t{32} << 20;

/// Counts of all cells in networks as NAS-Bench-101 trained them, by rank; kept for the next
/// import.
std::span<const std::int64_t> known_parameters() {
  static const std::vector<std::int64_t> parameters = space::Space::shared().trainable_parameters();
  return parameters;
}

unsigned threads_for(unsigned wanted) {
  return std::clamp(wanted != 0 ? wanted : std::thread::hardware_concurrency(), 1U, kMaxThreads);
}

/// Batches that are decoded at the same time.
struct Window {
  std::vector<std::vector<Record>> records;  ///< by batch
  std::vector<Batch> batches;
  std::size_t used = 0;
  std::size_t end = 0;  ///< offset in the file after the last record
};

class FileImport {
 public:
  FileImport(std::span<const std::byte> file, bool mapped, std::string_view name,
             ImportContext& context)
      : file_(file),
        mapped_(mapped),
        name_(name),
        context_(context),
        threads_(threads_for(context.options.threads)),
        walk_(file),
        planes_(space_) {
    const Expected expected{
        space_, known_parameters(),
        file.size() >= kManyBytes ? space_.hashes(threads_) : std::span<const space::Hash>()};
    decoders_.reserve(threads_ * kBatchesAThread);
    while (decoders_.size() < decoders_.capacity())
      decoders_.emplace_back(expected, context.options.keep_going);
  }

  void run() {
    gather();
    if (planes_.trainings() == 0) nothing();
    describe();
    store();
  }

 private:
  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    context_.summary.notes.push_back(
        fmt::format("{}: {}", name_, fmt::format(format, std::forward<Args>(args)...)));
  }

  /// Decodes one window while the one before is brought together and the next one found.
  void gather() {
    Window before;
    Window now;
    Window next;
    frame(now);
    while (now.used > 0 || before.used > 0) {
      parallel_for(now.used + 2, threads_, [&](std::size_t task) {
        if (task == 0) {
          take(before);
        } else if (task == 1) {
          frame(next);
        } else {
          decoders_[task - 2].decode(now.records[task - 2], now.batches[task - 2]);
        }
      });
      std::swap(before, now);
      std::swap(now, next);
    }
    finish_walk();
  }

  /// Finds the records of the next window.
  void frame(Window& window) {
    window.records.resize(decoders_.size());
    window.batches.resize(decoders_.size());
    window.used = 0;
    while (window.used < decoders_.size()) {
      std::vector<Record>& records = window.records[window.used];
      records.clear();
      while (records.size() < kBatchRecords) {
        const auto record = walk_.next();
        if (!record) break;
        records.push_back(*record);
      }
      if (records.empty()) break;
      ++window.used;
    }
    window.end = walk_.offset();
  }

  void take(const Window& window) {
    for (std::size_t i = 0; i < window.used; ++i) {
      const Batch& batch = window.batches[i];
      planes_.add(batch, name_);
      findings_.add(batch.findings);
      context_.summary.rows += batch.records;
      if (batch.damage) refuse(*batch.damage);
    }
    if (window.used == 0) return;
    if (mapped_) forget_mapped(file_.subspan(forgotten_, window.end - forgotten_));
    forgotten_ = window.end;
    if (context_.options.progress) {
      context_.options.progress(static_cast<double>(window.end) /
                                static_cast<double>(file_.size()));
    }
  }

  void finish_walk() {
    const std::optional<Damage>& damage = walk_.damage();
    if (!damage) return;
    if (!context_.options.keep_going) refuse(*damage);
    findings_.add(FindingKind::damaged, damage->number,
                  fmt::format("{}; nothing after byte {} can be read", damage->what,
                              with_thousands(static_cast<std::int64_t>(damage->offset))));
  }

  [[noreturn]] void refuse(const Damage& damage) const {
    fail(ErrorCode::invalid_data,
         "{}: record {} at byte {}: {}; get the file again, or keep what is whole by --keep-going",
         name_, with_thousands(static_cast<std::int64_t>(damage.number)),
         with_thousands(static_cast<std::int64_t>(damage.offset)), damage.what);
  }

  [[noreturn]] void nothing() const {
    const std::vector<ImportFinding> findings = findings_.summary();
    fail(ErrorCode::invalid_data, "{}: no record can be kept{}", name_,
         findings.empty()
             ? "; it holds none"
             : fmt::format(": {} {} ({})", findings.front().count, findings.front().description,
                           fmt::join(findings.front().examples, "; ")));
  }

  void describe() {
    std::vector<ImportFinding> findings = findings_.summary();
    if (context_.options.strict && !findings.empty()) {
      fail(ErrorCode::invalid_data, "{}: {} {} ({}); leave out --strict to import the rest", name_,
           findings.front().count, findings.front().description,
           fmt::join(findings.front().examples, "; "));
    }
    for (ImportFinding& finding : findings)
      context_.summary.findings.push_back(std::move(finding));
    context_.summary.duplicates += planes_.duplicates();
    origin_ = infer_origin(planes_, context_.options.pue, name_);
    facts_.name = name_;
    facts_.has_energies = planes_.has_energy();
    if (facts_.has_energies) facts_.pue = origin_.pue;
    facts_.devices.assign(planes_.devices().begin(), planes_.devices().end());
    const auto intensities = planes_.carbon_intensities();
    if (intensities && intensities->first == intensities->second)
      facts_.carbon_intensity_g_per_kwh = intensities->first;
    if (!planes_.first_day().empty()) {
      facts_.source = fmt::format("{}, measured {}",
                                  std::filesystem::path(name_).filename().string(), days_text());
    }
    if (!origin_.stated) {  // what states its origin is an export, of whatever table
      facts_.data_set = kCifar10;
      facts_.citation = facts_.has_energies ? kEcNasCitation : kNasBench101Citation;
    }
    context_.agreement.add(facts_);
    for (std::string& text : origin_.notes)
      context_.summary.notes.push_back(std::move(text));
    note_missing();
  }

  [[nodiscard]] std::string days_text() const {
    if (planes_.last_day() <= planes_.first_day()) return planes_.first_day();
    return fmt::format("{} to {}", planes_.first_day(), planes_.last_day());
  }

  /// What the whole benchmark would hold, where this is less.
  void note_missing() {
    std::size_t repeats = 0;
    for (const Layer& layer : planes_.layers())
      repeats = std::max(repeats, layer.repeat);
    const std::size_t whole = planes_.slots() * planes_.budgets().size() * repeats;
    if (planes_.trainings() == whole) return;
    note("{} of {} trainings are missing ({} cells × {} budgets × {} repeats)",
         whole - planes_.trainings(), whole, planes_.slots(), planes_.budgets().size(), repeats);
  }

  void store() {
    const std::vector<space::Cell> cells = planes_.cells();
    for (const space::Cell& cell : cells)
      context_.builder.add_cell(cell);
    const std::int32_t least = planes_.budgets().front();
    for (Layer& layer : planes_.layers()) {
      const bool above = layer.epochs > least;
      for (std::size_t metric = 0; metric < kMetrics.size(); ++metric) {
        if (origin_.left_out[metric] || (above && origin_.left_out_above[metric])) continue;
        store(cells, layer, kMetrics[metric], layer.values[metric], provenance_of(metric, above),
              origin_.stated ? layer.provenance[metric] : std::vector<Provenance>());
      }
      if (above && origin_.meters_left_out_above) continue;
      for (const auto& [metric, readings] : layer.meters) {
        const double factor = metric.ends_with("_kwh") ? facts_.pue.value_or(1.0) : 1.0;
        Values values(readings.size());
        std::ranges::transform(readings, values.begin(),
                               [&](double reading) { return to_float(reading * factor); });
        store(cells, layer, metric, values,
              context_.options.provenance.value_or(Provenance::measured));
      }
    }
  }

  [[nodiscard]] Provenance provenance_of(std::size_t metric, bool above) const {
    const std::size_t kind = metric < metric::run_time ? metric % metric::halfway : metric;
    const bool is_accuracy = kind < metric::training_time;
    if (!is_accuracy && context_.options.provenance) return *context_.options.provenance;
    if (kind == metric::energy && origin_.predicted) return Provenance::predicted;
    return above && origin_.scaled[metric] ? Provenance::scaled : Provenance::measured;
  }

  /// Adds a column, and gives back its memory.
  void store(std::span<const space::Cell> cells, const Layer& layer, std::string_view metric,
             Values& values, Provenance provenance,
             std::vector<Provenance> provenance_of_each = {}) {
    const auto count = static_cast<std::size_t>(
        std::ranges::count_if(values, [](float value) { return !std::isnan(value); }));
    if (count > 0) {
      values.resize(cells.size(), std::numeric_limits<float>::quiet_NaN());
      if (!provenance_of_each.empty()) provenance_of_each.resize(cells.size());
      context_.builder.add_column(cells,
                                  {.metric_name = metric,
                                   .epochs = layer.epochs,
                                   .repeat = layer.repeat,
                                   .values = values,
                                   .provenance = provenance,
                                   .provenance_of_each = provenance_of_each},
                                  name_);
    }
    context_.summary.values += count;
    Values().swap(values);
  }

  std::span<const std::byte> file_;
  bool mapped_;
  std::string_view name_;
  ImportContext& context_;
  unsigned threads_;
  SourceFacts facts_;
  const space::Space& space_ = space::Space::shared();
  RecordWalk walk_;
  Planes planes_;
  std::vector<Decoder> decoders_;
  Findings findings_;
  Origin origin_;
  std::size_t forgotten_ = 0;
};

}  // namespace

void import_records(std::span<const std::byte> file, bool mapped, std::string_view name,
                    ImportContext& context) {
  FileImport(file, mapped, name, context).run();
}

}  // namespace ecnas::table::tfrecord
