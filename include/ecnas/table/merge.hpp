#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/table/table.hpp"

namespace ecnas::table {

/// Which of two values of the same cell, budget and metric a merge keeps.
enum class Preference : std::uint8_t {
  measured,  ///< the later table's, unless it would put a scaled or predicted one for a measured
  last,      ///< the later table's, always
};
[[nodiscard]] std::string_view name(Preference preference);
[[nodiscard]] std::optional<Preference> parse_preference(std::string_view text);

struct MergeOptions {
  Preference prefer = Preference::measured;
  /// What all energies and emissions are converted to; absent: the tables must agree.
  std::optional<double> pue;
};

/// What became of the values of one metric of one table. Every repeat counts.
struct MergedMetric {
  std::string metric;
  std::size_t taken = 0;     ///< values of the result that are this table's
  std::size_t left_out = 0;  ///< not put for a measured one
  /// Values of the tables before that this one's were put for, by their `Provenance`.
  std::array<std::size_t, 4> replaced{};
};

struct MergedSource {
  std::string table;                  ///< its name
  std::vector<MergedMetric> metrics;  ///< those the table has, in its order
};

struct Merged {
  Table table;
  std::vector<MergedSource> sources;  ///< in the order of the tables
};

/// Lays tables over one another, the later over the earlier: measurements over predictions.
///
/// What is taken or left is all repeats of a metric for one cell at one budget, so that no mean
/// mixes two tables. Each value brings its provenance and interval; a cell's out-of-range flag
/// lasts as long as a value that its table predicted. The result has every cell, the noise models
/// (later over earlier), and the sources, citations and devices of all, one carbon intensity if
/// they agree on it, and reference points of its own. The same tables give the same bytes.
///
/// @param name  of the result, in messages
/// @throws Error{invalid_argument} for fewer than two tables, for different skeletons or data sets,
/// for energies of different PUE without `options.pue`, of an unknown one with it, or for a PUE
/// below 1; Error{invalid_data} for a table that `verify` refuses.
/// @complexity verifying included, about 1.6 s for two tables of 423,624 × 4 × 1 and 5 metrics
[[nodiscard]] Merged merge_tables(std::span<const Table* const> tables, const MergeOptions& options,
                                  std::string name);

}  // namespace ecnas::table
