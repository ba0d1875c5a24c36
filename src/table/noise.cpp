#include "ecnas/table/noise.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cmath>
#include <optional>

#include "ecnas/core/random.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/metric.hpp"
#include "table/noise_model.hpp"

namespace ecnas::table {

double with_noise(double expected, NoiseKind kind, double standard_deviation, double z) {
  const double shift = standard_deviation * z;
  if (kind == NoiseKind::relative) {
    return expected * std::exp(shift - standard_deviation * standard_deviation / 2);
  }
  // logistic(logit(p) + s) = p eˢ / (1 − p + p eˢ), without the infinities of logit(0) and
  // logit(1).
  const double odds = expected * std::exp(shift);
  return odds / (1 - expected + odds);
}

std::string_view name(NoiseKind kind) {
  return kind == NoiseKind::relative ? "relative" : "logit";
}

std::string noise_fault(std::string_view metric_name, const NoiseModel& model) {
  const std::optional<MetricInfo> info = metric_info(metric_name);
  if (!info) return "there is no such metric";
  const bool is_fraction = info->kind == MetricKind::fraction;
  if (is_fraction != (model.kind == NoiseKind::logit)) {
    return fmt::format("is of kind '{}'; expected '{}'", name(model.kind),
                       name(is_fraction ? NoiseKind::logit : NoiseKind::relative));
  }
  for (const auto& [epochs, deviation] : model.standard_deviation) {
    if (epochs < 1) return fmt::format("at {} epochs; expected 1 or more", epochs);
    if (!(std::isfinite(deviation) && deviation >= 0)) {
      return fmt::format("has a standard deviation of {} at {} epochs; expected a number from 0",
                         shortest(deviation), epochs);
    }
  }
  return {};
}

double chance_of(std::uint64_t seed, const space::Hash& cell, std::int32_t epochs,
                 std::string_view metric_name) {
  std::string key(cell.bytes.begin(), cell.bytes.end());
  for (unsigned shift = 0; shift < 32; shift += 8)
    key += static_cast<char>(static_cast<std::uint32_t>(epochs) >> shift & 0xff);
  key += metric_name;
  return Rng::stream(seed, XXH3_64bits(key.data(), key.size())).normal();
}

}  // namespace ecnas::table
