#pragma once
/// Runs as the published results.json files have them.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/table/import.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table::testing {

using nlohmann::json;

inline json evaluation(double epochs, double accuracy, double time, double energy) {
  return {{"epochs", epochs},           {"training_time", time},
          {"train_accuracy", accuracy}, {"validation_accuracy", accuracy},
          {"test_accuracy", accuracy},  {"energy (kWh)", energy},
          {"co2eq (g)", energy * 100},  {"predict_time", 2.0}};
}

/// A run as the published files have it: PUE 1.5, both sockets under one entry, a colon in a key.
inline json run_of(const space::Cell& cell) {
  return {{"trainable_params", space::trainable_parameters(cell)},
          {"total_time", 100.0},
          {"total_energy (kWh)", 0.003},
          {"total_co2eq (g)", 0.3},
          {"avg_intensity (gCO2/kWh)", 100.0},
          {"start_emission", "2022-05-28 15:03:53"},
          {"avg_power_usages:",
           {{"gpu",
             {{"avg_power_usages (W)", {{50.0}}},
              {"avg_energy_usages (J)", {{3600.0}}},
              {"devices", {"NVIDIA Test"}}}},
            {"cpu",
             {{"avg_power_usages (W)", {{20.0, 30.0}}},
              {"avg_energy_usages (J)", {{1200.0, 2400.0}}},
              {"devices", {"cpu:0", " cpu:1"}}}}}},
          {"evaluation_results",
           {evaluation(0, 0.125, 0, 0.0005), evaluation(2, 0.25, 16, 0.001),
            evaluation(4, 0.5, 32, 0.002)}}};
}

inline std::string place(const space::Cell& cell, int repeat,
                         const std::string& epochs = "4_epochs") {
  const std::string hash = space::to_text(space::hash_of(cell));
  return "4V9E/" + epochs + "/" + hash.substr(0, 2) + "/" + hash + "/repeat_" +
         std::to_string(repeat) + "/results.json";
}

/// Imports a folder that holds one changed run.
inline Imported import_run(const json& run, const space::Cell& cell = kTrivial) {
  const TempFolder folder;
  folder.write(place(cell, 1), run.dump());
  return import_tables(std::vector{folder.path()});
}

inline bool has_note(const ImportSummary& summary, std::string_view part) {
  return std::ranges::any_of(
      summary.notes, [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

}  // namespace ecnas::table::testing
