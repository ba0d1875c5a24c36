#include "ecnas/train/optimizer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace ecnas::train {
namespace {

using torch::Tensor;

/// One number with the gradients that it is given.
class Trace {
 public:
  explicit Trace(const Recipe& recipe, double start)
      : weight_(torch::full({1}, start).set_requires_grad(true)), descent_({weight_}, recipe) {}
  double step(double gradient, double rate) {
    weight_.mutable_grad() = torch::full({1}, gradient);
    descent_.step(rate);
    return weight_.item<double>();
  }

 private:
  Tensor weight_;
  Descent descent_;
};

// By hand, w = 1, λ = 0, gradients 2 and −1 at rate 0.1:
//   s = 0.9·1 + 0.1·4 = 1.3       v = 0.1·2/√2.3 = 0.131876        w = 0.868124
//   s = 0.9·1.3 + 0.1·1 = 1.27    v = 0.9·0.131876 − 0.1/√2.27     w = 0.815808
TEST(Descent, RmspropFollowsTensorFlowsTrace) {
  Trace trace({.weight_decay = 0}, 1);
  EXPECT_NEAR(trace.step(2, 0.1), 0.868124, 1e-6);
  EXPECT_NEAR(trace.step(-1, 0.1), 0.815808, 1e-6);
}

// With λ = 0.5 the gradient at w = 1 is 2 + 0.5: s = 0.9 + 0.625, v = 0.25/√2.525 = 0.157329.
TEST(Descent, WeightDecayIsAddedToTheGradient) {
  Trace trace({.weight_decay = 0.5}, 1);
  EXPECT_NEAR(trace.step(2, 0.1), 1 - 0.157329, 1e-6);
}

// At rate 0, the first step's, nothing moves, but the mean square does: s = 1.3, then with g = −1
// s = 1.27 and v = −0.1/√2.27.
TEST(Descent, AStepAtRateZeroIsRemembered) {
  Trace trace({.weight_decay = 0}, 1);
  EXPECT_EQ(trace.step(2, 0), 1);
  EXPECT_NEAR(trace.step(-1, 0.1), 1 + 0.1 / std::sqrt(2.27), 1e-6);
}

// Nesterov: v = g = 2, w = 1 − 0.1·(2 + 0.9·2) = 0.62; then v = 0.9·2 − 1 = 0.8 and
// w = 0.62 − 0.1·(−1 + 0.9·0.8) = 0.648.
TEST(Descent, SgdHasNesterovsMomentum) {
  Trace trace({.optimizer = Optimizer::sgd, .weight_decay = 0}, 1);
  EXPECT_NEAR(trace.step(2, 0.1), 0.62, 1e-6);
  EXPECT_NEAR(trace.step(-1, 0.1), 0.648, 1e-6);
}

// Adam's first step is the rate, whatever the gradient's size.
TEST(Descent, AdamCorrectsForItsStart) {
  Trace trace({.optimizer = Optimizer::adam, .weight_decay = 0}, 1);
  EXPECT_NEAR(trace.step(2, 0.1), 0.9, 1e-6);
  // m = 0.9·0.2 − 0.1 = 0.08, s = 0.999·0.004 + 0.001 = 0.004996;
  // rate·√(1 − 0.999²)/(1 − 0.9²)·m/√s.
  const double step = 0.1 * std::sqrt(1 - 0.998001) / 0.19 * 0.08 / std::sqrt(0.004996);
  EXPECT_NEAR(trace.step(-1, 0.1), 0.9 - step, 1e-5);
}

TEST(Descent, TakesGradientsOfAnotherMemoryFormat) {
  Tensor weight = torch::arange(24, torch::kFloat)
                      .reshape({2, 3, 2, 2})
                      .contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor before = weight.clone();
  weight.set_requires_grad(true);
  Descent descent({weight}, {.weight_decay = 0});
  const Tensor gradient = torch::arange(24, torch::kFloat).reshape({2, 3, 2, 2});
  weight.mutable_grad() = gradient;
  descent.step(0.1);
  const Tensor square = 0.9 + 0.1 * gradient.square();
  EXPECT_TRUE(torch::allclose(weight, before - 0.1 * gradient / (square + 1).sqrt()));
}

}  // namespace
}  // namespace ecnas::train
