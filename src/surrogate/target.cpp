#include "ecnas/surrogate/target.hpp"

namespace ecnas::surrogate {

std::string_view name(Target target) {
  switch (target) {
    case Target::energy_kwh:
      return "energy_kwh";
    case Target::training_time_s:
      return "training_time_s";
    case Target::validation_accuracy:
      return "validation_accuracy";
    case Target::test_accuracy:
      return "test_accuracy";
  }
  return {};
}

std::string_view unit(Target target) {
  switch (target) {
    case Target::energy_kwh:
      return "kWh";
    case Target::training_time_s:
      return "s";
    default:
      return "1";
  }
}

std::optional<Target> parse_target(std::string_view text) {
  for (const Target target : kTargets) {
    if (text == name(target)) return target;
  }
  if (text == "energy") return Target::energy_kwh;
  if (text == "training_time") return Target::training_time_s;
  return std::nullopt;
}

}  // namespace ecnas::surrogate
