#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "ecnas/energy/tracker.hpp"

namespace ecnas::train {

/// What a run has used so far.
struct Spent {
  double training_time_s = 0;  ///< in training steps alone
  double training_energy_kwh = 0;
  double run_time_s = 0;  ///< start-up, evaluations and checkpoints included
  double run_energy_kwh = 0;
  std::map<std::string, double> component_energy_j;  ///< of the whole run, PUE not included
};

/// Reads a run's use off a tracker, whose regions it names: "start-up", "training", "evaluation",
/// "checkpoint". What an earlier part of the run has used counts too; what was used for steps that
/// were lost does not. Energies but those of components include the PUE.
class RunMeter {
 public:
  /// @param tracker  outlives this; null: energies are 0
  explicit RunMeter(energy::Tracker* tracker, double pue = 1);

  /// The region goes on until the next one begins.
  void begin(const std::string& region);
  void end();

  [[nodiscard]] Spent spent() const;
  /// @pre nothing has begun
  void add_earlier(const Spent& earlier) { earlier_ = earlier; }

 private:
  energy::Tracker* tracker_;
  double pue_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point region_start_;
  double training_time_s_ = 0;
  bool is_training_ = false;
  std::optional<energy::Tracker::Region> region_;
  Spent earlier_;
};

}  // namespace ecnas::train
