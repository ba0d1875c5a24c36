#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ecnas::surrogate {

/// What a surrogate predicts; a table's metric of the same name.
enum class Target : std::uint8_t {
  energy_kwh,
  training_time_s,
  validation_accuracy,
  test_accuracy
};

inline constexpr std::array<Target, 4> kTargets = {Target::energy_kwh, Target::training_time_s,
                                                   Target::validation_accuracy,
                                                   Target::test_accuracy};

[[nodiscard]] std::string_view name(Target target);  ///< "energy_kwh", …
[[nodiscard]] std::string_view unit(Target target);  ///< "kWh", "s", "1"
[[nodiscard]] std::optional<Target> parse_target(std::string_view text);
[[nodiscard]] constexpr bool is_accuracy(Target target) {
  return target == Target::validation_accuracy || target == Target::test_accuracy;
}

}  // namespace ecnas::surrogate
