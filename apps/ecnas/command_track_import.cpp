// `ecnas track import`: what others have measured, and what an interrupted measurement left.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command_track.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/energy/foreign_logs.hpp"
#include "ecnas/energy/journal.hpp"
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

}  // namespace

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
