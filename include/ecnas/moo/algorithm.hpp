#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/core/result.hpp"
#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// How genotypes come to be. The caller owns what makes one valid: `mutate` and `recombine` return
/// genotypes worth evaluating.
template <typename Genotype>
class Variation {
 public:
  virtual ~Variation() = default;
  virtual Genotype sample(Rng& rng) = 0;
  /// A changed copy. @post differs from the parent where the space allows
  virtual Genotype mutate(const Genotype& parent, Rng& rng) = 0;
  virtual Genotype recombine(const Genotype& first, const Genotype& second, Rng& rng) = 0;
  /// Every genotype one elementary change away, each once, the parent left out. Only local search
  /// asks; without neighbourhoods it samples.
  virtual std::vector<Genotype> neighbours(const Genotype& /*parent*/, Rng& /*rng*/) { return {}; }
};

/// Why a problem has no objectives for a genotype. Never scored, never archived.
enum class Failure : std::uint8_t {
  invalid,  ///< it describes nothing that could be evaluated
  absent,   ///< nothing is known of it
};

/// What an algorithm is told.
template <typename Genotype>
struct Evaluated {
  Genotype genotype;
  Result<Objectives, Failure> outcome;
};

/// What an algorithm keeps.
template <typename Genotype>
struct Solution {
  Objectives objectives;
  Genotype genotype;
};

/// One search in steps: `ask` for genotypes, evaluate them, `tell` the outcomes of all of them, in
/// the same order (genotypes may have been altered in between, for instance been given a budget).
/// Seeded by the Rng the caller passes; never evaluates anything itself.
template <typename Genotype>
class Algorithm {
 public:
  virtual ~Algorithm() = default;
  [[nodiscard]] virtual std::vector<Genotype> ask(Rng& rng) = 0;
  virtual void tell(std::span<const Evaluated<Genotype>> evaluated) = 0;
};

}  // namespace ecnas::moo
