#pragma once

#include "ecnas/core/random.hpp"
#include "ecnas/search/problem.hpp"
#include "search/evaluator.hpp"

namespace ecnas::search {

/// SEMOA as EC-NAS's published code runs it, for comparison: `--reference semoa-published`.
///
/// What differs from `moo::Semoa` (docs/algorithms/semoa.md): the population is everything ever
/// found with distinct objectives, dominated or not; every step evaluates all of it again at the
/// step's budget; the number of vertices never changes; the first operation is never mutated; a
/// child may be invalid, is scored 0 in every objective, takes part in one selection and is then
/// dropped; samples are the published ones.
/// Two objectives; runs until the evaluator says stop.
/// @throws Error{invalid_argument} unless the problem has two objectives.
void run_published_semoa(const Problem& problem, Evaluator& evaluator, Rng& rng);

}  // namespace ecnas::search
