// The parts of `ecnas surrogate` that make a model into one that ships: scores of the whole space
// beside slow members, noise, and several files as one.
#include <fmt/format.h>

#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/noise.hpp"
#include "ecnas/surrogate/score_table.hpp"
#include "ecnas/table/import.hpp"
#include "surrogate_arguments.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

struct AssembleCommand {
  std::vector<std::string> models;
  std::string repeats;
  std::string samples;
  std::string means;
  std::string output;
};

/// Keeps scores of the whole space beside the graph networks, which are too slow for a first use.
std::size_t tabulate(surrogate::ModelFile& model, unsigned threads, Progress& progress) {
  const auto cells = space::Space::shared().cells();
  std::map<const surrogate::Regressor*, std::shared_ptr<const surrogate::ScoreTable>> tables;
  std::vector<surrogate::Surrogate> kept;
  for (const auto& [key, fitted] : model.surrogates()) {
    const surrogate::Regressor* first = fitted.members().front().regressor.get();
    if (first->family() != surrogate::Family::graph) continue;
    if (!tables.contains(first)) {
      const std::size_t outputs = fitted.outputs().size();
      std::vector<float> scores;
      scores.reserve(cells.size() * outputs);
      constexpr std::size_t kAtOnce = 16'384;
      for (std::size_t at = 0; at < cells.size(); at += kAtOnce) {
        const auto some = cells.subspan(at, std::min(kAtOnce, cells.size() - at));
        const std::vector<float> part = fitted.scores(some, threads);
        scores.insert(scores.end(), part.begin(), part.end());
        progress.show(static_cast<double>(at + some.size()) / static_cast<double>(cells.size()));
      }
      tables[first] = std::make_shared<surrogate::ScoreTable>(scores, outputs);
    }
    kept.push_back(fitted);
    kept.back().keep(tables[first]);
  }
  const std::size_t count = kept.size();
  for (surrogate::Surrogate& fitted : kept)
    model.add(std::move(fitted));
  return count;
}

table::Table imported(const std::string& file) {
  const std::vector<std::filesystem::path> paths = {file};
  return std::move(table::import_tables(paths).table);
}

/// Energies and times: from repeats at one budget, taken for all that the model knows. Accuracies:
/// budget by budget.
void add_noise(surrogate::ModelFile& model, const AssembleCommand& command) {
  const table::Table repeats = imported(command.repeats);
  for (const auto target : {surrogate::Target::energy_kwh, surrogate::Target::training_time_s}) {
    table::NoiseModel noise = surrogate::noise_of_repeats(repeats, target);
    const double deviation = noise.standard_deviation.begin()->second;
    for (const std::int32_t epochs : model.surrogate(target).info().epochs)
      noise.standard_deviation.try_emplace(epochs, deviation);
    model.noise[std::string(surrogate::name(target))] = noise;
    if (target == surrogate::Target::energy_kwh) model.noise["co2eq_g"] = noise;
  }
  const auto accuracy = surrogate::Target::validation_accuracy;
  const surrogate::Observations samples =
      surrogate::observe(imported(command.samples), accuracy, surrogate::AccuracyKind::sample);
  const surrogate::Observations means =
      surrogate::observe(imported(command.means), accuracy, surrogate::AccuracyKind::mean);
  // A training's validation and test accuracy scatter alike.
  model.noise["validation_accuracy"] = surrogate::noise_of_samples(samples, means);
  model.noise["test_accuracy"] = model.noise["validation_accuracy"];
}

void run_assemble(const AssembleCommand& command, const Global& global) {
  surrogate::ModelFile model = surrogate::ModelFile::open(command.models.front());
  for (std::size_t i = 1; i < command.models.size(); ++i) {
    const surrogate::ModelFile other = surrogate::ModelFile::open(command.models[i]);
    for (const auto& [key, fitted] : other.surrogates())
      model.add(fitted);
  }
  if (!command.repeats.empty()) add_noise(model, command);
  std::size_t tabulated = 0;
  {
    Progress progress("scores of all cells", global.json);
    tabulated = tabulate(model, global.threads, progress);
  }
  model.write(command.output);
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(command.output));
  if (global.json) {
    print_json(Json{{"output", command.output},
                    {"surrogates", model.surrogates().size()},
                    {"tabulated", tabulated},
                    {"bytes", bytes}});
    return;
  }
  print(fmt::format("{}: {} surrogates, {} with the scores of all cells, {} bytes\n",
                    bold(command.output), model.surrogates().size(), tabulated,
                    with_thousands(bytes)));
}

}  // namespace

void add_surrogate_assemble(CLI::App& parent, const Global& global) {
  CLI::App* command = parent.add_subcommand(
      "assemble", "Make one model of several, with noise and the scores of all cells kept beside");
  const auto arguments = std::make_shared<AssembleCommand>();
  command->add_option("model", arguments->models, "Models; later ones' targets replace earlier")
      ->required()
      ->type_name("MODEL");
  CLI::Option* repeats =
      command
          ->add_option("--repeats", arguments->repeats,
                       "Raw results with repeats: run-to-run noise of energies and times")
          ->type_name("FILE");
  CLI::Option* samples =
      command
          ->add_option("--samples", arguments->samples,
                       "Accuracies of single trainings: their noise, beside --means")
          ->type_name("FILE");
  CLI::Option* means =
      command->add_option("--means", arguments->means, "Mean accuracies of cells in --samples")
          ->type_name("FILE");
  repeats->needs(samples)->needs(means);
  samples->needs(repeats);
  means->needs(repeats);
  command->add_option("-o,--output", arguments->output, "The model to write")
      ->required()
      ->type_name("MODEL");
  command->callback([=, &global] { run_assemble(*arguments, global); });
}

}  // namespace ecnas::app
