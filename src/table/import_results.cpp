#include "table/import_results.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "table/layout.hpp"
#include "table/published.hpp"
#include "table/pue_estimate.hpp"
#include "table/results_file.hpp"

namespace ecnas::table {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRunBytes = std::size_t{1} << 20;  // real ones have 2 kB

/// A run in its place.
struct PlacedRun {
  std::string origin;  // for messages
  Run run;
  space::Hash hash;
  std::int32_t epochs;
  std::size_t repeat;
};

/// The cell of a hash. Small spaces first: hashing all cells of 7 vertices takes a third of a
/// second, and most campaigns need none of them.
std::optional<space::Cell> find_cell(const space::Hash& hash) {
  for (const unsigned max_vertices : {4U, 5U, 6U, 7U}) {
    const space::Space& space = space::Space::shared(max_vertices);
    if (const auto rank = space.rank(hash)) return space.cell(*rank);
  }
  return std::nullopt;
}

PlacedRun placed(std::string_view text, std::string_view path, std::string origin) {
  PlacedRun result{std::move(origin), {}, {}, 0, 1};
  result.run = parse_run(text, result.origin);
  const RunPlace place = parse_place(path);
  const auto& model_hash = result.run.model_hash;
  if (!place.hash && !model_hash) {
    fail(
        ErrorCode::invalid_data,
        "{}: neither a folder above nor 'model_hash' says the cell's hash; keep the folders of the "
        "campaign",
        result.origin);
  }
  if (place.hash && model_hash && *place.hash != *model_hash) {
    fail(ErrorCode::invalid_data, "{}: 'model_hash' is {} but the folder says {}", result.origin,
         space::to_text(*model_hash), space::to_text(*place.hash));
  }
  result.hash = place.hash ? *place.hash : *model_hash;
  const auto trained = static_cast<std::int32_t>(result.run.checkpoints.back().epochs);
  if (place.epochs && *place.epochs != trained) {
    fail(ErrorCode::invalid_data,
         "{}: the last evaluation is after {} epochs but the folder says {}", result.origin,
         trained, *place.epochs);
  }
  result.epochs = trained;
  result.repeat = place.repeat.value_or(1);
  return result;
}

/// The one checkpoint between start and end; of several, the one exactly halfway.
const Checkpoint* halfway(const Run& run) {
  const Checkpoint* found = nullptr;
  const double last = run.checkpoints.back().epochs;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (checkpoint.epochs <= 0 || checkpoint.epochs >= last) continue;
    if (2 * checkpoint.epochs == last) return &checkpoint;
    if (found != nullptr) return nullptr;
    found = &checkpoint;
  }
  return found;
}

/// `X` and `NVIDIA X` are one device: driver versions name it differently.
std::vector<std::string> merged_devices(const std::set<std::string>& names) {
  std::vector<std::string> devices;
  for (const std::string& name : names) {
    if (!names.contains("NVIDIA " + name)) devices.push_back(name);
  }
  return devices;
}

/// Gathers all runs of a source, then checks and adds them.
class Campaign {
 public:
  Campaign(std::string_view name, ImportContext& context) : name_(name), context_(context) {}

  void gather(std::string_view text, std::string_view path, std::string origin) {
    runs_.push_back(placed(text, path, std::move(origin)));
    ++context_.summary.rows;
  }

  void finish() {
    if (runs_.empty()) {
      fail(ErrorCode::invalid_data, "{}: holds no file '{}'; nothing to import", name_,
           kResultsName);
    }
    // In one order, however the source lists them.
    std::ranges::sort(runs_, {}, &PlacedRun::origin);
    facts_.name = name_;
    facts_.has_energies = true;
    facts_.pue = find_pue();
    facts_.data_set = kCifar10;
    facts_.citation = kEcNasCitation;
    describe_devices();
    describe_intensity();
    note_checkpoints();
    note_missing_repeats();
    context_.agreement.add(facts_);
    for (const PlacedRun& run : runs_)
      add(run);
  }

