#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::energy {

/// Average carbon intensity of a grid's electricity over a year.
struct Zone {
  std::string_view code;  ///< ISO 3166 ("DK", "US-CA"), "EU" or "WORLD"
  std::string_view name;
  double g_per_kwh = 0;  ///< gCO2eq
  int year = 0;
  std::string_view source;
};

/// All of them, sorted by code.
[[nodiscard]] std::span<const Zone> zones();

/// By code or name, in any case; "UK" and "USA" are understood.
/// @throws Error{invalid_argument} with the nearest zone
[[nodiscard]] const Zone& find_zone(std::string_view code_or_name);

/// Intensity over time: each value holds from its time to the next one's, the last as long as the
/// one before it; a single one holds from its time on.
class IntensitySeries {
 public:
  struct Point {
    double unix_s = 0;
    double g_per_kwh = 0;
  };

  /// @throws Error{invalid_argument} unless times rise, values are finite and not negative, and
  /// there is one or more
  explicit IntensitySeries(std::vector<Point> points);

  /// CSV with a header: a column of times (RFC 3339, or Unix seconds) and one of gCO2eq/kWh, by
  /// name where the header has several: see docs/carbon.md. At most 10 million rows and 64 MB.
  /// @throws Error{not_found}, Error{io_failure}, Error{invalid_data} with the line
  [[nodiscard]] static IntensitySeries read(const std::filesystem::path& file);

  /// Absent before the first value and once the last one's time is over.
  /// @complexity O(log n)
  [[nodiscard]] std::optional<double> at(double unix_s) const;
  [[nodiscard]] std::span<const Point> points() const { return points_; }

 private:
  std::vector<Point> points_;
};

/// The intensity that emissions were computed with, as recorded.
struct EmissionFactor {
  double g_per_kwh = 0;  ///< weighted by energy where it changed
  std::string zone;      ///< empty: given as a number
  std::string time;      ///< a year, or the time of it in UTC
  std::string source;    ///< a table, a file, a provider, "given"
};

/// What an emission or an energy is like, to have an idea of it.
struct Equivalent {
  std::string_view what;  ///< "km by car"
  double amount = 0;
  std::string_view source;
};

/// Kilometres by car where the emission is known, charges of a phone.
[[nodiscard]] std::vector<Equivalent> equivalents(double energy_kwh, std::optional<double> co2eq_g);

}  // namespace ecnas::energy
