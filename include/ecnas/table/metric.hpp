#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ecnas::table {

/// Where a value comes from. Never mixed unmarked.
enum class Provenance : std::uint8_t {
  absent = 0,     ///< no value
  measured = 1,   ///< of a training that ran
  scaled = 2,     ///< a measured value multiplied by a ratio of budgets
  predicted = 3,  ///< by a surrogate
};
[[nodiscard]] std::string_view name(Provenance provenance);
[[nodiscard]] std::optional<Provenance> parse_provenance(std::string_view text);

/// How a metric answers to the conversions of a query.
enum class MetricKind : std::uint8_t {
  fraction,  ///< accuracies, 0 … 1
  time,      ///< seconds
  energy,    ///< kWh, PUE included as the table's metadata says
  co2eq,     ///< g
  power,     ///< W at the device, PUE never included
};

struct MetricInfo {
  std::string name;         ///< column and tensor name, with its unit: `energy_kwh`
  std::string unit;         ///< `kWh`, `s`, `g`, `W`, `1`
  std::string description;  ///< one line
  MetricKind kind;
};

/// The metrics every importer, command and reader knows, in the order tables store them.
inline constexpr std::array<std::string_view, 6> kCoreMetrics = {
    "train_accuracy",  "validation_accuracy", "test_accuracy",
    "training_time_s", "energy_kwh",          "co2eq_g"};

/// What a metric's name says: the core six, each also with `_halfway`; `run_energy_kwh`,
/// `run_time_s`, `run_co2eq_g` (the whole run, evaluations and start-up included); per component
/// (`gpu0`, `cpu1`, …) `<component>_energy_kwh` and `<component>_average_power_w`.
/// @return absent for a name that is none of these.
[[nodiscard]] std::optional<MetricInfo> metric_info(std::string_view metric_name);

}  // namespace ecnas::table
