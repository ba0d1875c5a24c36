#include "ecnas/analysis/choice.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "ecnas/core/error.hpp"

namespace ecnas::analysis {
namespace {

bool is_there(double cost, double accuracy) {
  return !std::isnan(cost) && !std::isnan(accuracy);
}

/// The front of all cells, cheapest first: each more accurate than the one before.
struct Step {
  double cost;
  double accuracy;
};

std::vector<Step> front_of(std::span<const double> costs, std::span<const double> accuracies) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < costs.size(); ++i)
    if (is_there(costs[i], accuracies[i])) steps.push_back({costs[i], accuracies[i]});
  std::ranges::sort(steps, [](const Step& a, const Step& b) {
    return std::tuple(a.cost, -a.accuracy) < std::tuple(b.cost, -b.accuracy);
  });
  std::vector<Step> front;
  for (const Step& step : steps)
    if (front.empty() || step.accuracy > front.back().accuracy) front.push_back(step);
  return front;
}

}  // namespace

std::vector<Choice> choose(std::span<const double> costs, std::span<const double> accuracies,
                           std::span<const std::uint8_t> allowed, Preference preference,
                           std::size_t count) {
  if (costs.size() != accuracies.size() || costs.size() != allowed.size()) {
    fail(ErrorCode::invalid_argument,
         "choice: {} costs, {} accuracies and {} permissions; there must be as many of each",
         costs.size(), accuracies.size(), allowed.size());
  }
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (allowed[i] != 0 && is_there(costs[i], accuracies[i]))
      choices.push_back({.cell = i, .cost = costs[i], .accuracy = accuracies[i]});
  }
  const auto before = [&](const Choice& a, const Choice& b) {
    return preference == Preference::accuracy
               ? std::tuple(-a.accuracy, a.cost, a.cell) < std::tuple(-b.accuracy, b.cost, b.cell)
               : std::tuple(a.cost, -a.accuracy, a.cell) < std::tuple(b.cost, -b.accuracy, b.cell);
  };
  const auto kept = static_cast<std::ptrdiff_t>(std::min(count, choices.size()));
  std::ranges::partial_sort(choices, choices.begin() + kept, before);
  choices.resize(static_cast<std::size_t>(kept));

  const std::vector<Step> front = front_of(costs, accuracies);
  for (Choice& choice : choices) {
    const auto step = std::ranges::lower_bound(front, choice.accuracy, {}, &Step::accuracy);
    choice.on_front = step->cost == choice.cost && step->accuracy == choice.accuracy;
    choice.above_front = step->cost > 0 ? choice.cost / step->cost - 1 : 0;
  }
  return choices;
}

}  // namespace ecnas::analysis
