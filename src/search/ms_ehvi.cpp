#include "search/ms_ehvi.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/random_search.hpp"
#include "search/option_checks.hpp"

namespace ecnas::search {
namespace {

constexpr double kReferenceMargin = 0.1;  // beyond what is evaluated, of its range
constexpr double kChosen = -1;            // less than any gain

bool is_cheap(Objective objective) {
  return info(objective).metric.empty();
}

}  // namespace

void validate(const MsEhviOptions& options) {
  require_some(options.initial, "MS-EHVI", "initial");
  require_some(options.random, "MS-EHVI", "random");
  require_some(options.training, "MS-EHVI", "training");
  require_share(options.batch, "MS-EHVI", "batch");
}

OptionFields<MsEhviOptions> ms_ehvi_fields() {
  using Options = MsEhviOptions;
  return {
      {"initial", &Options::initial, "samples of the first step"},
      {"mutants", &Options::mutants, "of the front that are considered a step"},
      {"random", &Options::random, "candidates that are considered a step"},
      {"training", &Options::training, "evaluations that the models learn from, at most"},
      {"batch", &Options::batch, "evaluations a step, of those so far; at least one"},
      {"logarithms", &Options::logarithms, "learn the logarithms of what is positive"},
  };
}

MsEhvi::MsEhvi(const AlgorithmContext& context, MsEhviOptions options)
    : context_(context),
      options_((validate(options), options)),
      observed_(context.space),
      objectives_(context.space.objectives().size()),
      feasibility_(context.constraints) {}

std::vector<Genotype> MsEhvi::ask(Rng& rng) {
  if (observed_.size() < std::max<std::size_t>(options_.initial, 2)) {
    return moo::samples(context_.variation, options_.initial, rng);
  }
  const std::vector<std::size_t> front = observed_.front();
  const std::vector<Candidate> candidates = pool(front, rng);
  if (candidates.empty()) return moo::samples(context_.variation, 1, rng);
  believe(candidates, front, rng);
  std::vector<Genotype> chosen;
  for (const Candidate candidate : choose(candidates, front))
    chosen.push_back(context_.variation.at(candidate, rng));
  return chosen;
}

void MsEhvi::tell(std::span<const moo::Evaluated<Genotype>> evaluated) {
  observed_.add(evaluated);
}

/// Candidates that are not evaluated yet: all where the domain holds no more than a pool; else
/// mutants of the front's members and random ones.
std::vector<Candidate> MsEhvi::pool(std::span<const std::size_t> front, Rng& rng) {
  const SearchSpace& space = context_.space;
  if (space.size() <= options_.mutants + options_.random)
    return observed_.unobserved(every_entry(space), rng);
  std::vector<Candidate> candidates;
  const auto add = [&](const Genotype& genotype) {
    if (genotype.candidate) candidates.push_back(*genotype.candidate);
  };
  for (std::size_t i = 0; i < options_.mutants && !front.empty(); ++i) {
    const Candidate parent = observed_[front[rng.below(front.size())]].candidate;
    add(context_.variation.mutate(context_.variation.at(parent, rng), rng));
  }
  for (std::size_t i = 0; i < options_.random; ++i)
    add(context_.variation.sample(rng));
  return observed_.unobserved(std::move(candidates), rng);
}

/// Learns from what is evaluated; where that is too much, from the front, as far as it takes half
/// of the places, and from others drawn.
void MsEhvi::believe(std::span<const Candidate> pool, std::span<const std::size_t> front,
                     Rng& rng) {
  std::vector<double> is_dominated(observed_.size(), 1.0);
  for (const std::size_t i : front)
    is_dominated[i] = 0;
  const std::vector<std::size_t> positions =
      training_positions(is_dominated, options_.training, rng);
  const ResponseInputs from = observed_.inputs_of(positions);
  const ResponseInputs at = observed_.inputs(pool);
  const QuantityScale scale =
      options_.logarithms ? QuantityScale::logarithms : QuantityScale::as_is;
  for (std::size_t k = 0; k < objectives_.size(); ++k) {
    const Objective objective = context_.space.objectives()[k];
    if (is_cheap(objective)) {
      std::vector<double> known;
      for (const Candidate& candidate : pool)
        known.push_back(context_.space.exact(candidate.row, objective).value());
      objectives_[k].know(std::move(known));
      continue;
    }
    Eigen::VectorXd values(static_cast<Eigen::Index>(positions.size()));
    for (std::size_t i = 0; i < positions.size(); ++i)
      values[static_cast<Eigen::Index>(i)] = observed_.objectives()[positions[i]][k];
    objectives_[k].learn(from, values, at, scale);
  }
  feasibility_.learn(observed_, positions, from, at);
}

/// The candidates of greatest expected hypervolume improvement over the front.
std::vector<Candidate> MsEhvi::choose(std::span<const Candidate> pool,
                                      std::span<const std::size_t> front) {
  std::vector<moo::Objectives> attained;
  for (const std::size_t i : front)
    attained.push_back(observed_.objectives()[i]);
  std::vector<Candidate> chosen;
  std::vector<bool> is_chosen(pool.size());
  while (chosen.size() < std::min(batch_size(options_.batch, observed_.size()), pool.size())) {
    const moo::ExpectedImprovement improvement(attained, reference());
    std::vector<moo::Belief> beliefs;
    std::vector<double> bounds;
    for (std::size_t i = 0; i < pool.size(); ++i) {
      beliefs.clear();
      for (const QuantityBeliefs& objective : objectives_)
        beliefs.push_back(objective.with_deviation_bound(i));
      bounds.push_back(is_chosen[i] ? kChosen : improvement(beliefs));
    }
    const std::size_t best = argmax(bounds, [&](std::size_t i) {
      beliefs.clear();
      for (QuantityBeliefs& objective : objectives_)
        beliefs.push_back(objective(i));
      return improvement(beliefs) * feasibility_(i);
    });
    chosen.push_back(pool[best]);
    is_chosen[best] = true;
    std::vector<double> expected;
    for (const QuantityBeliefs& objective : objectives_)
      expected.push_back(objective.with_deviation_bound(best).mean());
    attained.emplace_back(expected);
  }
  return chosen;
}

moo::Objectives MsEhvi::reference() const {
  const moo::Bounds bounds = moo::bounds_of(observed_.objectives());
  std::vector<double> point;
  for (std::size_t k = 0; k < bounds.nadir.size(); ++k) {
    const double range = bounds.nadir[k] - bounds.ideal[k];
    const double unit = range > 0 ? range : std::abs(bounds.nadir[k]) + 1e-12;
    point.push_back(bounds.nadir[k] + kReferenceMargin * unit);
  }
  return moo::Objectives(point);
}

}  // namespace ecnas::search
