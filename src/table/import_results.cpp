#include "table/import_results.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/results.hpp"
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
  space::Cell cell;
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

/// The hash that folder and file agree on.
space::Hash agreed_hash(const RunPlace& place, const Run& run, const std::string& origin) {
  if (!place.hash && !run.model_hash) {
    fail(
        ErrorCode::invalid_data,
        "{}: neither a folder above nor 'model_hash' says the cell's hash; keep the folders of the "
        "campaign",
        origin);
  }
  if (place.hash && run.model_hash && *place.hash != *run.model_hash) {
    fail(ErrorCode::invalid_data, "{}: 'model_hash' is {} but the folder says {}", origin,
         space::to_text(*run.model_hash), space::to_text(*place.hash));
  }
  return place.hash ? *place.hash : *run.model_hash;
}

/// The cell of that hash, whose network has as many parameters as the run says.
space::Cell checked_cell(const space::Hash& hash, const Run& run, const std::string& origin) {
  const auto cell = find_cell(hash);
  if (!cell) {
    fail(ErrorCode::invalid_data, "{}: no cell of at most {} vertices has the hash {}", origin,
         space::kMaxVertices, space::to_text(hash));
  }
  const space::Skeleton skeleton = run.trainer ? run.trainer->skeleton : space::Skeleton{};
  const std::int64_t parameters = space::trainable_parameters(*cell, skeleton);
  if (run.trainable_parameters != parameters) {
    fail(ErrorCode::invalid_data, "{}: 'trainable_params' is {} but the cell {} has {}", origin,
         run.trainable_parameters, space::to_text(hash), parameters);
  }
  return *cell;
}

