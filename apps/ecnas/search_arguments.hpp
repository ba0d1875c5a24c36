#pragma once
/// What `search` and `compare` share: how a trial ends, what is known beforehand, noise, seeds.

#include <string>

#include "command.hpp"
#include "ecnas/search/search.hpp"

namespace ecnas::app {

struct SearchArguments {
  search::StopRule stop;
  std::string prior = "energy";
  bool is_noisy = false;
  std::uint64_t seed = 0;

  /// @param count_note  what is said of --evaluations beyond "End a trial after N evaluations"
  void add_to(CLI::App& command, const std::string& count_note = {});

  /// Fills in what these say; the energies of the shipped model where they are the prior.
  /// @throws Error{invalid_argument} for an unknown prior, or limits that are not positive;
  /// Error{not_found} for a limit on a cost that the table does not hold, which would never be
  /// reached
  void apply_to(search::SearchOptions& options, const table::Table& table) const;

  [[nodiscard]] bool has_limit() const;

  /// As it stands on a command line, from a space on.
  [[nodiscard]] std::string text() const;
};

/// A prior as parameters name it: "energy of ecnas-7v 0123456789ab", or "none".
[[nodiscard]] std::string prior_text(const std::string& prior);

/// The names that --algorithm takes: "auto, keen, …".
[[nodiscard]] std::string algorithm_names();

/// Warns on standard error that no solution is below the reference point, so that hypervolumes
/// are 0.
void warn_of_reference(const moo::Objectives& reference_point);

}  // namespace ecnas::app
