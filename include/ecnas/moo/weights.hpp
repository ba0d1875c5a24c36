#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// One weight an objective, from 0, with sum 1: a direction of the objective space.
using Weights = std::vector<double>;

/// All weights that are multiples of 1/divisions, in lexicographical order: the simplex lattice.
/// @return C(divisions + objectives − 1, divisions) of them, each of `objectives` entries
/// @throws Error{invalid_argument} for no objectives, no divisions, or more than a million weights
/// @source [DasDennis98]
[[nodiscard]] std::vector<Weights> uniform_weights(std::size_t objectives, std::size_t divisions);

/// The finest lattice of at most so many weights, but one division at least.
/// @throws Error{invalid_argument} for no objectives
[[nodiscard]] std::vector<Weights> weights_for(std::size_t objectives, std::size_t at_most);

/// Weighted Tchebycheff distance of a point from the origin, max wᵢ|zᵢ|. A weight of 0 counts as
/// 10⁻⁶, so that of two points at the origin in all others the nearer is told.
/// @param point  normalised, so that the ideal point is the origin
/// @throws Error{invalid_argument} if sizes differ
/// @source [Miettinen99]
[[nodiscard]] double tchebycheff(const Objectives& point, std::span<const double> weights);

}  // namespace ecnas::moo
