#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/energy/carbon.hpp"
#include "ecnas/energy/inventory.hpp"
#include "ecnas/energy/source.hpp"

namespace ecnas::energy {

inline constexpr double kJoulesPerKwh = 3.6e6;

/// Energy of one source in some time, as its meter has it: without PUE.
struct ComponentEnergy {
  double energy_j = 0;
  double covered_s = 0;  ///< of that time, really observed
};

/// Share of a time that was observed, 0 to 1; 1 of no time.
[[nodiscard]] double coverage(const ComponentEnergy& energy, double duration_s);

/// One source over the whole measurement.
struct Component {
  SourceDescription source;
  ComponentEnergy energy;
  /// Of the machine at rest, over the same time; reported apart, never taken off.
  std::optional<double> idle_energy_j;
};

/// A named region. Regions may lie in one another.
struct Span {
  std::string name;
  std::size_t depth = 0;  ///< how many regions it lies in
  double begin_s = 0;     ///< since the measurement began
  double duration_s = 0;
  std::vector<ComponentEnergy> components;  ///< in the order of the measurement's
  bool is_complete = true;                  ///< ended before the measurement did
};

/// Where all components were at some time, for plots and CSV.
struct Sample {
  double time_s = 0;
  std::vector<ComponentEnergy> components;  ///< since the measurement began
};

/// What was used, and how well that is known.
struct Measurement {
  std::string started;  ///< UTC, ISO 8601
  double duration_s = 0;
  std::vector<Component> components;
  std::vector<Span> spans;  ///< in the order in which they began
  std::vector<Sample> samples;
  double pue = 1;  ///< power usage effectiveness: the data centre's share on top
  std::optional<EmissionFactor> emission_factor;
  std::optional<double> co2eq_g;  ///< energy with PUE × intensity, the latter at its time
  MachineDescription machine;
  std::vector<std::string> command;
  std::optional<int> exit_status;  ///< of the command; 128 + the signal that ended it
  std::vector<std::string> notes;  ///< what happened to sources: gaps, wraps, resets
  double interval_s = 0;           ///< between samples, asked for
  double jitter_s = 0;             ///< standard deviation of it
  double overhead_cpu_s = 0;       ///< CPU time of measuring
  std::string version;             ///< of ecnas

  /// Between what bounds the energy is expected, of which models are unsure; absent without models.
  [[nodiscard]] std::optional<std::pair<double, double>> energy_kwh_interval() const;

  /// Sum over components, PUE included.
  [[nodiscard]] double energy_kwh() const;
  [[nodiscard]] double energy_kwh(const Span& span) const;
  /// The smallest of its components', as a share; 0 without components.
  [[nodiscard]] double coverage() const;
  [[nodiscard]] double coverage(const Span& span) const;
};

/// The document of docs/formats/track.md.
[[nodiscard]] std::string to_json(const Measurement& measured);

/// Reads back what `to_json` wrote; samples are not part of it.
/// @throws Error{invalid_data} for a text that is no such document, `document` being its name
[[nodiscard]] Measurement measurement_from_json(std::string_view text, const std::string& document);

}  // namespace ecnas::energy
