#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::table {

/// Units in which people write down energies.
enum class EnergyUnit : std::uint8_t { kwh, wh, j };
[[nodiscard]] std::string_view name(EnergyUnit unit);  ///< "kwh", "wh", "j"
[[nodiscard]] std::optional<EnergyUnit> parse_energy_unit(std::string_view text);
[[nodiscard]] double kwh_per(EnergyUnit unit);

/// One column of energies of a file of measurements.
struct EnergyColumn {
  std::string name;                ///< as in the header: "rtx3060_wh"
  std::optional<EnergyUnit> unit;  ///< that the name ends in
  std::vector<double> values;      ///< (rows), as written; NaN: not measured
};

/// A CSV of measured cells: a row a cell, named by `hash` or by `adjacency` and `ops`
/// (docs/formats/csv.md), and columns of energies, whose names end in `_kwh`, `_wh` or `_j` or are
/// `energy`. Optional columns: `epochs`, `repeat`, `pue`, and an energy's `…_provenance`: values
/// that are not `measured` count as not there. Other columns are passed over.
struct MeasurementFile {
  std::string name;  ///< for messages: the file's
  std::optional<double> pue;
  std::vector<std::size_t> lines;     ///< (rows), from 1
  std::vector<space::Cell> cells;     ///< (rows), representatives
  std::vector<std::int32_t> epochs;   ///< (rows), or empty: the file does not say
  std::vector<std::int64_t> repeats;  ///< (rows); 1 where the file does not say
  std::vector<EnergyColumn> columns;
};

/// @param name    stands in messages for the file's
/// @param wanted  a column that is read whatever its name; empty: none
/// @throws Error{invalid_data} with file and line for a row of another width, an unknown or invalid
/// cell, a hash that is another cell's, a value that is no positive number, or columns that are
/// missing; Error{not_found} if there is no column `wanted`
[[nodiscard]] MeasurementFile read_measurements(std::string_view text, std::string_view name,
                                                std::string_view wanted = {});

/// Energies of cells on one device at one budget.
struct Measurements {
  std::vector<space::Cell> cells;    ///< (n), in the order of their first rows
  std::vector<double> energies_kwh;  ///< (n): geometric means of a cell's repeats
  std::vector<std::size_t> lines;    ///< (n), of their first rows
};

/// One column's energies.
/// @param unit    of the values; absent: that of the column's name
/// @param epochs  rows of other budgets are passed over, if the file says any
/// @throws Error{invalid_argument} if the unit is neither given nor in the name;
/// Error{invalid_data} with both lines for two values of a cell that are not of different repeats,
/// and for fewer than 3 cells
[[nodiscard]] Measurements measurements(const MeasurementFile& file, const EnergyColumn& column,
                                        std::optional<EnergyUnit> unit, std::int32_t epochs);

/// Fewer say nothing of a device.
inline constexpr std::size_t kFewestMeasured = 3;

}  // namespace ecnas::table
