#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::table {

/// One entry of `evaluation_results`: the network after some epochs. Values since the start.
struct Checkpoint {
  double epochs;
  double train_accuracy;
  double validation_accuracy;
  double test_accuracy;
  double training_time_s;
  double energy_kwh;
  double co2eq_g;
};

/// One power meter of a run.
struct Component {
  std::string name;  ///< `gpu0`, `cpu0`, `cpu1`
  double energy_j;   ///< PUE not included
  double average_power_w;
};

/// What a run of `ecnas-train` says besides, under the key `ecnas`: what a table must know that the
/// published files leave to their paper.
struct TrainerFacts {
  std::string version;
  double pue;
  std::string energy_quality;
  std::string data_set;
  std::string data_checksum;
  std::array<std::int64_t, 3> images;  ///< training, validation, test
  space::Skeleton skeleton;
  bool is_shared_machine;
};

/// The content of one results.json (docs/formats/results.md).
struct Run {
  std::optional<space::Hash> model_hash;
  std::int64_t trainable_parameters;
  double time_s;
  double energy_kwh;
  double co2eq_g;
  std::optional<double> carbon_intensity_g_per_kwh;
  std::vector<Component> components;
  std::vector<std::string> devices;
  std::vector<Checkpoint> checkpoints;  ///< by epochs, at least one, the last at a whole number
  std::optional<TrainerFacts> trainer;
};

/// @param origin  stands in messages for the file or archive member
/// @throws Error{invalid_data} naming origin and key
[[nodiscard]] Run parse_run(std::string_view text, std::string_view origin);

/// What the folders around a results.json say: `…/4_epochs/00/HASH/repeat_1/results.json`.
struct RunPlace {
  std::optional<space::Hash> hash;
  std::optional<std::int32_t> epochs;
  std::optional<std::size_t> repeat;
};
[[nodiscard]] RunPlace parse_place(std::string_view path);

inline constexpr std::string_view kResultsName = "results.json";
[[nodiscard]] bool is_results_path(std::string_view path);

}  // namespace ecnas::table
