#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/analysis/correlations.hpp"
#include "ecnas/analysis/metric.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::analysis {

/// What is known of cells before any training, as `ecnas train --proxies` writes it.
struct Proxy {
  std::string name;            ///< of its column
  std::vector<double> values;  ///< (N), in order of the table's rows; NaN: not there
};

/// Reads the CSV: a column `hash`, and a number of each proxy in every other one; an empty field is
/// no number. How long they took (`proxies_time_s`) is none of them; cells outside the table are
/// passed over.
/// @param name  stands in messages for the file's
/// @throws Error{invalid_data} with file and line for a row of another width, what is no hash or no
/// finite number, or a cell that occurs twice; Error{not_found} if no cell is the table's
[[nodiscard]] std::vector<Proxy> read_proxies(std::string_view text, std::string_view name,
                                              const table::Table& table);

/// How alike a proxy and a metric of trained networks order the cells.
struct ProxyCorrelation {
  std::string proxy;
  Metric metric;
  RankCorrelation correlation;
};

/// Every proxy with every metric, by proxy first.
/// @param epochs  as of `chosen_epochs`
/// @throws as `read_values`
[[nodiscard]] std::vector<ProxyCorrelation> proxy_correlations(
    const table::Table& table, std::span<const Proxy> proxies, std::span<const Metric> metrics,
    std::int32_t epochs, const Reading& reading = {}, const CorrelationOptions& options = {});

}  // namespace ecnas::analysis
