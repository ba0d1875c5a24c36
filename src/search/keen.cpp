#include "search/keen.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/ranking.hpp"
#include "search/option_checks.hpp"

namespace ecnas::search {
namespace {

constexpr double kReferenceMargin = 2;  // beyond the front, of its range
constexpr double kLeastCost = 1e-12;    // where all is 0
constexpr std::size_t kFewValues = 8;   // too few to tell which are outliers

bool is_error(Objective objective) {
  return objective == Objective::validation_error || objective == Objective::test_error;
}

/// Trainings that failed are as bad as can be, and say nothing of their neighbours: values are cut
/// a quartile range above the median of their budget.
void clip_bad_outliers(std::span<const Candidate> candidates, Eigen::VectorXd& values) {
  std::map<std::uint32_t, std::vector<double>> by_budget;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    by_budget[candidates[i].budget].push_back(values[static_cast<Eigen::Index>(i)]);
  std::map<std::uint32_t, double> ceilings;
  for (auto& [budget, all] : by_budget) {
    std::ranges::sort(all);
    const std::size_t n = all.size();
    ceilings[budget] = n < kFewValues ? all.back() : all[n / 2] + all[3 * n / 4] - all[n / 4];
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    double& value = values[static_cast<Eigen::Index>(i)];
    value = std::min(value, ceilings.at(candidates[i].budget));
  }
}

/// Sum of squares about the means by budget.
double scatter_within_budgets(std::span<const Candidate> candidates, const Eigen::ArrayXd& values) {
  std::map<std::uint32_t, std::vector<double>> by_budget;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    by_budget[candidates[i].budget].push_back(values[static_cast<Eigen::Index>(i)]);
  double sum = 0;
  for (const auto& [budget, all] : by_budget) {
    const double mean =
        std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
    for (const double value : all)
      sum += (value - mean) * (value - mean);
  }
  return sum;
}

/// Do guesses explain at least half of how values differ within budgets? Others would do harm.
bool are_of_use(const QuantityGuesses& guesses, std::span<const Candidate> learnt,
                const Eigen::VectorXd& values) {
  if (learnt.size() < kFewValues || !(values.array() > 0).all()) return true;
  const Eigen::Map<const Eigen::ArrayXd> guessed(guesses.from.data(), values.size());
  return scatter_within_budgets(learnt, (values.array() / guessed).log()) <=
         0.5 * scatter_within_budgets(learnt, values.array().log());
}

}  // namespace

void validate(const KeenOptions& options) {
  require_some(options.initial, "KEEN", "initial");
  require_some(options.pool, "KEEN", "pool");
  require_some(options.training, "KEEN", "training");
  require_share(options.batch, "KEEN", "batch");
  if (options.thrift != -1 && !(options.thrift >= 0 && options.thrift <= 1)) {
    fail(ErrorCode::invalid_argument, "KEEN: thrift: {}; expected 0 to 1, or -1", options.thrift);
  }
}

OptionFields<KeenOptions> keen_fields() {
  using Options = KeenOptions;
  return {
      {"initial", &Options::initial, "samples of the first step"},
      {"pool", &Options::pool, "cells considered a step"},
      {"training", &Options::training, "evaluations that the models learn from, at most"},
      {"batch", &Options::batch, "evaluations a step, of those so far; at least one"},
      {"thrift", &Options::thrift,
       "exponent of cost that gains are divided by; -1: 1 under a limit on cost, else 0"},
      {"use_prior", &Options::use_prior, "use what is known of energy beforehand"},
      {"use_neighbours", &Options::use_neighbours, "propose one-edit neighbours of the archive"},
      {"choose_budgets", &Options::choose_budgets, "choose budgets; else they take turns"},
      {"use_features", &Options::use_features,
       "features of cells; else edges and operations as written"},
      {"use_uncertainty", &Options::use_uncertainty, "else predictions count as certain"},
  };
}

Keen::Keen(const AlgorithmContext& context, KeenOptions options)
    : context_(context),
      options_((validate(options), options)),
      observed_(context.space, options.use_features ? CellEncoding::Kind::features
                                                    : CellEncoding::Kind::adjacency),
      objectives_(context.space.objectives().size()),
      feasibility_(context.constraints) {}

std::vector<Genotype> Keen::ask(Rng& rng) {
  if (observed_.size() < std::max<std::size_t>(options_.initial, 2)) {
    return moo::samples(context_.variation, options_.initial, rng);
  }
  const std::vector<std::size_t> front = observed_.front();
  const std::vector<Candidate> candidates = pool(front, rng);
  if (candidates.empty()) return moo::samples(context_.variation, 1, rng);
  believe(candidates, rng);
  std::vector<Genotype> chosen;
  for (const Candidate& candidate : choose(candidates, front))
    chosen.push_back(context_.variation.at(candidate, rng));
  return chosen;
}

void Keen::tell(std::span<const moo::Evaluated<Genotype>> evaluated) {
  observed_.add(evaluated);
}

/// What is considered: cells at every budget where they are not evaluated yet, or, where budgets
/// take turns, at the first that has any, from the next one on.
std::vector<Candidate> Keen::pool(std::span<const std::size_t> front, Rng& rng) {
  const auto budgets = static_cast<std::uint32_t>(context_.space.budgets().size());
  const std::vector<table::Row> rows = cells_to_consider(front, rng);
  std::vector<Candidate> candidates;
  const auto add = [&](std::uint32_t budget) {
    for (const table::Row row : rows) {
      const Candidate candidate{row, budget};
      if (context_.space.contains(candidate) && !observed_.contains(candidate))
        candidates.push_back(candidate);
    }
  };
  if (options_.choose_budgets) {
    for (std::uint32_t budget = 0; budget < budgets; ++budget)
      add(budget);
    return candidates;
  }
  for (std::uint32_t turn = 0; turn < budgets && candidates.empty(); ++turn) {
    turn_ = (turn_ + 1) % budgets;
    add(turn_);
  }
  return candidates;
}

/// All cells where the pool holds them; else those of the front, up to half of the pool cells near
/// them, and for each quarter of it mutants of theirs and cells at random. @return ascending
std::vector<table::Row> Keen::cells_to_consider(std::span<const std::size_t> front, Rng& rng) {
  const SearchSpace& space = context_.space;
  std::set<table::Row> rows;
  if (space.domain(0).size() <= options_.pool) {
    for (std::uint32_t budget = 0; budget < space.budgets().size(); ++budget)
      rows.insert(space.domain(budget).begin(), space.domain(budget).end());
    return {rows.begin(), rows.end()};
  }
  for (const std::size_t member : front)
    rows.insert(observed_[member].candidate.row);
  if (options_.use_neighbours) {
    const std::vector<table::Row> found = near(front, rng);
    rows.insert(found.begin(), found.end());
  }
  const std::size_t drawn = options_.pool / 4;
  const auto add = [&](const Genotype& genotype) {
    if (genotype.candidate) rows.insert(genotype.candidate->row);
  };
  for (std::size_t i = 0; i < drawn && !front.empty(); ++i) {
    const Candidate parent = observed_[front[rng.below(front.size())]].candidate;
    add(context_.variation.mutate(context_.variation.at(parent, rng), rng));
  }
  for (std::size_t i = 0; i <= drawn; ++i)
    add(context_.variation.sample(rng));
  return {rows.begin(), rows.end()};
}

/// Cells one edit away from those of the front, up to half of the pool, which ones is drawn.
std::vector<table::Row> Keen::near(std::span<const std::size_t> front, Rng& rng) {
  std::vector<table::Row> rows;
  for (const std::size_t member : front) {
    const table::Row row = observed_[member].candidate.row;
    const auto [found, is_new] = neighbours_.try_emplace(row);
    if (is_new) found->second = context_.space.neighbours(row);
    rows.insert(rows.end(), found->second.begin(), found->second.end());
  }
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  rng.shuffle(std::span(rows));
  rows.resize(std::min(rows.size(), options_.pool / 2));
  return rows;
}

/// Learns from what is evaluated; where that is too much, from the best ranks of dominance, as far
/// as they take half of the places, and from others drawn.
void Keen::believe(std::span<const Candidate> pool, Rng& rng) {
  const std::vector<std::size_t> ranks = moo::non_dominated_ranks(observed_.objectives());
  const std::vector<double> costs(ranks.begin(), ranks.end());
  const std::vector<std::size_t> positions = training_positions(costs, options_.training, rng);
  const ResponseInputs from = observed_.inputs_of(positions);
  const ResponseInputs at = observed_.inputs(pool);
  std::vector<Candidate> learnt;
  for (const std::size_t i : positions)
    learnt.push_back(observed_[i].candidate);
  for (std::size_t k = 0; k < objectives_.size(); ++k) {
    const Objective objective = context_.space.objectives()[k];
    if (info(objective).metric.empty()) {  // the cell alone decides
      std::vector<double> known;
      for (const Candidate& candidate : pool)
        known.push_back(context_.space.exact(candidate.row, objective).value());
      objectives_[k].know(std::move(known));
      continue;
    }
    Eigen::VectorXd values(static_cast<Eigen::Index>(positions.size()));
    for (std::size_t i = 0; i < positions.size(); ++i)
      values[static_cast<Eigen::Index>(i)] = observed_.objectives()[positions[i]][k];
    if (is_error(objective)) clip_bad_outliers(learnt, values);
    std::optional<QuantityGuesses> guessed = guesses(k, learnt, pool);
    if (guessed && !are_of_use(*guessed, learnt, values)) guessed.reset();
    objectives_[k].learn(from, values, at, QuantityScale::logarithms, std::move(guessed));
  }
  feasibility_.learn(observed_, positions, from, at);
}

std::optional<QuantityGuesses> Keen::guesses(std::size_t objective,
                                             std::span<const Candidate> learnt,
                                             std::span<const Candidate> pool) const {
  if (!options_.use_prior || !context_.prior) return std::nullopt;
  const auto guess = [&](std::span<const Candidate> candidates) {
    std::vector<double> values(candidates.size());
    for (std::uint32_t budget = 0; budget < context_.space.budgets().size(); ++budget) {
      std::vector<std::size_t> positions;
      std::vector<space::Cell> cells;
      for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].budget != budget) continue;
        positions.push_back(i);
        cells.push_back(context_.space.cell(candidates[i].row));
      }
      const auto guessed = context_.prior.guess(context_.space.objectives()[objective], cells,
                                                context_.space.budgets()[budget]);
      if (!guessed) return std::vector<double>();
      for (std::size_t i = 0; i < positions.size(); ++i)
        values[positions[i]] = (*guessed)[i];
    }
    return values;
  };
  QuantityGuesses result{guess(learnt), guess(pool)};
  if (result.from.empty() || result.at.empty()) return std::nullopt;
  return result;
}

