#include "search/sh_emoa.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ecnas/core/error.hpp"
#include "search/option_checks.hpp"
#include "search/promotion.hpp"

namespace ecnas::search {
namespace {

// Where costs limit a trial, nobody knows how many evaluations it will have: rounds are short.
constexpr std::size_t kShortRound = 200;
constexpr int kMaxRedraws = 32;  // children that may turn out to be known before a sample is taken

/// Evaluations of a round that is not told how many.
std::size_t round_within(const StopRule& stop) {
  const bool is_costed = stop.energy_kwh || stop.co2eq_g || stop.training_time_s;
  return stop.count && !is_costed ? *stop.count : kShortRound;
}

}  // namespace

void validate(const ShEmoaOptions& options) {
  require_some(options.population, "SH-EMOA", "population");
  require_some(options.tournament, "SH-EMOA", "tournament");
  if (!(options.eta > 1)) {
    fail(ErrorCode::invalid_argument, "SH-EMOA: eta: {}; expected above 1", options.eta);
  }
  require_share(options.crossover_probability, "SH-EMOA", "crossover_probability");
}

OptionFields<ShEmoaOptions> sh_emoa_fields() {
  using Options = ShEmoaOptions;
  return {
      {"population", &Options::population, "solutions kept"},
      {"evaluations", &Options::evaluations,
       "of a round over all budgets; 0: those of the limit if only evaluations are limited, else "
       "200"},
      {"eta", &Options::eta, "a budget has so many times the children of the next larger one"},
      {"tournament", &Options::tournament, "solutions of which the best is a parent"},
      {"crossover_probability", &Options::crossover_probability,
       "that a child has two parents; else it is a mutant"},
  };
}

std::vector<std::size_t> sh_emoa_children(std::size_t evaluations, std::size_t population,
                                          std::size_t budgets, double eta) {
  const std::size_t for_population = population * budgets;
  const auto spare = static_cast<double>(evaluations - std::min(evaluations, for_population));
  double whole = 0;
  for (std::size_t budget = 0; budget < budgets; ++budget)
    whole += std::pow(eta, static_cast<double>(budget));
  std::vector<std::size_t> children;
  double share = 0;  // of the budgets so far
  std::size_t allotted = 0;
  for (std::size_t budget = 0; budget < budgets; ++budget) {
    share += std::pow(eta, static_cast<double>(budgets - 1 - budget)) / whole;
    const auto until = static_cast<std::size_t>(std::llround(spare * share));
    children.push_back(std::max<std::size_t>(1, until - allotted));
    allotted = until;
  }
  return children;
}

ShEmoa::ShEmoa(const AlgorithmContext& context, ShEmoaOptions options)
    : context_(context),
      options_((validate(options), options)),
      evaluated_(context.space),
      children_(sh_emoa_children(
          options.evaluations > 0 ? options.evaluations : round_within(context.stop),
          options.population, evaluated_.budgets(), options.eta)) {}

std::vector<Genotype> ShEmoa::ask(Rng& rng) {
  // Each turn that asks for nothing leaves a budget; after a round of them nothing is left to
  // breed.
  for (std::uint32_t turn = 0; turn <= evaluated_.budgets(); ++turn) {
    if (!has_entered_) {
      std::vector<Genotype> members = enter_budget(rng);
      if (!members.empty()) return members;
    }
    if (left_ > 0) {
      --left_;
      if (std::optional<Genotype> child = bred(rng)) return {*std::move(child)};
    }
    next_budget();
  }
  return {evaluated_.unseen_from(budget_, context_.variation, rng)};
}

void ShEmoa::next_budget() {
  budget_ = (budget_ + 1) % evaluated_.budgets();
  has_entered_ = false;
}

/// The population's cells at the new budget, and samples where it is short of members.
/// @return those that are not evaluated yet
std::vector<Genotype> ShEmoa::enter_budget(Rng& rng) {
  has_entered_ = true;
  left_ = children_[budget_];
  std::vector<Genotype> unknown;
  moo::Population<Genotype> known;
  for (const moo::Solution<Genotype>& member : population_) {
    Genotype same = at_budget(member.genotype, budget_);
    if (!context_.space.contains(*same.candidate)) continue;
    if (evaluated_.contains(*same.candidate)) {
      known.push_back({evaluated_.objectives(*same.candidate), std::move(same)});
    } else {
      unknown.push_back(std::move(same));
    }
  }
  population_ = std::move(known);
  survive();
  const std::size_t members = population_.size() + unknown.size();
  const std::size_t missing = options_.population - std::min(options_.population, members);
  for (Genotype& sample : evaluated_.unseen(budget_, missing, context_.variation, rng)) {
    const bool is_member = std::ranges::any_of(
        unknown, [&](const Genotype& other) { return other.candidate == sample.candidate; });
    if (!is_member) unknown.push_back(std::move(sample));
  }
  return unknown;
}

const Genotype& ShEmoa::parent(Rng& rng) const {
  std::size_t best = rng.below(population_.size());
  for (std::size_t drawn = 1; drawn < options_.tournament; ++drawn)
    best = std::min<std::size_t>(best, rng.below(population_.size()));
  return population_[best].genotype;
}

/// A child that is not evaluated at the budget yet; a sample where mutation finds none; absent
/// where there is none.
std::optional<Genotype> ShEmoa::bred(Rng& rng) {
  CellVariation& variation = context_.variation;
  variation.set_budget(budget_);
  for (int attempt = 0; attempt < kMaxRedraws && !population_.empty(); ++attempt) {
    const Genotype& first = parent(rng);
    const Genotype child = rng.chance(options_.crossover_probability)
                               ? variation.recombine(first, parent(rng), rng)
                               : variation.mutate(first, rng);
    if (child.candidate && !evaluated_.contains(*child.candidate)) return child;
  }
  return evaluated_.unseen(budget_, variation, rng);
}

void ShEmoa::tell(std::span<const moo::Evaluated<Genotype>> evaluated) {
  evaluated_.record(evaluated);
  moo::append(population_, evaluated);
  survive();
}

/// Sorts, best first, and discards what contributes least to the worst rank until all find room.
void ShEmoa::survive() {
  for (;;) {
    moo::Population<Genotype> sorted;
    for (const std::size_t i :
         best_by_contribution(moo::objectives_of(population_), population_.size()))
      sorted.push_back(std::move(population_[i]));
    population_ = std::move(sorted);
    if (population_.size() <= options_.population) return;
    population_.pop_back();
  }
}

}  // namespace ecnas::search
