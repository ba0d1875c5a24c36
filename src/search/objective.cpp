#include "ecnas/search/objective.hpp"

#include <algorithm>
#include <array>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::search {
namespace {

constexpr std::array<ObjectiveInfo, 8> kObjectives = {{
    {Objective::energy, "energy", "energy_kwh", "energy_kwh", "kWh", "Training energy"},
    {Objective::training_time, "training_time", "training_time_s", "training_time_s", "s",
     "Training time"},
    {Objective::co2eq, "co2eq", "co2eq_g", "co2eq_g", "g", "Emissions (CO2eq)"},
    {Objective::parameters, "parameters", "trainable_parameters", "", "", "Trainable parameters"},
    {Objective::flops, "flops", "flops", "", "", "Multiply-adds"},
    {Objective::validation_error, "validation_error", "validation_error", "validation_accuracy", "",
     "Validation error"},
    {Objective::test_error, "test_error", "test_error", "test_accuracy", "", "Test error"},
    {Objective::inverse_depth, "inverse_depth", "inverse_depth", "", "", "1 / (1 + depth)"},
}};

const ObjectiveInfo& parse_objective(std::string_view text) {
  const auto found = std::ranges::find_if(kObjectives, [&](const ObjectiveInfo& candidate) {
    return text == candidate.name || text == candidate.column;
  });
  if (found != kObjectives.end()) return *found;

  std::vector<std::string_view> names;
  for (const ObjectiveInfo& candidate : kObjectives)
    names.push_back(candidate.name);
  if (const auto guess = closest(text, names)) {
    fail(ErrorCode::invalid_argument, "objective {}: unknown; did you mean '{}'?", quoted(text),
         *guess);
  }
  fail(ErrorCode::invalid_argument, "objective {}: unknown; choose from {}", quoted(text),
       fmt::join(names, ", "));
}

}  // namespace

std::span<const ObjectiveInfo> objectives() {
  return kObjectives;
}

const ObjectiveInfo& info(Objective objective) {
  return kObjectives[static_cast<std::size_t>(objective)];
}

std::vector<Objective> parse_objectives(std::string_view text) {
  std::vector<Objective> result;
  for (const std::string_view part : split(text, ',')) {
    const ObjectiveInfo& parsed = parse_objective(trimmed(part));
    if (std::ranges::find(result, parsed.objective) != result.end()) {
      fail(ErrorCode::invalid_argument, "objective '{}': named twice; name each once", parsed.name);
    }
    result.push_back(parsed.objective);
  }
  return result;
}

std::vector<Objective> default_objectives(const table::Table& table) {
  if (table.columns().empty()) return {Objective::parameters, Objective::inverse_depth};
  if (table.column("energy_kwh") != nullptr && table.column("validation_accuracy") != nullptr) {
    return {Objective::energy, Objective::validation_error};
  }
  fail(ErrorCode::invalid_argument,
       "{}: lacks energy_kwh or validation_accuracy, so the default objectives "
       "energy,validation_error do not fit; name others with --objectives",
       table.name());
}

unsigned depth(const space::Cell& cell) {
  const unsigned output = cell.vertices() - 1;
  std::array<unsigned, space::kMaxVertices>
      most{};  // convolutions on a path from the input to here
  for (unsigned target = 1; target <= output; ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (cell.has_edge(source, target)) most[target] = std::max(most[target], most[source]);
    }
    const bool convolves =
        target < output && cell.operation(target) != space::Operation::maxpool3x3;
    if (convolves) ++most[target];
  }
  return most[output];
}

}  // namespace ecnas::search
