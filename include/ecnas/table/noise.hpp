#pragma once

#include <cstdint>
#include <map>

namespace ecnas::table {

/// How trainings of one cell that differ in nothing but chance scatter around what is expected.
enum class NoiseKind : std::uint8_t {
  relative,  ///< of times, energies, emissions, powers: log-normal, its mean the expected value
  logit,     ///< of fractions: normal in log(p / (1 − p)), its median the expected value
};

/// Run-to-run noise of one metric.
struct NoiseModel {
  NoiseKind kind = NoiseKind::relative;
  /// By epochs: of the logarithm (`relative`) or of the log-odds (`logit`); from 0, no unit.
  std::map<std::int32_t, double> standard_deviation;

  friend bool operator==(const NoiseModel&, const NoiseModel&) = default;
};

/// What a training gives where `expected` is expected and chance is `z`, standard normal:
/// `relative`: expected · exp(σz − σ²/2); `logit`: logistic(logit(expected) + σz).
/// @param expected  of any unit, the result's; `logit`: in [0, 1], whose ends stay what they are
/// @param standard_deviation  σ, of `NoiseModel`
[[nodiscard]] double with_noise(double expected, NoiseKind kind, double standard_deviation,
                                double z);

}  // namespace ecnas::table
