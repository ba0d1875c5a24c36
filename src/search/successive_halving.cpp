#include "search/successive_halving.hpp"

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"

namespace ecnas::search {

Bracket halving_bracket(std::size_t first, std::size_t budgets, std::size_t candidates,
                        double eta) {
  ECNAS_ASSERT(first < budgets && eta > 1);
  Bracket bracket;
  double divisor = 1;
  for (std::size_t budget = first; budget < budgets; ++budget) {
    const auto remaining =
        static_cast<std::size_t>(std::floor(static_cast<double>(candidates) / divisor));
    bracket.push_back({static_cast<std::uint32_t>(budget), std::max<std::size_t>(1, remaining)});
    divisor *= eta;
  }
  return bracket;
}

std::vector<Bracket> hyperband_brackets(std::size_t budgets, double eta) {
  std::vector<Bracket> brackets;
  for (std::size_t first = 0; first < budgets; ++first) {
    const auto steps = static_cast<double>(budgets - first - 1);  // Paper: s
    const double candidates =
        std::ceil(static_cast<double>(budgets) * std::pow(eta, steps) / (steps + 1));
    brackets.push_back(halving_bracket(first, budgets, static_cast<std::size_t>(candidates), eta));
  }
  return brackets;
}

std::size_t BracketRun::vacancies() const {
  if (is_over() || rung_ > 0) return 0;
  return bracket_.front().candidates - members_.size();
}

void BracketRun::climb(const EvaluatedCells& evaluated, const SearchSpace& space,
                       const Promotion& promotion) {
  const std::uint32_t next = bracket_[rung_].budget;
  std::vector<Genotype> eligible;
  std::vector<moo::Objectives> points;
  for (const Genotype& member : members_) {
    const Candidate candidate = *member.candidate;
    if (!evaluated.contains(candidate) || !space.contains({candidate.row, next})) continue;
    eligible.push_back(member);
    points.push_back(evaluated.objectives(candidate));
  }
  members_.clear();
  for (const std::size_t position : promotion(points, bracket_[rung_].candidates))
    members_.push_back(at_budget(eligible[position], next));
}

std::vector<Genotype> BracketRun::promote(const EvaluatedCells& evaluated, const SearchSpace& space,
                                          const Promotion& promotion) {
  while (++rung_ < bracket_.size()) {
    climb(evaluated, space, promotion);
    std::vector<Genotype> unknown;
    for (const Genotype& member : members_) {
      if (!evaluated.contains(*member.candidate)) unknown.push_back(member);
    }
    if (!unknown.empty()) return unknown;
  }
  return {};
}

}  // namespace ecnas::search
