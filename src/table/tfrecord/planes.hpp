#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/space/space.hpp"
#include "table/pue_estimate.hpp"
#include "table/tfrecord/decoder.hpp"

namespace ecnas::table::tfrecord {

/// Values of one metric by slot; NaN or beyond the end: not there.
using Values = std::vector<float>;

/// One training's, in the order of `kMetrics`.
using MetricValues = std::array<double, kMetrics.size()>;

/// What the k-th trainings of all cells to one budget gave. A meter's energy is in kWh, without
/// any PUE.
struct Layer {
  std::int32_t epochs;
  std::size_t repeat;  ///< from 1
  std::array<Values, kMetrics.size()> values;
  /// Of each metric, by slot as its values; empty where the records do not say.
  std::array<std::vector<Provenance>, kMetrics.size()> provenance;
  /// By metric (`gpu0_energy_kwh`), then by slot; in double, since the PUE still comes to them.
  std::map<std::string, std::vector<double>> meters;

  [[nodiscard]] std::pair<std::int32_t, std::size_t> place() const { return {epochs, repeat}; }
};

/// The smallest ratio of a run's energy to that of its meters, and the PUE that all ratios agree
/// on.
struct PowerFacts {
  double least_ratio = std::numeric_limits<double>::infinity();
  PueEstimate pue;
  bool agree = true;
};

/// What all records of a file say, by cell, budget and repeat: a cell's trainings to one budget are
/// its repeats, those that records state or else in the order of their records.
class Planes {
 public:
  explicit Planes(const space::Space& space);

  /// @throws Error{invalid_data} for more trainings of a cell to one budget than a table can hold
  /// @param name  stands in messages for the file
  void add(const Batch& batch, std::string_view name);

  [[nodiscard]] std::vector<space::Cell> cells() const;  ///< by slot
  [[nodiscard]] std::size_t slots() const { return ranks_.size(); }
  [[nodiscard]] std::vector<Layer>& layers() { return layers_; }  ///< by epochs, then repeat
  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }
  [[nodiscard]] std::vector<std::int32_t> budgets() const;  ///< ascending

  [[nodiscard]] std::size_t trainings() const { return trainings_; }
  [[nodiscard]] std::size_t duplicates() const { return duplicates_; }
  [[nodiscard]] bool has_energy() const { return has_energy_; }
  [[nodiscard]] const PowerFacts& power() const { return power_; }
  [[nodiscard]] const std::set<std::string, std::less<>>& devices() const { return devices_; }
  /// First and last day of measuring, "2022-05-28"; empty: not said. @{
  [[nodiscard]] const std::string& first_day() const { return first_day_; }
  [[nodiscard]] const std::string& last_day() const { return last_day_; }
  /// @}
  /// What every record states its energies to include; absent unless all agree.
  [[nodiscard]] std::optional<double> stated_pue() const;
  /// Whether every record states the provenance of its values.
  [[nodiscard]] bool state_provenance() const { return states_provenance_; }
  /// Least and most carbon intensity; absent: none is said.
  [[nodiscard]] std::optional<std::pair<double, double>> carbon_intensities() const;
  /// (after, of) epochs of evaluations on the way that are not exactly halfway.
  [[nodiscard]] const std::set<std::pair<double, std::int32_t>>& not_halfway() const {
    return not_halfway_;
  }

 private:
  using Slot = std::uint32_t;
  void add(const Training& training, std::span<const MeterReading> meters, std::string_view name);
  Slot slot_of(space::Rank rank);
  Layer& layer(std::int32_t epochs, std::size_t repeat);
  [[nodiscard]] std::size_t last_repeat(std::int32_t epochs, Slot slot) const;
  [[nodiscard]] const Layer* find_layer(std::int32_t epochs, std::size_t repeat) const;
  [[nodiscard]] bool is_free(std::int32_t epochs, std::size_t repeat, Slot slot) const;
  [[nodiscard]] bool holds(const MetricValues& values, std::int32_t epochs, std::size_t repeat,
                           Slot slot) const;
  [[nodiscard]] std::optional<std::size_t> repeat_for(const Training& training,
                                                      const MetricValues& values, Slot slot) const;
  void note_power(const Training& training, std::span<const MeterReading> meters);
  void note_statements(const Training& training, const MetricValues& values);
  void note_halfway(const Training& training);

  const space::Space* space_;
  std::vector<Slot> slot_of_rank_;
  std::vector<space::Rank> ranks_;  // by slot
  std::vector<Layer> layers_;
  std::map<std::int32_t, std::vector<std::uint8_t>> last_repeats_;  // by epochs and slot
  std::size_t trainings_ = 0;
  std::size_t duplicates_ = 0;
  bool has_energy_ = false;
  PowerFacts power_;
  std::optional<double> pue_;  // the first record's; NaN: not said, or they differ
  bool states_provenance_ = true;
  std::set<std::string, std::less<>> devices_;
  std::string first_day_;
  std::string last_day_;
  double least_intensity_ = std::numeric_limits<double>::infinity();
  double most_intensity_ = 0;
  std::set<std::pair<double, std::int32_t>> not_halfway_;
};

}  // namespace ecnas::table::tfrecord
