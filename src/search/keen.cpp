#include "search/keen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/ranking.hpp"

namespace ecnas::search {
namespace {

constexpr double kReferenceMargin = 2;  // beyond the front, of its range
constexpr double kLeastMargin = 1e-12;  // where all is 0

/// Parameters, FLOPs, depth.
bool value_is_of_cell(Objective objective) {
  return info(objective).metric.empty();
}

bool is_error(Objective objective) {
  return objective == Objective::validation_error || objective == Objective::test_error;
}

std::uint64_t key(Candidate candidate) {
  return std::uint64_t{candidate.budget} << 32U | candidate.row;
}

/// Trainings that failed are as bad as can be, and say nothing of their neighbours: above the
/// median of their budget by more than so many quartile ranges, values are cut.
void clip_bad_outliers(std::span<const Candidate> candidates, Eigen::VectorXd& values) {
  const double kQuartileRanges = 1.0;
  std::map<std::uint32_t, std::vector<double>> by_budget;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    by_budget[candidates[i].budget].push_back(values[static_cast<Eigen::Index>(i)]);
  std::map<std::uint32_t, double> ceilings;
  for (auto& [budget, all] : by_budget) {
    std::ranges::sort(all);
    const std::size_t n = all.size();
    ceilings[budget] =
        n < 8 ? all.back() : all[n / 2] + kQuartileRanges * (all[3 * n / 4] - all[n / 4]);
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    double& value = values[static_cast<Eigen::Index>(i)];
    value = std::min(value, ceilings.at(candidates[i].budget));
  }
}

}  // namespace

void validate(const KeenOptions& options) {
  const auto require_some = [](std::size_t value, std::string_view option) {
    if (value == 0) fail(ErrorCode::invalid_argument, "KEEN: {}: 0; expected at least 1", option);
  };
  require_some(options.initial, "initial");
  require_some(options.pool, "pool");
  require_some(options.training, "training");
  if (!(options.batch >= 0 && options.batch <= 1)) {
    fail(ErrorCode::invalid_argument, "KEEN: batch: {}; expected 0 to 1", options.batch);
  }
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

struct Keen::Proposals {
  std::vector<Candidate> candidates;
  /// By quantity: known exactly, or predicted.
  struct Column {
    std::optional<ResponseModel::Prediction> prediction;
    std::vector<double> known;    // where there is no prediction
    std::vector<double> guesses;  // that the prediction is relative to; 1 without
    bool is_log = false;

    /// @param deviation  of the prediction
    [[nodiscard]] moo::Belief belief(std::size_t i, double deviation) const {
      if (!prediction) return moo::Belief::normal(known[i], 0);
      const double mean = prediction->means[static_cast<Eigen::Index>(i)];
      return is_log ? moo::Belief::log_normal(guesses[i] * std::exp(mean), deviation)
                    : moo::Belief::normal(mean, deviation);
    }
    [[nodiscard]] double deviation_bound(std::size_t i) const {
      return prediction ? prediction->deviation_bounds[static_cast<Eigen::Index>(i)] : 0;
    }
    [[nodiscard]] double deviation(const ResponseModel& model, std::size_t i) const {
      return prediction ? model.deviation(*prediction, static_cast<Eigen::Index>(i)) : 0;
    }
  };
  std::vector<Column> columns;
};

Keen::Keen(const AlgorithmContext& context, KeenOptions options)
    : context_(context),
      options_((validate(options), options)),
      quantities_(context.space.objectives().begin(), context.space.objectives().end()),
      encoded_(context.space, options.use_features ? CellEncoding::Kind::features
                                                   : CellEncoding::Kind::adjacency) {
  for (const Constraint& constraint : context.constraints)
    quantities_.push_back(constraint.objective);
  models_.resize(quantities_.size());
  guesses_.resize(quantities_.size());
}

std::vector<Genotype> Keen::ask(Rng& rng) {
  if (observations_.size() < std::max<std::size_t>(options_.initial, 2)) {
    return moo::samples(context_.variation, options_.initial, rng);
  }
  return propose(rng);
}

void Keen::tell(std::span<const moo::Evaluated<Genotype>> evaluated) {
  for (const auto& [genotype, outcome] : evaluated) {
    if (!genotype.measurement || !genotype.candidate) continue;
    const Measurement& measured = *genotype.measurement;
    const auto [row, budget] = *genotype.candidate;
    if (is_observed_.size() <= budget) is_observed_.resize(context_.space.budgets().size());
    std::vector<bool>& seen = is_observed_[budget];
    if (seen.size() <= row) seen.resize(row + std::size_t{1});
    if (seen[row]) continue;
    seen[row] = true;
    std::vector<double> quantities(measured.objectives.begin(), measured.objectives.end());
    quantities.insert(quantities.end(), measured.constrained.begin(), measured.constrained.end());
    observations_.push_back({*genotype.candidate, std::move(quantities), measured.violation == 0});
  }
}

/// Non-dominated observations; those that keep the constraints, if any do.
std::vector<FrontPoint> Keen::front() const {
  const std::size_t objectives = context_.space.objectives().size();
  std::vector<FrontPoint> points;
  for (const Observation& observation : observations_) {
    if (observation.is_feasible) {
      points.push_back({observation.candidate,
                        moo::Objectives(std::span(observation.quantities).first(objectives))});
    }
  }
  const std::vector<moo::Objectives> values = objectives_of(points);
  std::vector<FrontPoint> members;
  for (const std::size_t i : moo::non_dominated(values))
    members.push_back(points[i]);
  return members;
}

std::span<const table::Row> Keen::neighbours(table::Row row) {
  const auto found = neighbours_.find(row);
  if (found != neighbours_.end()) return found->second;
  return neighbours_.emplace(row, context_.space.neighbours(row)).first->second;
}

/// Cells to consider: those of the front, half of the rest their neighbours, a quarter mutants, a
/// quarter at random; all cells where there are not more.
std::vector<table::Row> Keen::pool(Rng& rng) {
  const SearchSpace& space = context_.space;
  std::set<table::Row> rows;
  if (space.domain(0).size() <= options_.pool) {
    for (std::uint32_t budget = 0; budget < space.budgets().size(); ++budget)
      rows.insert(space.domain(budget).begin(), space.domain(budget).end());
    return {rows.begin(), rows.end()};
  }
  const std::vector<FrontPoint> members = front();
  std::vector<table::Row> parents;
  for (const FrontPoint& member : members)
    parents.push_back(member.candidate.row);
  rows.insert(parents.begin(), parents.end());
  if (options_.use_neighbours && !parents.empty()) {
    std::vector<table::Row> near;
    for (const table::Row parent : std::set<table::Row>(parents.begin(), parents.end())) {
      const std::span<const table::Row> found = neighbours(parent);
      near.insert(near.end(), found.begin(), found.end());
    }
    std::ranges::sort(near);
    near.erase(std::unique(near.begin(), near.end()), near.end());
    rng.shuffle(std::span(near));
    for (const table::Row row : std::span(near).first(std::min(near.size(), options_.pool / 2)))
      rows.insert(row);
  }
  const std::size_t drawn = options_.pool / 4;
  for (std::size_t i = 0; i < drawn && !members.empty(); ++i) {
    const Candidate parent = members[rng.below(members.size())].candidate;
    const Genotype child = context_.variation.mutate(context_.variation.at(parent, rng), rng);
    if (child.candidate) rows.insert(child.candidate->row);
  }
  for (std::size_t i = 0; i < drawn || rows.size() < drawn; ++i) {
    const Genotype sample = context_.variation.sample(rng);
    if (sample.candidate) rows.insert(sample.candidate->row);
  }
  return {rows.begin(), rows.end()};
}

std::vector<Candidate> Keen::candidates(std::span<const table::Row> rows) const {
  std::vector<Candidate> found;
  const auto budgets = static_cast<std::uint32_t>(context_.space.budgets().size());
  for (const table::Row row : rows) {
    for (std::uint32_t budget = 0; budget < budgets; ++budget) {
      if (!options_.choose_budgets && budget != turn_) continue;
      const bool is_seen = budget < is_observed_.size() && row < is_observed_[budget].size() &&
                           is_observed_[budget][row];
      if (!is_seen && context_.space.contains({row, budget})) found.push_back({row, budget});
    }
  }
  return found;
}

/// Positions of the observations to learn from: all, or half of them by rank of dominance and the
/// others at random.
std::vector<std::size_t> Keen::training(Rng& rng) const {
  std::vector<std::size_t> positions(observations_.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  if (positions.size() <= options_.training) return positions;
  const std::size_t objectives = context_.space.objectives().size();
  std::vector<moo::Objectives> points;
  for (const Observation& observation : observations_)
    points.emplace_back(std::span(observation.quantities).first(objectives));
  const std::vector<std::size_t> ranks = moo::non_dominated_ranks(points);
  rng.shuffle(std::span(positions));
  std::ranges::stable_sort(positions, {}, [&](std::size_t i) { return ranks[i]; });
  const auto half = static_cast<std::ptrdiff_t>(options_.training / 2);
  rng.shuffle(std::span(positions).subspan(static_cast<std::size_t>(half)));
  positions.resize(options_.training);
  std::ranges::sort(positions);
  return positions;
}

std::vector<double> Keen::guesses(std::span<const Candidate> candidates, std::size_t quantity) {
  std::vector<double> values(candidates.size(), 1.0);
  if (!options_.use_prior || !context_.prior) return values;
  auto& met = guesses_[quantity];
  for (std::uint32_t budget = 0; budget < context_.space.budgets().size(); ++budget) {
    std::vector<table::Row> rows;
    std::vector<space::Cell> cells;
    for (const Candidate& candidate : candidates) {
      if (candidate.budget != budget || !met.emplace(key(candidate), 1.0).second) continue;
      rows.push_back(candidate.row);
      cells.push_back(context_.space.cell(candidate.row));
    }
    if (cells.empty()) continue;
    const auto guessed =
        context_.prior.guess(quantities_[quantity], cells, context_.space.budgets()[budget]);
    for (std::size_t i = 0; guessed && i < rows.size(); ++i)
      met.at(key({rows[i], budget})) = (*guessed)[i];
  }
  for (std::size_t i = 0; i < candidates.size(); ++i)
    values[i] = met.at(key(candidates[i]));
  return values;
}

void Keen::believe(Proposals& proposals, Rng& rng) {
  std::vector<Candidate> learnt;
  const std::vector<std::size_t> positions = training(rng);
  for (const std::size_t i : positions)
    learnt.push_back(observations_[i].candidate);
  const ResponseInputs from = encoded_.inputs(learnt);
  const ResponseInputs at = encoded_.inputs(proposals.candidates);
  proposals.columns.resize(quantities_.size());
  for (std::size_t q = 0; q < quantities_.size(); ++q) {
    Proposals::Column& column = proposals.columns[q];
    if (value_is_of_cell(quantities_[q])) {
      for (const Candidate& candidate : proposals.candidates)
        column.known.push_back(*context_.space.exact(candidate.row, quantities_[q]));
      continue;
    }
    column.is_log = std::ranges::all_of(
        positions, [&](std::size_t i) { return observations_[i].quantities[q] > 0; });
    const std::vector<double> guessed = guesses(learnt, q);
    Eigen::VectorXd values(static_cast<Eigen::Index>(positions.size()));
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const double value = observations_[positions[i]].quantities[q];
      values[static_cast<Eigen::Index>(i)] = column.is_log ? std::log(value / guessed[i]) : value;
    }
    column.guesses = column.is_log ? guesses(proposals.candidates, q)
                                   : std::vector<double>(proposals.candidates.size(), 1.0);
    if (is_error(quantities_[q])) clip_bad_outliers(learnt, values);
    models_[q].fit(from, values);
    column.prediction = models_[q].predict(at);
  }
}

/// What gains of a candidate are divided by.
double Keen::price(const Proposals& proposals, std::size_t candidate) const {
  const StopRule& stop = context_.stop;
  const bool is_limited = stop.energy_kwh || stop.co2eq_g || stop.training_time_s;
  const double thrift = options_.thrift >= 0 ? options_.thrift : is_limited ? 1.0 : 0.0;
  if (thrift == 0) return 1;
  // Energy where it is predicted; epochs, to which all costs are about proportional, where not.
  const auto energy = std::ranges::find(quantities_, Objective::energy);
  double cost = std::max(1, context_.space.budgets()[proposals.candidates[candidate].budget]);
  if (energy != quantities_.end()) {
    const auto& column = proposals.columns[static_cast<std::size_t>(energy - quantities_.begin())];
    cost = column.belief(candidate, 0).mean();
  }
  return std::pow(std::max(cost, 1e-300), thrift);
}

/// The candidates of the step, one after another: each counts as evaluated, with what is expected
/// of it, when the next is chosen. Exact though few deviations are computed: with an upper bound of
/// every deviation goes an upper bound of every gain.
std::vector<Candidate> Keen::choose(Proposals& proposals) {
  const std::size_t objectives = context_.space.objectives().size();
  const std::size_t count = std::max<std::size_t>(
      1, static_cast<std::size_t>(options_.batch * static_cast<double>(observations_.size())));
  std::vector<moo::Objectives> attained = objectives_of(front());
  std::vector<Candidate> chosen;
  std::vector<std::vector<double>> deviations(
      proposals.candidates.size());  // exact ones, (quantities), where they are known
  while (chosen.size() < count && chosen.size() < proposals.candidates.size()) {
    const moo::ExpectedImprovement improvement(attained, reference());
    const auto gain = [&](std::size_t i, bool is_exact) {
      std::vector<moo::Belief> beliefs;
      double feasible = 1;
      for (std::size_t q = 0; q < quantities_.size(); ++q) {
        const Proposals::Column& column = proposals.columns[q];
        const double deviation = !options_.use_uncertainty ? 0
                                 : is_exact                ? deviations[i][q]
                                                           : column.deviation_bound(i);
        const moo::Belief belief = column.belief(i, deviation);
        if (q < objectives) {
          beliefs.push_back(belief);
        } else if (is_exact) {
          feasible *= belief.probability_within(context_.constraints[q - objectives].at_most);
        }
      }
      return feasible * improvement(beliefs) / price(proposals, i);
    };
    std::vector<std::pair<double, std::size_t>> bounds;
    for (std::size_t i = 0; i < proposals.candidates.size(); ++i) {
      if (std::ranges::find(chosen, proposals.candidates[i]) != chosen.end()) continue;
      bounds.emplace_back(-gain(i, false), i);
    }
    std::ranges::sort(bounds);
    double best_gain = -1;
    std::size_t best = bounds.front().second;
    for (const auto& [negative_bound, i] : bounds) {
      if (-negative_bound <= best_gain) break;
      if (deviations[i].empty()) {
        for (std::size_t q = 0; q < quantities_.size(); ++q)
          deviations[i].push_back(proposals.columns[q].deviation(models_[q], i));
      }
      const double exact = gain(i, true);
      if (exact > best_gain) {
        best_gain = exact;
        best = i;
      }
    }
    chosen.push_back(proposals.candidates[best]);
    std::vector<double> expected;
    for (std::size_t q = 0; q < objectives; ++q)
      expected.push_back(proposals.columns[q].belief(best, 0).mean());
    attained.emplace_back(expected);
  }
  return chosen;
}

/// So far beyond the front that its ends are worth extending, yet no so far that nothing else is.
moo::Objectives Keen::reference() const {
  const moo::Bounds bounds = moo::bounds_of(objectives_of(front()));
  std::vector<double> point;
  for (std::size_t k = 0; k < bounds.ideal.size(); ++k) {
    const double range = bounds.nadir[k] - bounds.ideal[k];
    point.push_back(bounds.nadir[k] + (range > 0 ? kReferenceMargin * range
                                                 : std::abs(bounds.nadir[k]) + kLeastMargin));
  }
  return moo::Objectives(point);
}

std::vector<Genotype> Keen::propose(Rng& rng) {
  Proposals proposals;
  for (std::size_t turns = context_.space.budgets().size(); turns > 0; --turns) {
    turn_ = static_cast<std::uint32_t>((turn_ + 1) % context_.space.budgets().size());
    proposals.candidates = candidates(pool(rng));
    if (!proposals.candidates.empty()) break;
  }
  if (proposals.candidates.empty()) return moo::samples(context_.variation, 1, rng);
  believe(proposals, rng);
  std::vector<Genotype> chosen;
  for (const Candidate& candidate : choose(proposals))
    chosen.push_back(context_.variation.at(candidate, rng));
  return chosen;
}

}  // namespace ecnas::search
