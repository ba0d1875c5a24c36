#include "ecnas/moo/weights.hpp"

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"

namespace ecnas::moo {
namespace {

constexpr std::size_t kMaxWeights = 1'000'000;
constexpr double kLeastWeight = 1e-6;

/// C(divisions + objectives − 1, divisions), or something above kMaxWeights.
std::size_t lattice_size(std::size_t objectives, std::size_t divisions) {
  std::size_t size = 1;
  for (std::size_t i = 1; i < objectives; ++i) {
    if (size > kMaxWeights || divisions > kMaxWeights) return kMaxWeights + 1;
    size = size * (divisions + i) / i;  // exact: the product of i successive numbers
  }
  return size;
}

void extend(Weights& begun, std::size_t left, std::size_t objectives, std::size_t divisions,
            std::vector<Weights>& lattice) {
  const auto share = [&](std::size_t part) {
    return static_cast<double>(part) / static_cast<double>(divisions);
  };
  if (begun.size() + 1 == objectives) {
    begun.push_back(share(left));
    lattice.push_back(begun);
    begun.pop_back();
    return;
  }
  for (std::size_t part = 0; part <= left; ++part) {
    begun.push_back(share(part));
    extend(begun, left - part, objectives, divisions, lattice);
    begun.pop_back();
  }
}

void require_objectives(std::size_t objectives) {
  if (objectives == 0 || objectives > kMaxObjectives) {
    fail(ErrorCode::invalid_argument, "weights: {} objectives; expected 1 to {}", objectives,
         kMaxObjectives);
  }
}

}  // namespace

std::vector<Weights> uniform_weights(std::size_t objectives, std::size_t divisions) {
  require_objectives(objectives);
  if (divisions == 0 || lattice_size(objectives, divisions) > kMaxWeights) {
    fail(ErrorCode::invalid_argument,
         "weights: {} divisions of {} objectives; expected at least 1, and at most {} weights",
         divisions, objectives, kMaxWeights);
  }
  std::vector<Weights> lattice;
  lattice.reserve(lattice_size(objectives, divisions));
  Weights begun;
  extend(begun, divisions, objectives, divisions, lattice);
  return lattice;
}

std::vector<Weights> weights_for(std::size_t objectives, std::size_t at_most) {
  require_objectives(objectives);
  if (objectives == 1) return {{1.0}};
  std::size_t divisions = 1;
  while (lattice_size(objectives, divisions + 1) <= std::min(at_most, kMaxWeights))
    ++divisions;
  return uniform_weights(objectives, divisions);
}

double tchebycheff(const Objectives& point, std::span<const double> weights) {
  if (point.size() != weights.size()) {
    fail(ErrorCode::invalid_argument, "tchebycheff: {} weights for {} objectives", weights.size(),
         point.size());
  }
  double largest = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    largest = std::max(largest, std::max(weights[i], kLeastWeight) * std::abs(point[i]));
  return largest;
}

}  // namespace ecnas::moo
