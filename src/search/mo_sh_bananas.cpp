#include "search/mo_sh_bananas.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "ecnas/core/error.hpp"

namespace ecnas::search {
namespace {

constexpr double kRefitGrowth = 1.1;  // evaluations since the last fit, as a ratio
constexpr int kMaxRedraws = 32;       // mutants that may turn out to be known or doubled

}  // namespace

void validate(const MoShBananasOptions& options) {
  const auto require = [](std::size_t value, std::size_t least, std::string_view option) {
    if (value < least) {
      fail(ErrorCode::invalid_argument, "MO-SH-BANANAS: {}: {}; expected at least {}", option,
           value, least);
    }
  };
  require(options.initial, 1, "initial");
  require(options.parents, 1, "parents");
  require(options.candidates, 1, "candidates");
  require(options.select, 1, "select");
  require(options.networks, 2, "networks");
  require(options.training, 1, "training");
  if (!(options.eta > 1)) {
    fail(ErrorCode::invalid_argument, "MO-SH-BANANAS: eta: {}; expected above 1", options.eta);
  }
}

OptionFields<MoShBananasOptions> mo_sh_bananas_fields() {
  using Options = MoShBananasOptions;
  return {
      {"initial", &Options::initial, "samples at the largest budget before anything is predicted"},
      {"parents", &Options::parents, "best evaluations of the largest budget, which are mutated"},
      {"candidates", &Options::candidates, "mutants that are predicted a step"},
      {"select", &Options::select, "of which so many enter successive halving"},
      {"eta", &Options::eta, "of so many candidates of a rung one is promoted"},
      {"networks", &Options::networks, "perceptrons of the ensemble"},
      {"training", &Options::training, "evaluations that a perceptron learns from, at most"},
  };
}

std::vector<double> sampled_ranks(std::span<const moo::Objectives> mean,
                                  std::span<const std::vector<moo::Objectives>> by_networks,
                                  Rng& rng) {
  ECNAS_ASSERT(by_networks.size() >= 2);
  const auto ranks_of = [](std::span<const moo::Objectives> points) {
    const std::vector<std::size_t> order = best_by_crowding(points, points.size());
    std::vector<double> ranks(points.size());
    for (std::size_t rank = 0; rank < order.size(); ++rank)
      ranks[order[rank]] = static_cast<double>(rank);
    return ranks;
  };
  const std::vector<double> expected = ranks_of(mean);
  std::vector<double> squares(mean.size(), 0.0);
  for (const std::vector<moo::Objectives>& points : by_networks) {
    const std::vector<double> ranks = ranks_of(points);
    for (std::size_t i = 0; i < ranks.size(); ++i)
      squares[i] += (ranks[i] - expected[i]) * (ranks[i] - expected[i]);
  }
  std::vector<double> sampled;
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const double deviation = std::sqrt(squares[i] / static_cast<double>(by_networks.size() - 1));
    sampled.push_back(expected[i] + deviation * rng.normal());
  }
  return sampled;
}

MoShBananas::MoShBananas(const AlgorithmContext& context, MoShBananasOptions options)
    : context_(context),
      options_((validate(options), options)),
      evaluated_(context.space),
      encoded_(context.space),
      ensemble_({.networks = options.networks, .training = options.training}) {
  const std::span<const Objective> objectives = context_.space.objectives();
  for (std::size_t k = 0; k < objectives.size(); ++k) {
    if (!info(objectives[k]).metric.empty()) predicted_.push_back(k);
  }
}

std::vector<Genotype> MoShBananas::ask(Rng& rng) {
  if (evaluated_.at(largest()).size() < options_.initial) {
    std::vector<Genotype> samples = initial_samples(rng);
    if (!samples.empty()) return samples;
  }
  for (int turn = 0; turn < 2; ++turn) {
    if (!run_.is_over()) {
      std::vector<Genotype> promoted = run_.promote(evaluated_, context_.space, best_by_crowding);
      if (!promoted.empty()) return promoted;
    }
    std::vector<Genotype> chosen = entrants(rng);
    if (!chosen.empty()) return chosen;
  }
  return {evaluated_.unseen_from(0, context_.variation, rng)};
}

void MoShBananas::tell(std::span<const moo::Evaluated<Genotype>> evaluated) {
  evaluated_.record(evaluated);
}

std::vector<Genotype> MoShBananas::initial_samples(Rng& rng) const {
  const std::size_t missing = options_.initial - evaluated_.at(largest()).size();
  return evaluated_.unseen(largest(), missing, context_.variation, rng);
}

/// A new bracket with the most promising mutants.
/// @return those that need evaluation at the smallest budget: none only if there is no new cell
std::vector<Genotype> MoShBananas::entrants(Rng& rng) {
  std::vector<Genotype> pool = mutants(rng);
  if (pool.size() <= options_.select) {
    const std::size_t missing = options_.select - pool.size();
    for (Genotype& sample : evaluated_.unseen(0, missing, context_.variation, rng))
      pool.push_back(std::move(sample));
  }
  std::vector<std::size_t> order(pool.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (pool.size() > options_.select) {
    const std::vector<double> drawn = ranks(pool, rng);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return drawn[i]; });
    order.resize(options_.select);
  }
  run_ = BracketRun(halving_bracket(0, evaluated_.budgets(), options_.select, options_.eta));
  std::set<table::Row> entered;
  std::vector<Genotype> chosen;
  for (const std::size_t i : order) {
    if (!entered.insert(pool[i].candidate->row).second) continue;
    run_.enter(pool[i]);
    chosen.push_back(pool[i]);
  }
  return chosen;
}

