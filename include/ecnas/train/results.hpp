#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/energy/measurement.hpp"
#include "ecnas/train/split.hpp"
#include "ecnas/train/trainer.hpp"

namespace ecnas::train {

/// What a finished run leaves behind.
struct RunRecord {
  Task task;
  std::string data_set;
  std::string data_checksum;
  Split split;
  Training training;
  energy::Measurement measurement;  ///< of the last part of it, if it was stopped and resumed
  double g_per_kwh = 0;             ///< carbon intensity
  std::string intensity_source;     ///< "WORLD 2023, …", "given"
  double others_share = 0;          ///< of all processors' time, what other programs took meanwhile
  bool shared_machine = false;      ///< its energy is others' too
  std::string started;              ///< UTC, ISO 8601
  std::string stopped;
  std::string version;  ///< of ecnas
};

/// A run of which other programs took more of the machine than this is flagged.
inline constexpr double kSharedMachine = 0.05;

/// The document of docs/formats/results.md: the published layout, and ours under `ecnas`. Energies
/// include the PUE, components' do not, as published. `energy (kWh)` and `training_time` of an
/// evaluation are those of training steps alone, the totals those of the whole run.
[[nodiscard]] std::string results_json(const RunRecord& record);

/// The document of a training that failed in itself (failure.json).
[[nodiscard]] std::string failure_json(const Task& task, std::string_view kind,
                                       std::string_view text);

}  // namespace ecnas::train
