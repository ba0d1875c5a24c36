#include "search/quantity_beliefs.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::search {

void QuantityBeliefs::know(std::vector<double> values) {
  prediction_.reset();
  known_ = std::move(values);
}

void QuantityBeliefs::learn(const ResponseInputs& from, const Eigen::VectorXd& values,
                            const ResponseInputs& at, QuantityScale scale,
                            std::optional<QuantityGuesses> guesses) {
  scale_ = (values.array() > 0).all() ? scale : QuantityScale::as_is;
  guesses_.clear();
  Eigen::VectorXd learnt = values;
  if (scale_ == QuantityScale::logarithms) {
    if (guesses) {
      learnt.array() /= Eigen::Map<const Eigen::ArrayXd>(guesses->from.data(), learnt.size());
      guesses_ = std::move(guesses->at);
    }
    learnt = learnt.array().log();
  }
  model_.fit(from, learnt);
  prediction_ = model_.predict(at);
  deviations_.assign(static_cast<std::size_t>(at.size()), std::nullopt);
}

moo::Belief QuantityBeliefs::belief(Eigen::Index candidate, double deviation) const {
  const double mean = prediction_->means[candidate];
  if (scale_ == QuantityScale::as_is) return moo::Belief::normal(mean, deviation);
  const double guess = guesses_.empty() ? 1.0 : guesses_[static_cast<std::size_t>(candidate)];
  return moo::Belief::log_normal(guess * std::exp(mean), deviation);
}

moo::Belief QuantityBeliefs::operator()(std::size_t candidate) {
  if (!prediction_) return moo::Belief::normal(known_[candidate], 0);
  const auto i = static_cast<Eigen::Index>(candidate);
  std::optional<double>& deviation = deviations_[candidate];
  if (!deviation) deviation = model_.deviation(*prediction_, i);
  return belief(i, *deviation);
}

moo::Belief QuantityBeliefs::with_deviation_bound(std::size_t candidate) const {
  if (!prediction_) return moo::Belief::normal(known_[candidate], 0);
  const auto i = static_cast<Eigen::Index>(candidate);
  return belief(i, prediction_->deviation_bounds[i]);
}

Feasibility::Feasibility(std::span<const Constraint> constraints) {
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    if (info(constraints[i].objective).metric.empty()) continue;
    constraints_.push_back({i, constraints[i].at_most, {}});
  }
}

void Feasibility::learn(const Observed& observed, std::span<const std::size_t> positions,
                        const ResponseInputs& from, const ResponseInputs& at) {
  for (Measured& constraint : constraints_) {
    Eigen::VectorXd values(static_cast<Eigen::Index>(positions.size()));
    for (std::size_t i = 0; i < positions.size(); ++i) {
      values[static_cast<Eigen::Index>(i)] =
          observed[positions[i]].measurement.constrained[constraint.position];
    }
    constraint.beliefs.learn(from, values, at, QuantityScale::logarithms);
  }
}

double Feasibility::operator()(std::size_t candidate) {
  double probability = 1;
  for (Measured& constraint : constraints_)
    probability *= constraint.beliefs(candidate).probability_within(constraint.at_most);
  return probability;
}

std::size_t argmax(std::span<const double> bounds,
                   const std::function<double(std::size_t)>& value) {
  ECNAS_ASSERT(!bounds.empty());
  std::vector<std::size_t> order(bounds.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return bounds[i]; });
  std::size_t best = order.front();
  double greatest = value(best);
  for (const std::size_t i : std::span(order).subspan(1)) {
    if (bounds[i] <= greatest) break;
    const double exact = value(i);
    if (exact > greatest) {
      greatest = exact;
      best = i;
    }
  }
  return best;
}

}  // namespace ecnas::search