 private:
  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    context_.summary.notes.push_back(
        fmt::format("{}: {}", name_, fmt::format(format, std::forward<Args>(args)...)));
  }

  /// The components' joules do not include the PUE, the total does: their ratio tells it.
  std::optional<double> find_pue() {
    PueEstimate estimate;
    for (const PlacedRun& placed_run : runs_) {
      const Run& run = placed_run.run;
      double joules = 0;
      for (const Component& component : run.components)
        joules += component.energy_j;
      if (joules <= 0) continue;
      if (!estimate.add(run.energy_kwh, joules / kJoulesPerKwh, run.components.size())) {
        fail(ErrorCode::invalid_data,
             "{}: total energy is {} times that of its components, unlike in the files before, "
             "where the PUE is {}; import campaigns of different PUE one by one",
             placed_run.origin, shortest(run.energy_kwh * kJoulesPerKwh / joules),
             estimate.empty() ? "at least 1" : shortest(estimate.value()));
      }
    }
    if (estimate.empty()) {
      if (!context_.options.pue)
        note("does not say which PUE its energies include; pass --data-pue if known");
      return context_.options.pue;
    }
    if (context_.options.pue && !estimate.allows(*context_.options.pue)) {
      fail(ErrorCode::invalid_argument,
           "{}: its energies include a PUE of {}, not {}; leave the option out", name_,
           shortest(estimate.value()), shortest(*context_.options.pue));
    }
    const double pue = context_.options.pue.value_or(estimate.value());
    note(
        "energies include a PUE of {}, the ratio of total energy to that of the components; "
        "component energies, which the files give without it, are stored multiplied by it",
        shortest(pue));
    return pue;
  }

  void add(const PlacedRun& placed_run) {
    const auto cell = find_cell(placed_run.hash);
    if (!cell) {
      fail(ErrorCode::invalid_data, "{}: no cell of at most {} vertices has the hash {}",
           placed_run.origin, space::kMaxVertices, space::to_text(placed_run.hash));
    }
    const Run& run = placed_run.run;
    const std::int64_t parameters = space::trainable_parameters(*cell, facts_.skeleton);
    if (run.trainable_parameters != parameters) {
      fail(ErrorCode::invalid_data, "{}: 'trainable_params' is {} but the cell {} has {}",
           placed_run.origin, run.trainable_parameters, space::to_text(placed_run.hash),
           parameters);
    }
    const auto store = [&](std::string_view metric, double value) {
      context_.store(*cell, placed_run.epochs, placed_run.repeat, metric, to_float(value),
                     context_.options.provenance.value_or(Provenance::measured), placed_run.origin);
    };
    add_checkpoint(run.checkpoints.back(), "", store);
    if (const Checkpoint* on_the_way = halfway(run)) add_checkpoint(*on_the_way, "_halfway", store);
    store("run_energy_kwh", run.energy_kwh);
    store("run_time_s", run.time_s);
    store("run_co2eq_g", run.co2eq_g);
    for (const Component& component : run.components) {
      store(component.name + "_energy_kwh",
            component.energy_j / kJoulesPerKwh * facts_.pue.value_or(1.0));
      store(component.name + "_average_power_w", component.average_power_w);
    }
  }

  template <typename Store>
  static void add_checkpoint(const Checkpoint& checkpoint, std::string_view suffix,
                             const Store& store) {
    const auto put = [&](std::string_view metric, double value) {
      store(std::string(metric) + std::string(suffix), value);
    };
    put("train_accuracy", checkpoint.train_accuracy);
    put("validation_accuracy", checkpoint.validation_accuracy);
    put("test_accuracy", checkpoint.test_accuracy);
    put("training_time_s", checkpoint.training_time_s);
    put("energy_kwh", checkpoint.energy_kwh);
    put("co2eq_g", checkpoint.co2eq_g);
  }

  void describe_devices() {
    std::set<std::string> names;
    for (const PlacedRun& run : runs_)
      names.insert(run.run.devices.begin(), run.run.devices.end());
    facts_.devices = merged_devices(names);
    if (facts_.devices.size() < names.size()) {
      note("devices named both with and without 'NVIDIA' are taken as one");
    }
  }

  void describe_intensity() {
    std::vector<double> intensities;
    for (const PlacedRun& run : runs_) {
      if (const auto& intensity = run.run.carbon_intensity_g_per_kwh) {
        intensities.push_back(*intensity);
      }
    }
    if (intensities.empty()) return;
    const auto [least, most] = std::ranges::minmax(intensities);
    if (least == most) {
      facts_.carbon_intensity_g_per_kwh = least;
    } else {
      note("carbon intensity differs from run to run, {} to {} g/kWh: the table states none",
           shortest(least), shortest(most));
    }
  }

  void note_checkpoints() {
    std::set<std::pair<double, std::int32_t>> kinds;  // (after, of) epochs
    for (const PlacedRun& run : runs_) {
      if (const Checkpoint* on_the_way = halfway(run.run)) {
        kinds.insert({on_the_way->epochs, run.epochs});
      }
    }
    for (const auto& [after, of] : kinds) {
      if (2 * after != of) {
        note("the checkpoint stored as 'halfway' was taken after {} of {} epochs", shortest(after),
             of);
      }
    }
  }

  void note_missing_repeats() {
    std::set<std::size_t> repeats;
    std::set<std::pair<space::Hash, std::int32_t>> entries;
    for (const PlacedRun& run : runs_) {
      repeats.insert(run.repeat);
      entries.insert({run.hash, run.epochs});
    }
    const std::size_t expected = entries.size() * repeats.size();
    if (runs_.size() < expected) {
      note("{} of {} repeats are missing", expected - runs_.size(), expected);
    }
  }

  std::string name_;
  ImportContext& context_;
  SourceFacts facts_;
  std::vector<PlacedRun> runs_;
};

std::vector<fs::path> results_below(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().filename() == kResultsName && entry->is_regular_file(error)) {
      paths.push_back(entry->path());
    }
  }
  if (error) {
    fail(ErrorCode::io_failure, "{}: cannot be read: {}", folder.string(), error.message());
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

void import_results_archive(ArchiveReader archive, std::string_view name, ImportContext& context) {
  Campaign campaign(name, context);
  do {
    if (!is_results_path(archive.path())) continue;
    campaign.gather(archive.read(kMaxRunBytes), archive.path(),
                    fmt::format("{}:{}", name, archive.path()));
  } while (archive.next());
  campaign.finish();
}

void import_results_folder(const fs::path& folder, ImportContext& context) {
  Campaign campaign(folder.string(), context);
  for (const fs::path& path : results_below(folder)) {
    campaign.gather(read_file(path, kMaxRunBytes), fs::absolute(path).generic_string(),
                    path.string());
  }
  campaign.finish();
}

void import_results_file(std::string_view text, const fs::path& path, ImportContext& context) {
  if (text.size() > kMaxRunBytes) {
    fail(ErrorCode::invalid_data, "{}: larger than the {} bytes expected of a {} at most",
         path.string(), kMaxRunBytes, kResultsName);
  }
  Campaign campaign(path.string(), context);
  campaign.gather(text, fs::absolute(path).generic_string(), path.string());
  campaign.finish();
}

}  // namespace ecnas::table
