#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "search/evaluated_cells.hpp"
#include "search/promotion.hpp"
#include "search/search_space.hpp"

namespace ecnas::search {

/// So many candidates are evaluated at one budget.
struct Rung {
  std::uint32_t budget;    ///< index into the problem's budgets
  std::size_t candidates;  ///< at most
  friend bool operator==(const Rung&, const Rung&) = default;
};

/// Rungs from a small budget to the largest: of each, the best go on to the next.
using Bracket = std::vector<Rung>;

/// Of n candidates at budget `first`, ⌊n η⁻ⁱ⌋ reach the budget i steps larger, at least one.
/// @param budgets  of the problem: the last rung is at budgets − 1
/// @pre first < budgets, η > 1
/// @source [JamTal16]
[[nodiscard]] Bracket halving_bracket(std::size_t first, std::size_t budgets,
                                      std::size_t candidates, double eta);

/// One bracket for each first budget, the smallest first: they spend about the same, from many
/// candidates trained shortly to few trained at length. n = ⌈S ηˢ / (s + 1)⌉ for s + 1 rungs of S
/// budgets. @source [Li18], Algorithm 1
[[nodiscard]] std::vector<Bracket> hyperband_brackets(std::size_t budgets, double eta);

/// A bracket as it runs: candidates enter its first rung, and when all of a rung are evaluated the
/// best move to the next. What is known of an earlier run is not asked for again; what is not of
/// the domain at the next budget makes way for the next best.
class BracketRun {
 public:
  /// No bracket: over.
  BracketRun() = default;
  explicit BracketRun(Bracket bracket) : bracket_(std::move(bracket)) {}

  [[nodiscard]] bool is_over() const { return rung_ >= bracket_.size(); }
  /// Of the present rung. @pre !is_over()
  [[nodiscard]] std::uint32_t budget() const { return bracket_[rung_].budget; }
  /// Candidates that may still enter the first rung.
  [[nodiscard]] std::size_t vacancies() const;

  /// @pre vacancies() > 0; the genotype stands for a candidate at the first rung's budget
  void enter(const Genotype& genotype) { members_.push_back(genotype); }

  /// Once all members are evaluated: promotes the best, rung by rung, until some need evaluation.
  /// Nobody enters any more.
  /// @return them; none: it is over
  [[nodiscard]] std::vector<Genotype> promote(const EvaluatedCells& evaluated,
                                              const SearchSpace& space, const Promotion& promotion);

 private:
  void climb(const EvaluatedCells& evaluated, const SearchSpace& space, const Promotion& promotion);

  Bracket bracket_;
  std::size_t rung_ = 0;
  std::vector<Genotype> members_;  // of the present rung
};

}  // namespace ecnas::search