/// Of the best cells at the largest budget in turn; different ones, none evaluated at the smallest
/// budget.
std::vector<Genotype> MoShBananas::mutants(Rng& rng) {
  const std::span<const moo::Solution<Genotype>> solutions = evaluated_.at(largest());
  const std::vector<std::size_t> parents =
      best_by_crowding(evaluated_.objectives_at(largest()), options_.parents);
  std::vector<Genotype> pool;
  std::set<table::Row> rows;
  context_.variation.set_budget(0);
  for (std::size_t i = 0; i < options_.candidates && !parents.empty(); ++i) {
    const Genotype& parent = solutions[parents[i % parents.size()]].genotype;
    for (int attempt = 0; attempt < kMaxRedraws; ++attempt) {
      Genotype child = context_.variation.mutate(parent, rng);
      if (!child.candidate || evaluated_.contains(*child.candidate)) continue;
      if (!rows.insert(child.candidate->row).second) continue;
      pool.push_back(std::move(child));
      break;
    }
  }
  return pool;
}

/// Cells and the logarithm of their budgets in epochs.
Eigen::MatrixXd MoShBananas::inputs(std::span<const Candidate> candidates) {
  const ResponseInputs at = encoded_.inputs(candidates);
  Eigen::MatrixXd all(at.size(), at.cells.cols() + 1);
  for (Eigen::Index i = 0; i < at.size(); ++i) {
    const auto point = static_cast<std::size_t>(i);
    all.row(i).head(at.cells.cols()) = at.cells.row(at.cell_of[point]);
    all(i, at.cells.cols()) = at.budgets[at.budget_of[point]];
  }
  return all;
}

/// Learns from the evaluations at all budgets, anew once there are a tenth more than last time.
void MoShBananas::refit(Rng& rng) {
  const std::size_t count = evaluated_.size();
  if (static_cast<double>(count) < kRefitGrowth * static_cast<double>(fitted_at_)) return;
  fitted_at_ = count;
  std::vector<Candidate> candidates;
  std::vector<moo::Objectives> points;
  for (std::uint32_t budget = 0; budget < evaluated_.budgets(); ++budget) {
    for (const moo::Solution<Genotype>& solution : evaluated_.at(budget)) {
      candidates.push_back(*solution.genotype.candidate);
      points.push_back(solution.objectives);
    }
  }
  Eigen::MatrixXd values(static_cast<Eigen::Index>(count),
                         static_cast<Eigen::Index>(predicted_.size()));
  is_log_.clear();
  for (std::size_t k = 0; k < predicted_.size(); ++k) {
    const std::size_t objective = predicted_[k];
    is_log_.push_back(std::ranges::all_of(
        points, [&](const moo::Objectives& point) { return point[objective] > 0; }));
    for (std::size_t i = 0; i < count; ++i) {
      const double value = points[i][objective];
      values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) =
          is_log_[k] ? std::log(value) : value;
    }
  }
  ensemble_.fit(inputs(candidates), values, rng);
}

/// Objectives of a cell: those that it alone decides, and the predicted ones.
/// @param values  (candidates, predicted objectives), on the scale that the networks learn
moo::Objectives MoShBananas::predicted(table::Row row, const Eigen::MatrixXd& values,
                                       Eigen::Index candidate) const {
  const std::span<const Objective> objectives = context_.space.objectives();
  std::vector<double> point(objectives.size());
  for (std::size_t k = 0; k < objectives.size(); ++k)
    point[k] = context_.space.exact(row, objectives[k]).value_or(0);
  for (std::size_t k = 0; k < predicted_.size(); ++k)
    point[predicted_[k]] = values(candidate, static_cast<Eigen::Index>(k));
  return moo::Objectives(point);
}

/// At the largest budget; the logarithm changes no rank.
std::vector<double> MoShBananas::ranks(std::span<const Genotype> mutants, Rng& rng) {
  std::vector<Candidate> candidates;
  for (const Genotype& mutant : mutants)
    candidates.push_back({mutant.candidate->row, largest()});
  const auto points_of = [&](const Eigen::MatrixXd& values) {
    std::vector<moo::Objectives> points;
    for (std::size_t i = 0; i < candidates.size(); ++i)
      points.push_back(predicted(candidates[i].row, values, static_cast<Eigen::Index>(i)));
    return points;
  };
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(candidates.size()),
                                               static_cast<Eigen::Index>(predicted_.size()));
  std::vector<std::vector<moo::Objectives>> by_networks;
  if (!predicted_.empty()) {
    refit(rng);
    const Eigen::MatrixXd at = inputs(candidates);
    for (std::size_t network = 0; network < ensemble_.networks(); ++network) {
      const Eigen::MatrixXd values = ensemble_.predict(network, at);
      mean += values / static_cast<double>(ensemble_.networks());
      by_networks.push_back(points_of(values));
    }
  }
  const std::vector<moo::Objectives> expected = points_of(mean);
  if (predicted_.empty()) by_networks.assign(2, expected);  // nothing is uncertain
  return sampled_ranks(expected, by_networks, rng);
}

}  // namespace ecnas::search
