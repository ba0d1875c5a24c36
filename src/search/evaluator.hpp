#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "ecnas/core/result.hpp"
#include "ecnas/moo/algorithm.hpp"
#include "ecnas/search/problem.hpp"
#include "ecnas/search/search.hpp"

namespace ecnas::search {

/// The one place through which a trial looks anything up: books every request in the ledger, logs
/// evaluations and knows when to stop.
class Evaluator {
 public:
  /// @param noise_seed  evaluations are drawn; absent: they are as expected
  Evaluator(const Problem& problem, const StopRule& rule, std::optional<std::uint64_t> noise_seed,
            const std::stop_token& stop, const std::function<void(std::size_t)>& observer);

  /// Requests a candidate; absent stands for a specification that is no cell.
  /// @pre !stop_reason()
  Result<Measurement, moo::Failure> request(std::optional<Candidate> candidate);

  /// What an algorithm is told: the objectives, or, where constraints are broken, a point that is
  /// worse than all of the table in every objective, by more the more they are broken. So every
  /// algorithm prefers solutions that keep them, and among others those nearer to that. [Deb00]
  [[nodiscard]] moo::Objectives told(const Measurement& measurement) const;

  /// A cell outside the domain was drawn and thrown away.
  void book_absent() { ledger_.book_absent(); }

  [[nodiscard]] std::optional<StopReason> stop_reason() const { return stop_reason_; }

  /// The finished trial. @pre stop_reason()
  [[nodiscard]] Trial finish(std::uint64_t seed) &&;

 private:
  [[nodiscard]] std::optional<StopReason> judge() const;
  void log(Candidate candidate, const Measurement& measurement);

  const Problem& problem_;
  const StopRule& rule_;
  std::optional<std::uint64_t> noise_seed_;
  const std::stop_token& stop_;
  const std::function<void(std::size_t)>& observer_;
  table::Ledger ledger_;
  std::size_t repeats_in_a_row_ = 0;
  std::vector<Evaluation> evaluations_;
  std::optional<StopReason> stop_reason_;
};

}  // namespace ecnas::search
