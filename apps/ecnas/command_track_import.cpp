// `ecnas track import`: what others have measured, and what an interrupted measurement left; and
// `ecnas track project`: what more epochs will take.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "command_track.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/energy/foreign_logs.hpp"
#include "ecnas/energy/journal.hpp"
#include "ecnas/energy/projection.hpp"
#include "quantity_text.hpp"
#include "terminal.hpp"
#include "track_output.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;
using energy::Measurement;

struct ImportArguments {
  std::string file;
  std::optional<std::string> output;
};

std::vector<Measurement> read(const fs::path& file) {
  if (file.extension() == ".journal") return {energy::recover_journal(file)};
  if (file.extension() == ".json")
    return {energy::measurement_from_json(read_file(file), file.string())};
  return energy::read_foreign_log(file);
}

/// One document as it is; of several a list.
std::string document(const std::vector<Measurement>& measurements) {
  if (measurements.size() == 1) return energy::to_json(measurements.front());
  std::string text = "[\n";
  for (std::size_t i = 0; i < measurements.size(); ++i)
    text += (i == 0 ? "" : ",\n") + energy::to_json(measurements[i]);
  return text + "]\n";
}

void run_import(const ImportArguments& arguments, const Global& global) {
  const std::vector<Measurement> measurements = read(arguments.file);
  if (arguments.output) write_file(*arguments.output, document(measurements));
  if (global.json) return print(document(measurements));
  for (const Measurement& measurement : measurements)
    print(summary(measurement));
}

// --- Projection ----------------------------------------------------------------------------------

struct ProjectArguments {
  std::string file;
  std::string span = "epoch";
  std::size_t epochs = 0;
};

/// Of each complete span of that name.
struct Epochs {
  std::vector<double> energy_kwh;
  std::vector<double> time_s;
};

Epochs epochs_of(const Measurement& measurement, const ProjectArguments& arguments) {
  Epochs epochs;
  for (const energy::Span& span : measurement.spans) {
    if (span.name != arguments.span || !span.is_complete) continue;
    epochs.energy_kwh.push_back(measurement.energy_kwh(span));
    epochs.time_s.push_back(span.duration_s);
  }
  if (epochs.time_s.empty()) {
    fail(ErrorCode::not_found,
         "{}: no complete span {}; name the spans that are epochs with --span", arguments.file,
         ecnas::quoted(arguments.span));
  }
  return epochs;
}

/// What is not within epochs is taken for start-up, and happens once.
energy::Projection project(double total, const std::vector<double>& epochs, std::size_t count) {
  const double within = std::accumulate(epochs.begin(), epochs.end(), 0.0);
  return energy::project_epochs(std::max(total - within, 0.0), epochs, count);
}

Json projection_json(const energy::Projection& projection) {
  Json json = {{"start_up", projection.start_up},
               {"per_epoch", projection.per_epoch},
               {"total", projection.total}};
  json["interval"] =
      projection.low ? Json::array({*projection.low, *projection.high}) : Json(nullptr);
  return json;
}

template <typename Text>
std::string projection_text(const char* what, const energy::Projection& projection, Text text) {
  std::string line = fmt::format("{:<7} {}", what, text(projection.total));
  if (projection.low)
    line += fmt::format(" ({} to {})", text(*projection.low), text(*projection.high));
  return line + fmt::format(": {} once, {} an epoch\n", text(projection.start_up),
                            text(projection.per_epoch));
}

void run_project(const ProjectArguments& arguments, const Global& global) {
  const Measurement measurement =
      energy::measurement_from_json(read_file(arguments.file), arguments.file);
  const Epochs epochs = epochs_of(measurement, arguments);
  const energy::Projection energy =
      project(measurement.energy_kwh(), epochs.energy_kwh, arguments.epochs);
  const energy::Projection time = project(measurement.duration_s, epochs.time_s, arguments.epochs);
  if (global.json) {
    return print_json({{"epochs", arguments.epochs},
                       {"measured_epochs", epochs.time_s.size()},
                       {"energy_kwh", projection_json(energy)},
                       {"time_s", projection_json(time)}});
  }
  print(fmt::format("{} epochs, from {} measured; 90 % intervals\n", arguments.epochs,
                    epochs.time_s.size()));
  print(projection_text("energy", energy, energy_text));
  print(projection_text("time", time, duration_text));
}

}  // namespace

void add_track_project(CLI::App& track, const Global& global) {
  CLI::App* command = track.add_subcommand(
      "project", "From the epochs of a document, what a training of more of them will take");
  const auto arguments = std::make_shared<ProjectArguments>();
  command->add_option("file", arguments->file, "Document with spans")
      ->type_name("FILE")
      ->required();
  command->add_option("--epochs", arguments->epochs, "Of the whole training")
      ->type_name("N")
      ->required()
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}));
  command->add_option("--span", arguments->span, "Name of the spans that are epochs")
      ->type_name("NAME")
      ->capture_default_str();
  command->callback([=, &global] { run_project(*arguments, global); });
}

void add_track_import(CLI::App& track, const Global& global) {
  CLI::App* command = track.add_subcommand(
      "import",
      "Read a log of carbontracker, CodeCarbon's emissions.csv, a document or a journal of ours");
  const auto arguments = std::make_shared<ImportArguments>();
  command->add_option("file", arguments->file, "What was left")->type_name("FILE")->required();
  command->add_option("-o,--output", arguments->output, "Write it as our document")
      ->type_name("FILE");
  command->callback([=, &global] { run_import(*arguments, global); });
}

}  // namespace ecnas::app