/// What gains of the candidates are divided by: energy where it is an objective, else epochs, to
/// which all costs are about proportional, to the power of the thrift.
std::vector<double> Keen::prices(std::span<const Candidate> pool) const {
  const StopRule& stop = context_.stop;
  const bool is_limited = stop.energy_kwh || stop.co2eq_g || stop.training_time_s;
  const double thrift = options_.thrift >= 0 ? options_.thrift : is_limited ? 1.0 : 0.0;
  const auto objectives = context_.space.objectives();
  const auto energy = std::ranges::find(objectives, Objective::energy);
  std::vector<double> prices;
  for (std::size_t i = 0; i < pool.size(); ++i) {
    double cost = std::max(1, context_.space.budgets()[pool[i].budget]);
    if (energy != objectives.end()) {
      const auto& beliefs = objectives_[static_cast<std::size_t>(energy - objectives.begin())];
      cost = beliefs.with_deviation_bound(i).mean();
    }
    prices.push_back(std::pow(std::max(cost, kLeastCost), thrift));
  }
  return prices;
}

/// The candidates of the step, one after another: each counts as evaluated, with what is expected
/// of it, when the next is chosen.
std::vector<Candidate> Keen::choose(std::span<const Candidate> pool,
                                    std::span<const std::size_t> front) {
  const std::size_t count = std::min(batch_size(options_.batch, observed_.size()), pool.size());
  const std::vector<double> price = prices(pool);
  std::vector<moo::Objectives> attained;
  for (const std::size_t member : front)
    attained.push_back(observed_.objectives()[member]);
  std::vector<Candidate> chosen;
  std::vector<bool> is_chosen(pool.size());
  while (chosen.size() < count) {
    const moo::ExpectedImprovement improvement(attained, reference(attained));
    const auto gain = [&](std::size_t i, bool is_exact) {
      std::vector<moo::Belief> beliefs;
      for (QuantityBeliefs& objective : objectives_) {
        const moo::Belief bound = objective.with_deviation_bound(i);
        beliefs.push_back(!options_.use_uncertainty ? moo::Belief::normal(bound.mean(), 0)
                          : is_exact                ? objective(i)
                                                    : bound);
      }
      return improvement(beliefs) / price[i];
    };
    std::vector<double> bounds;
    for (std::size_t i = 0; i < pool.size(); ++i)
      bounds.push_back(is_chosen[i] ? -1.0 : gain(i, false));
    const std::size_t best =
        argmax(bounds, [&](std::size_t i) { return gain(i, true) * feasibility_(i); });
    is_chosen[best] = true;
    chosen.push_back(pool[best]);
    std::vector<double> expected;
    for (const QuantityBeliefs& objective : objectives_)
      expected.push_back(objective.with_deviation_bound(best).mean());
    attained.emplace_back(expected);
  }
  return chosen;
}

/// So far beyond the front that its ends are worth extending, yet not so far that nothing else is;
/// beyond everything where there is no front.
moo::Objectives Keen::reference(std::span<const moo::Objectives> front) const {
  const moo::Bounds bounds = moo::bounds_of(front.empty() ? observed_.objectives() : front);
  std::vector<double> point;
  for (std::size_t k = 0; k < bounds.ideal.size(); ++k) {
    const double range = bounds.nadir[k] - bounds.ideal[k];
    point.push_back(bounds.nadir[k] + (range > 0 ? kReferenceMargin * range
                                                 : std::abs(bounds.nadir[k]) + kLeastCost));
  }
  return moo::Objectives(point);
}

}  // namespace ecnas::search
