#include "search/parego.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/random_search.hpp"
#include "search/option_checks.hpp"

namespace ecnas::search {
namespace {

constexpr std::size_t kParents = 5;  // whose mutants are considered. [Knowles06]
constexpr double kChosen = -1;       // less than any gain

/// The paper's: 11 weights for two objectives and 15 for three, and about as many for more.
std::vector<moo::Weights> lattice(std::size_t objectives, std::size_t divisions) {
  if (divisions == 0 && objectives != 2) return moo::weights_for(objectives, 15);
  return moo::uniform_weights(objectives, divisions == 0 ? 10 : divisions);
}

/// Of those objectives that are positive at all points; the others as they are.
std::vector<moo::Objectives> logarithms(std::span<const moo::Objectives> points) {
  const moo::Objectives least = moo::bounds_of(points).ideal;
  std::vector<moo::Objectives> result;
  for (const moo::Objectives& point : points) {
    std::vector<double> values(point.begin(), point.end());
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (least[k] > 0) values[k] = std::log(values[k]);
    }
    result.emplace_back(values);
  }
  return result;
}

}  // namespace

void validate(const ParEgoOptions& options) {
  require_some(options.initial, "ParEGO", "initial");
  require_some(options.random, "ParEGO", "random");
  require_some(options.training, "ParEGO", "training");
  require_share(options.batch, "ParEGO", "batch");
  if (!(options.rho >= 0)) {
    fail(ErrorCode::invalid_argument, "ParEGO: rho: {}; expected at least 0", options.rho);
  }
}

OptionFields<ParEgoOptions> parego_fields() {
  using Options = ParEgoOptions;
  return {
      {"initial", &Options::initial, "samples of the first step"},
      {"neighbours", &Options::neighbours, "of the best that are considered a step, at most"},
      {"mutants", &Options::mutants, "of the five best that are considered a step"},
      {"random", &Options::random, "candidates that are considered a step"},
      {"training", &Options::training, "evaluations that the model learns from, at most"},
      {"batch", &Options::batch, "evaluations a step, of those so far; at least one"},
      {"divisions", &Options::divisions,
       "of the lattice of weights; 0: 10 for two objectives, "
       "else the finest of at most 15 weights"},
      {"rho", &Options::rho, "what the sum of the objectives adds to their maximum"},
      {"logarithms", &Options::logarithms, "scalarise the logarithms of positive objectives"},
  };
}

double augmented_tchebycheff(const moo::Objectives& point, std::span<const double> weights,
                             double rho) {
  return moo::tchebycheff(point, weights) +
         rho * std::inner_product(weights.begin(), weights.end(), point.begin(), 0.0);
}

ParEgo::ParEgo(const AlgorithmContext& context, ParEgoOptions options)
    : context_(context),
      options_((validate(options), options)),
      weights_(lattice(context.space.objectives().size(), options.divisions)),
      observed_(context.space),
      feasibility_(context.constraints) {}

std::vector<Genotype> ParEgo::ask(Rng& rng) {
  if (observed_.size() < std::max<std::size_t>(options_.initial, 2)) {
    return moo::samples(context_.variation, options_.initial, rng);
  }
  const std::vector<double> costs = scalarised(weights_[rng.below(weights_.size())]);
  const std::vector<std::size_t> ranking = best_first(costs);
  const std::vector<Candidate> candidates = pool(ranking, rng);
  if (candidates.empty()) return moo::samples(context_.variation, 1, rng);
  std::vector<Genotype> chosen;
  for (const Candidate candidate : choose(candidates, costs, ranking.front(), rng))
    chosen.push_back(context_.variation.at(candidate, rng));
  return chosen;
}

void ParEgo::tell(std::span<const moo::Evaluated<Genotype>> evaluated) {
  observed_.add(evaluated);
}

