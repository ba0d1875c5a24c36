#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::table::tfrecord {

/// Stands for a field that is not there: a NaN that no arithmetic makes, so that one in a file is
/// another.
inline constexpr double kNoValue = std::bit_cast<double>(std::uint64_t{0x7FF8'0000'0000'0EC5});

/// One evaluation of a network in training; NaN where the message says nothing. Values since the
/// start. `EvaluationData` of NAS-Bench-101 and `EvaluationDataEnergy` of EC-NAS.
struct Evaluation {
  double epochs = kNoValue;
  double training_time_s = kNoValue;
  double train_accuracy = kNoValue;
  double validation_accuracy = kNoValue;
  double test_accuracy = kNoValue;
  double energy_kwh = kNoValue;
  double co2eq_g = kNoValue;
  double carbon_intensity_g_per_kwh = kNoValue;
};

/// Meters of one kind, the n-th of each list being the n-th meter's.
struct MeterReadings {
  std::vector<double> average_power_w;
  std::vector<double> energy_j;
  std::vector<std::string_view> devices;  ///< into the message

  void clear();
};

/// One training: `ModelMetrics` of NAS-Bench-101 and `ModelMetricsEnergy` of EC-NAS. Both are read
/// alike, since what both have stands in the same fields and no other field has the same type.
struct TrainingMessage {
  std::vector<Evaluation> evaluations;
  std::optional<std::int32_t> trainable_parameters;
  double time_s = kNoValue;
  double energy_kwh = kNoValue;
  double co2eq_g = kNoValue;
  double carbon_intensity_g_per_kwh = kNoValue;
  std::string_view started;           ///< of energy measuring; texts point into the message
  std::string_view stopped;           ///< likewise
  std::string_view first_evaluation;  ///< when the first that says it was started
  std::string_view last_evaluation;   ///< when the last that says it was stopped
  MeterReadings gpu;
  MeterReadings cpu;
  bool has_energy = false;  ///< a field that only EC-NAS's message has is there

  // Of no published message: protobuf passes over fields that it does not know.
  double pue = kNoValue;                ///< in energies and emissions
  std::string_view provenance;          ///< a `Provenance` for each of `kMetrics`; into the message
  std::optional<std::uint64_t> repeat;  ///< from 1

  void clear();
};

/// Reads a message of either kind. Unknown fields are passed over; of a field that is there more
/// than once the last counts, as protobuf has it.
/// @param training  overwritten; its texts point into `bytes`
/// @return what is wrong; empty: nothing
[[nodiscard]] std::string_view parse_message(std::span<const std::byte> bytes,
                                             TrainingMessage& training);

enum class MessageKind : std::uint8_t { nasbench101, energy };

/// The message's bytes. Fields without a value are left out.
[[nodiscard]] std::string encode_message(const TrainingMessage& training, MessageKind kind);

}  // namespace ecnas::table::tfrecord