PlacedRun placed(std::string_view text, std::string_view path, std::string origin) {
  Run run = parse_run(text, origin);
  const RunPlace place = parse_place(path);
  const space::Hash hash = agreed_hash(place, run, origin);
  const auto trained = static_cast<std::int32_t>(run.checkpoints.back().epochs);
  if (place.epochs && *place.epochs != trained) {
    fail(ErrorCode::invalid_data,
         "{}: the last evaluation is after {} epochs but the folder says {}", origin, trained,
         *place.epochs);
  }
  const space::Cell cell = checked_cell(hash, run, origin);
  return {std::move(origin), std::move(run), hash, cell, trained, place.repeat.value_or(1)};
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
    gather(path, [&] { return placed(text, path, std::move(origin)); });
  }
  void gather_file(const fs::path& path) {
    const std::string absolute = fs::absolute(path).generic_string();
    gather(absolute,
           [&] { return placed(read_file(path, kMaxRunBytes), absolute, path.string()); });
  }

  void finish() {
    if (damaged_.count > 0) context_.summary.findings.push_back(damaged_);
    if (runs_.empty()) {
      fail(ErrorCode::invalid_data, "{}: holds no file '{}'; nothing to import", name_,
           kResultsName);
    }
    // In one order, however the source lists them.
    std::ranges::sort(runs_, {}, &PlacedRun::origin);
    facts_.name = name_;
    facts_.has_energies = true;
    describe_trainer();
    facts_.pue = find_pue();
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

  template <typename Read>
  void gather(std::string_view path, const Read& read) {
    try {
      runs_.push_back(read());
      ++context_.summary.rows;
    } catch (const Error& error) {
      if (!context_.options.keep_going || error.code() != ErrorCode::invalid_data) throw;
      leave_out(path, error.what());
    }
  }

  void leave_out(std::string_view path, const std::string& reason) {
    constexpr std::size_t kExamples = 3;
    if (context_.options.damaged) context_.options.damaged(path, reason);
    if (++damaged_.count <= kExamples) damaged_.examples.push_back(reason);
  }

  /// What the runs say of network, data and energies; of the published files, what their paper
  /// says.
  void describe_trainer() {
    facts_.data_set = kCifar10;
    facts_.citation = kEcNasCitation;
    for (const PlacedRun& run : runs_)
      expect_same_trainer(runs_.front(), run);
    const std::optional<TrainerFacts>& trainer = runs_.front().run.trainer;
    if (!trainer) return;
    facts_.skeleton = trainer->skeleton;
    facts_.data_set = trainer->data_set;
    facts_.energy_quality = trainer->energy_quality;
    facts_.source = fmt::format("trained by ecnas {}", trainer->version);
    facts_.citation.clear();
    note("trained on {} of {}, {} for validation, {} for testing",
         with_thousands(trainer->images[0]), trainer->data_set, with_thousands(trainer->images[1]),
         with_thousands(trainer->images[2]));
    const auto shared = std::ranges::count_if(
        runs_, [](const PlacedRun& run) { return run.run.trainer->is_shared_machine; });
    if (shared > 0) {
      note("{} of {} runs shared their machine with others, whose energy may be in theirs",
           with_thousands(shared), with_thousands(static_cast<std::int64_t>(runs_.size())));
    }
  }

  /// A table is of one network, one data set, one PUE, one way of metering.
  static void expect_same_trainer(const PlacedRun& first, const PlacedRun& other) {
    const std::optional<TrainerFacts>& a = first.run.trainer;
    const std::optional<TrainerFacts>& b = other.run.trainer;
    const auto differ = [&](std::string_view what, const auto& of_a, const auto& of_b) {
      fail(ErrorCode::invalid_data,
           "{}: {} {}, unlike {} with {}; collect runs of one kind into one table", other.origin,
           what, of_b, first.origin, of_a);
    };
    if (a.has_value() != b.has_value()) {
      const auto text = [](bool has) { return has ? "stated" : "not stated"; };
      differ("what trained it is", text(a.has_value()), text(b.has_value()));
    }
    if (!a) return;
    if (a->pue != b->pue) differ("PUE", shortest(a->pue), shortest(b->pue));
    if (a->energy_quality != b->energy_quality)
      differ("energy", a->energy_quality, b->energy_quality);
    if (a->data_set != b->data_set) differ("data set", a->data_set, b->data_set);
    if (a->data_checksum != b->data_checksum)
      differ("data of checksum", a->data_checksum, b->data_checksum);
    if (a->images != b->images)
      differ("training, validation and test images", fmt::format("{}", fmt::join(a->images, ", ")),
             fmt::format("{}", fmt::join(b->images, ", ")));
    if (a->skeleton != b->skeleton) {
      differ("a network of stem width",
             fmt::format("{} ({} image size, {} stacks)", a->skeleton.stem_width,
                         a->skeleton.image_size, a->skeleton.stacks),
             fmt::format("{} ({} image size, {} stacks)", b->skeleton.stem_width,
                         b->skeleton.image_size, b->skeleton.stacks));
    }
  }

  /// What the runs state, which their components must not contradict; else what those tell.
  std::optional<double> find_pue() {
    const std::optional<TrainerFacts>& trainer = runs_.front().run.trainer;
    const std::optional<double> stated =
        trainer ? std::optional(trainer->pue) : context_.options.pue;
    if (trainer && context_.options.pue && *context_.options.pue != trainer->pue) {
      fail(ErrorCode::invalid_argument,
           "{}: its energies include a PUE of {}, not {}; leave the "
           "option out",
           name_, shortest(trainer->pue), shortest(*context_.options.pue));
    }
    const PueEstimate estimate = estimated_pue();
    if (estimate.empty()) {
      if (!stated) note("does not say which PUE its energies include; pass --data-pue if known");
      return stated;
    }
    if (stated && !estimate.allows(*stated)) {
      fail(trainer ? ErrorCode::invalid_data : ErrorCode::invalid_argument,
           "{}: its energies include a PUE of {}, not {}{}", name_, shortest(estimate.value()),
           shortest(*stated), trainer ? " as its runs state" : "; leave the option out");
    }
    const double pue = stated.value_or(estimate.value());
    note(
        "energies include a PUE of {}, {}; component energies, which the files give without it, "
        "are stored multiplied by it",
        shortest(pue),
        trainer ? "as the runs state" : "the ratio of total energy to that of the components");
    return pue;
  }

  /// The components' joules do not include the PUE, the total does: their ratio tells it.
  [[nodiscard]] PueEstimate estimated_pue() const {
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
    return estimate;
  }

  void add(const PlacedRun& placed_run) {
    const Run& run = placed_run.run;
    const auto store = [&](std::string_view metric, double value) {
      context_.store(placed_run.cell, placed_run.epochs, placed_run.repeat, metric, to_float(value),
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
  ImportFinding damaged_{.kind = "damaged_results",
                         .description = "results files are damaged; left out",
                         .count = 0,
                         .examples = {}};
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
    campaign.gather_file(path);
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

ResultsSummary read_results(const fs::path& file) {
  const PlacedRun run =
      placed(read_file(file, kMaxRunBytes), fs::absolute(file).generic_string(), file.string());
  return {.hash = run.hash,
          .epochs = run.epochs,
          .time_s = run.run.time_s,
          .energy_kwh = run.run.energy_kwh,
          .is_shared_machine = run.run.trainer && run.run.trainer->is_shared_machine};
}

}  // namespace ecnas::table
