#pragma once
/// What a comparison shows, as JSON, as tables, and at a terminal.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"
#include "document.hpp"
#include "ecnas/search/comparison.hpp"
#include "ecnas/search/own_cost.hpp"

namespace ecnas::app {

/// A comparison with all that is told of it.
struct ComparisonReport {
  const search::Problem* problem = nullptr;
  const search::Study* study = nullptr;
  search::StudyParameters parameters;
  search::StopRule stop;
  bool is_noisy = false;
  search::Comparison comparison;
  double own_power_w = 0;
  std::vector<search::OwnCost> own_costs;      ///< (contenders)
  std::vector<search::BreakEven> break_evens;  ///< of pairs
};

/// `mean`, `std`, `interval`, `trials`; null where there is none.
[[nodiscard]] Json to_json(const search::Summary& summary);

/// The document for standard output: nothing that differs from run to run.
[[nodiscard]] Json comparison_json(const ComparisonReport& report);

/// What running the algorithms took: what differs from run to run.
[[nodiscard]] Json timings_json(const ComparisonReport& report);

/// Every value of every curve, in a row of its own.
[[nodiscard]] DocumentTable curves_table(const ComparisonReport& report);
/// Final indicators, a row a trial.
[[nodiscard]] DocumentTable trials_table(const ComparisonReport& report);
/// Every pair that was tested.
[[nodiscard]] DocumentTable tests_table(const ComparisonReport& report);

/// For people: the contenders, best first, and the verdict.
[[nodiscard]] std::string comparison_text(const ComparisonReport& report);

/// "0.9981 ± 0.0004", or the value alone where there is no deviation; "–" for none.
[[nodiscard]] std::string mean_text(const search::Summary& summary, int decimals);

/// "300 evaluations and 2 kWh a trial"
[[nodiscard]] std::string budget_text(const search::StopRule& rule);

}  // namespace ecnas::app
