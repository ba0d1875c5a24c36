#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace ecnas::table::tfrecord {

/// Metrics that a record's message holds besides its meters, in the order planes keep them: at the
/// end, halfway, of the whole run.
inline constexpr std::array<std::string_view, 15> kMetrics = {"train_accuracy",
                                                              "validation_accuracy",
                                                              "test_accuracy",
                                                              "training_time_s",
                                                              "energy_kwh",
                                                              "co2eq_g",
                                                              "train_accuracy_halfway",
                                                              "validation_accuracy_halfway",
                                                              "test_accuracy_halfway",
                                                              "training_time_s_halfway",
                                                              "energy_kwh_halfway",
                                                              "co2eq_g_halfway",
                                                              "run_time_s",
                                                              "run_energy_kwh",
                                                              "run_co2eq_g"};

/// Their places in `kMetrics`.
namespace metric {
enum : std::size_t {
  train_accuracy = 0,
  validation_accuracy = 1,
  test_accuracy = 2,
  training_time = 3,
  energy = 4,
  co2eq = 5,
  halfway = 6,  // the first of them
  run_time = 12,
  run_energy = 13,
  run_co2eq = 14,
};
}  // namespace metric

}  // namespace ecnas::table::tfrecord
