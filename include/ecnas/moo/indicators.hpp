#pragma once
/// Quality indicators: one number for how good a front is, against a reference front (the exact one
/// where it is known) or another front. All objectives are minimised.
///
/// Distances and ε add up objectives as they are given: where units differ, normalise both fronts
/// first, by the bounds of the reference front. Fronts come in any order; copies and dominated
/// points in them change nothing. Means over a reference front, or over the second front of
/// `coverage`, count every point that is there. An empty front is infinitely bad: indicators that
/// are minimised are +infinity for it; an empty reference front is an error, there being nothing to
/// measure against. All are deterministic and thread safe.
///
/// Definitions, formulae and which indicators agree with dominance: docs/algorithms/indicators.md.

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/moo/weights.hpp"

namespace ecnas::moo {

/// Inverted generational distance plus: the mean over the points of the reference front of the
/// distance to the nearest point of the front, where being better costs nothing. 0 is best.
/// @param front            (n, k)
/// @param reference_front  (m, k)
/// @return ≥ 0, in the (common) unit of the objectives; +infinity for an empty front
/// @throws Error{invalid_argument} if the reference front is empty or sizes differ
/// @complexity O(n m k)  @source [Ishibuchi15]
[[nodiscard]] double igd_plus(std::span<const Objectives> front,
                              std::span<const Objectives> reference_front);

/// The least that must be taken from every objective of the front for it to attain each point of
/// the reference front. At most 0 just where the front attains all of it.
/// @return in the (common) unit of the objectives; +infinity for an empty front
/// @throws Error{invalid_argument} if the reference front is empty or sizes differ
/// @complexity O(n m k)  @source [Zitzler03]
[[nodiscard]] double additive_epsilon(std::span<const Objectives> front,
                                      std::span<const Objectives> reference_front);

/// The least factor by which every objective of the front must be divided for it to attain each
/// point of the reference front. At most 1 just where the front attains all of it.
/// @return > 0; +infinity for an empty front
/// @throws Error{invalid_argument} if the reference front is empty, sizes differ, or a value is not
///         positive
/// @complexity O(n m k)  @source [Zitzler03]
[[nodiscard]] double multiplicative_epsilon(std::span<const Objectives> front,
                                            std::span<const Objectives> reference_front);

/// R2: the mean over weights of the least weighted Tchebycheff distance of the front from the ideal
/// point; `uniform_weights` makes weights that cover all directions. Smaller is better.
/// @param weights  at least one, each of k entries
/// @param ideal    (k); no point of the front is below it in any objective
/// @return ≥ 0; +infinity for an empty front
/// @throws Error{invalid_argument} if there are no weights, sizes differ or a point is below the
///         ideal in an objective, where a distance from the ideal would reward being worse
/// @complexity O(n w k)  @source [HanJas98, BroWagTra12]
[[nodiscard]] double r2(std::span<const Objectives> front, std::span<const Weights> weights,
                        const Objectives& ideal);

/// How unevenly a front is spread, and how far it stays from the ends of the reference front: Deb's
/// Δ [Deb02] generalised to any number of objectives,
///   Δ = (Σᵢ d(eᵢ) + Σₓ |dₓ − d̄|) / (Σᵢ d(eᵢ) + n d̄),
/// with n distinct non-dominated points x of the front, dₓ the Euclidean distance from x to the
/// nearest other one (0 if it is alone), d̄ their mean, eᵢ the point of the reference front that is
/// best in objective i (`extrema`), and d(eᵢ) its distance to the nearest point of the front. 0 is
/// best: the ends are reached and neighbours equally far. It says nothing of how close a front is.
/// @param front            (n, k), k ≥ 2
/// @param reference_front  (m, k)
/// @return ≥ 0; 1 for one point off the ends, 0 where all distances are 0; +infinity for an empty
///         front
/// @throws Error{invalid_argument} if the reference front is empty, sizes differ or k < 2
/// @complexity O(n (n + k) k)  @source [Zhou06]
[[nodiscard]] double spread(std::span<const Objectives> front,
                            std::span<const Objectives> reference_front);

/// C-metric: the share of the points of `b` that some point of `a` dominates or equals. Not
/// symmetric: read coverage(a, b) beside coverage(b, a).
/// @return 0 to 1; 1 for an empty `b`, of which nothing is left uncovered
/// @throws Error{invalid_argument} if sizes differ
/// @complexity O(|a| |b| k)  @source [ZitThi99]
[[nodiscard]] double coverage(std::span<const Objectives> a, std::span<const Objectives> b);

/// How many of the distinct points of the exact front the front holds, equal in every bit but for
/// the sign of zero.
/// @throws Error{invalid_argument} if sizes differ
/// @complexity O((n + m) log m)
[[nodiscard]] std::size_t points_found(std::span<const Objectives> front,
                                       std::span<const Objectives> exact_front);

}  // namespace ecnas::moo
