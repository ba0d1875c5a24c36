#include "ecnas/train/results.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "ecnas/space/canonical.hpp"
#include "ecnas/space/hash.hpp"

namespace ecnas::train {
namespace {

using Json = nlohmann::ordered_json;

Json skeleton_json(const space::Skeleton& skeleton) {
  return {
      {"stem_width", skeleton.stem_width},           {"stacks", skeleton.stacks},
      {"cells_per_stack", skeleton.cells_per_stack}, {"classes", skeleton.classes},
      {"image_size", skeleton.image_size},           {"image_channels", skeleton.image_channels}};
}

Json recipe_json(const Task& task) {
  const Recipe& recipe = task.recipe;
  Json json = {{"epochs", recipe.epochs},
               {"batch_size", recipe.batch_size},
               {"optimizer", name(recipe.optimizer)},
               {"learning_rate", recipe.learning_rate},
               {"momentum", recipe.momentum}};
  if (recipe.optimizer == Optimizer::rmsprop) {
    json["decay"] = recipe.decay;
    json["epsilon"] = recipe.epsilon;
  }
  json["weight_decay"] = recipe.weight_decay;
  json["batch_norm_momentum"] = recipe.batch_norm_momentum;
  json["batch_norm_epsilon"] = recipe.batch_norm_epsilon;
  json["reestimation_batches"] = recipe.reestimation_batches;
  json["crop_padding"] = recipe.crop_padding;
  json["flip"] = recipe.flip;
  json["mixed_precision"] = recipe.mixed_precision;
  json["device"] = task.device.cuda ? "cuda" : "cpu";
  json["threads"] = task.device.threads;
  return json;
}

/// The worst among what was measured: a sum is as good as its weakest part.
std::string_view energy_quality(const energy::Measurement& measurement) {
  energy::Quality worst = energy::Quality::counter;
  for (const energy::Component& component : measurement.components)
    worst = std::max(worst, component.source.quality);
  return energy::name(worst);
}

/// Per kind lists of lists, a device an entry, as published.
Json power_json(const RunRecord& record) {
  struct Kind {
    Json powers = Json::array();
    Json energies = Json::array();
    Json devices = Json::array();
  };
  std::map<std::string_view, Kind> kinds;
  const Spent& spent = record.training.spent;
  for (const energy::Component& component : record.measurement.components) {
    const auto energy = spent.component_energy_j.find(component.source.name);
    if (energy == spent.component_energy_j.end()) continue;
    Kind& kind = kinds[energy::name(component.source.domain)];
    kind.powers.push_back(Json::array({energy->second / spent.run_time_s}));
    kind.energies.push_back(Json::array({energy->second}));
    kind.devices.push_back(component.source.device.empty() ? component.source.name
                                                           : component.source.device);
  }
  Json json = Json::object();
  for (const auto& [name, kind] : kinds) {
    json[std::string(name)] = {{"avg_power_usages (W)", kind.powers},
                               {"avg_energy_usages (J)", kind.energies},
                               {"devices", kind.devices}};
  }
  return json;
}

Json evaluation_json(const Evaluation& evaluation, const RunRecord& record) {
  const double energy_kwh = evaluation.spent.training_energy_kwh;
  return {{"epochs", evaluation.epochs},
          {"training_time", evaluation.spent.training_time_s},
          {"training_steps", evaluation.steps},
          {"train_accuracy", evaluation.train_accuracy},
          {"validation_accuracy", evaluation.validation_accuracy},
          {"test_accuracy", evaluation.test_accuracy},
          {"predict_time", evaluation.evaluation_time_s},
          {"energy (kWh)", energy_kwh},
          {"co2eq (g)", energy_kwh * record.g_per_kwh},
          {"avg_intensity (gCO2/kWh)", record.g_per_kwh}};
}

Json own_json(const RunRecord& record) {
  const Split& split = record.split;
  Json json = {{"format", 1},
               {"version", record.version},
               {"cell", space::to_text(space::canonical(record.task.cell))},
               {"seed", record.task.recipe.seed},
               {"data_set", record.data_set},
               {"data_checksum", record.data_checksum},
               {"images",
                {{"train", split.train.size()},
                 {"validation", split.validation.size()},
                 {"test", split.test.size()}}},
               {"skeleton", skeleton_json(record.task.skeleton)},
               {"training", recipe_json(record.task)},
               {"pue", record.measurement.pue},
               {"energy_quality", energy_quality(record.measurement)},
               {"coverage", record.measurement.coverage()},
               {"carbon_intensity_source", record.intensity_source},
               {"others_share", record.others_share},
               {"shared_machine", record.shared_machine}};
  if (record.training.resumed_at > 0) json["resumed_at_step"] = record.training.resumed_at;
  if (!record.measurement.notes.empty()) json["notes"] = record.measurement.notes;
  return json;
}

}  // namespace

std::string results_json(const RunRecord& record) {
  const Spent& spent = record.training.spent;
  Json evaluations = Json::array();
  for (const Evaluation& evaluation : record.training.evaluations)
    evaluations.push_back(evaluation_json(evaluation, record));
  const Json json = {
      {"model_hash", space::to_text(space::hash_of(record.task.cell))},
      {"trainable_params", space::trainable_parameters(record.task.cell, record.task.skeleton)},
      {"total_time", spent.run_time_s},
      {"total_energy (kWh)", spent.run_energy_kwh},
      {"total_co2eq (g)", spent.run_energy_kwh * record.g_per_kwh},
      {"start_emission", record.started},
      {"stop_emission", record.stopped},
      {"avg_intensity (gCO2/kWh)", record.g_per_kwh},
      {"avg_power_usages:", power_json(record)},
      {"evaluation_results", std::move(evaluations)},
      {"ecnas", own_json(record)}};
  return json.dump(2) + "\n";
}

std::string failure_json(const Task& task, std::string_view kind, std::string_view text) {
  const Json json = {{"kind", kind},
                     {"message", text},
                     {"model_hash", space::to_text(space::hash_of(task.cell))},
                     {"seed", task.recipe.seed}};
  return json.dump(2) + "\n";
}

}  // namespace ecnas::train