/// Of everything evaluated, normalised by its bounds. @return (n)
std::vector<double> ParEgo::scalarised(std::span<const double> weights) const {
  std::vector<moo::Objectives> points(observed_.objectives().begin(), observed_.objectives().end());
  if (options_.logarithms) points = logarithms(points);
  const moo::Bounds bounds = moo::bounds_of(points);
  std::vector<double> costs;
  for (const moo::Objectives& point : points)
    costs.push_back(augmented_tchebycheff(moo::normalised(point, bounds), weights, options_.rho));
  return costs;
}

/// Those that keep the constraints by cost, then the others by how far they break them.
std::vector<std::size_t> ParEgo::best_first(std::span<const double> costs) const {
  std::vector<std::size_t> ranking(costs.size());
  std::iota(ranking.begin(), ranking.end(), std::size_t{0});
  std::ranges::stable_sort(ranking, {}, [&](std::size_t i) {
    return std::pair(observed_[i].measurement.violation, costs[i]);
  });
  return ranking;
}

/// Candidates that are not evaluated yet: all where the domain holds no more than a pool; else
/// neighbours of the best, mutants of the best few, and random ones.
std::vector<Candidate> ParEgo::pool(std::span<const std::size_t> ranking, Rng& rng) {
  const SearchSpace& space = context_.space;
  const std::size_t size = options_.neighbours + options_.mutants + options_.random;
  if (space.size() <= size) return observed_.unobserved(every_entry(space), rng);
  const auto parent = [&](std::size_t rank) {
    return context_.variation.at(observed_[ranking[rank]].candidate, rng);
  };
  std::vector<Candidate> candidates;
  const auto add = [&](const Genotype& genotype) {
    if (genotype.candidate) candidates.push_back(*genotype.candidate);
  };
  std::vector<Genotype> near;
  if (options_.neighbours > 0) near = context_.variation.neighbours(parent(0), rng);
  rng.shuffle(std::span(near));
  for (std::size_t i = 0; i < std::min(near.size(), options_.neighbours); ++i)
    add(near[i]);
  for (std::size_t i = 0; i < options_.mutants; ++i)
    add(context_.variation.mutate(parent(i % std::min(kParents, ranking.size())), rng));
  for (std::size_t i = 0; i < options_.random; ++i)
    add(context_.variation.sample(rng));
  return observed_.unobserved(std::move(candidates), rng);
}

/// The candidates of greatest expected improvement. @param best  position of the best evaluated
std::vector<Candidate> ParEgo::choose(std::span<const Candidate> pool,
                                      std::span<const double> costs, std::size_t best, Rng& rng) {
  const std::vector<std::size_t> positions = training_positions(costs, options_.training, rng);
  const ResponseInputs from = observed_.inputs_of(positions);
  const ResponseInputs at = observed_.inputs(pool);
  Eigen::VectorXd values(static_cast<Eigen::Index>(positions.size()));
  for (std::size_t i = 0; i < positions.size(); ++i)
    values[static_cast<Eigen::Index>(i)] = costs[positions[i]];
  cost_.learn(from, values, at);
  feasibility_.learn(observed_, positions, from, at);
  const bool is_any_feasible = observed_[best].is_feasible();
  std::vector<double> bounds(pool.size(), 1.0);
  for (std::size_t i = 0; i < pool.size() && is_any_feasible; ++i)
    bounds[i] = cost_.with_deviation_bound(i).expected_shortfall(costs[best]);
  const auto gain = [&](std::size_t i) {
    return (is_any_feasible ? cost_(i).expected_shortfall(costs[best]) : 1.0) * feasibility_(i);
  };
  std::vector<Candidate> chosen;
  while (chosen.size() < std::min(batch_size(options_.batch, observed_.size()), pool.size())) {
    const std::size_t i = argmax(bounds, gain);
    chosen.push_back(pool[i]);
    bounds[i] = kChosen;
  }
  return chosen;
}

}  // namespace ecnas::search
