#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/sweep/store.hpp"
#include "ecnas/table/import.hpp"

namespace ecnas::sweep {

/// A run that is not in the table, and why.
struct MissingRun {
  Run run;
  std::string kind;  ///< of the failure; "damaged" for results that cannot be read
  std::string message;
};

struct Collected {
  table::Imported imported;
  std::vector<MissingRun> failed;
  std::vector<MissingRun> damaged;  ///< `retry` has them done again
  std::size_t left = 0;             ///< neither done nor failed
};

/// A table of all results that are there, with provenance `measured`. The same results give the
/// same bytes, whoever collects.
/// @throws Error{not_found} if nothing is done; Error{invalid_data} for runs that contradict each
/// other: another network, data set, PUE or quality of energy; Error{io_failure}
[[nodiscard]] Collected collect(const Sweep& sweep, unsigned threads = 0);

/// What `retry` opened.
struct Reopened {
  std::size_t failed = 0;
  std::size_t damaged = 0;
  std::size_t shared_machine = 0;
};

/// Opens failed runs, and those whose results are damaged, to be done again. Runs whose training
/// itself failed begin anew, others where their checkpoint is.
/// @param kind  only these failures; "damaged" only those; "shared_machine" only runs that are done
/// but shared their machine, which nothing else opens
/// @throws Error{io_failure}
Reopened retry(const Sweep& sweep, const std::optional<std::string>& kind = {});

}  // namespace ecnas::sweep
