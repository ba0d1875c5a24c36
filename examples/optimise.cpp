// SEMOA on a toy problem, through the public headers alone: which real numbers x come close to both
// 0 and 2? The exact front is every x between them, f = (x², (x − 2)²).

#include <fmt/core.h>

#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/semoa.hpp"

namespace moo = ecnas::moo;

/// How genotypes come to be: here a genotype is one number.
class Steps final : public moo::Variation<double> {
 public:
  double sample(ecnas::Rng& rng) override { return 100 * rng.normal(); }
  double mutate(const double& x, ecnas::Rng& rng) override { return x + 0.5 * rng.normal(); }
  double recombine(const double& a, const double& b, ecnas::Rng&) override { return (a + b) / 2; }
};

moo::Objectives evaluate(double x) {
  return {x * x, (x - 2) * (x - 2)};
}

int main() {
  ecnas::Rng rng(7);
  Steps steps;
  moo::Semoa<double> semoa(steps);

  for (int step = 0; step < 300; ++step) {
    std::vector<moo::Evaluated<double>> evaluated;
    for (const double x : semoa.ask(rng))
      evaluated.push_back({x, evaluate(x)});
    semoa.tell(evaluated);
  }

  const std::vector<moo::Objectives> front = semoa.archive().objectives();
  fmt::print("{} points on the front\n", front.size());
  fmt::print("hypervolume {:.4f} of 13.3333, reference (4, 4)\n", moo::hypervolume(front, {4, 4}));
  const bool found = moo::hypervolume(front, {4, 4}) > 13.2;
  return found ? 0 : 1;
}
