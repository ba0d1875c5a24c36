#pragma once
/// What problems, searches and comparisons share.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bindings.hpp"
#include "ecnas/search/problem.hpp"
#include "ecnas/search/search.hpp"
#include "ledger.hpp"
#include "models.hpp"

namespace ecnas::python {

/// A problem that keeps its table, with the account of who evaluates on it by hand.
struct ProblemHandle {
  TableHandle table;
  std::shared_ptr<const search::Problem> problem;
  std::shared_ptr<LedgerHandle> ledger;
};

/// Options of an algorithm, by name.
using Options = std::map<std::string, double>;

struct Limits {
  std::optional<std::size_t> evaluations;
  std::optional<double> energy_kwh;
  std::optional<double> co2eq_g;
  std::optional<double> training_time_s;
};

[[nodiscard]] search::OptionValues option_values(const Options& options);

/// @param prior  null: nothing is known beforehand
/// @throws Error{not_found} for a limit on what the table does not tell
[[nodiscard]] search::SearchOptions common_options(const table::Table& table, const Limits& limits,
                                                   std::size_t trials, std::uint64_t seed,
                                                   unsigned threads, bool noisy,
                                                   const ModelHandle* prior);

void bind_comparison(nb::module_& module);

}  // namespace ecnas::python
