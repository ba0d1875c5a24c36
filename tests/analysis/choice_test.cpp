#include "ecnas/analysis/choice.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ecnas/core/random.hpp"
#include "support/expect_error.hpp"

namespace ecnas::analysis {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

struct Made {
  std::vector<double> costs;
  std::vector<double> accuracies;
  std::vector<std::uint8_t> allowed;
};

/// Coarse numbers, so that many are equal; some absent.
Made made_up(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  Made made;
  for (std::size_t i = 0; i < count; ++i) {
    made.costs.push_back(rng.below(20) == 0 ? kNothing : static_cast<double>(1 + rng.below(9)));
    made.accuracies.push_back(rng.below(20) == 0 ? kNothing
                                                 : static_cast<double>(rng.below(10)) / 10);
    made.allowed.push_back(rng.below(3) == 0 ? 0 : 1);
  }
  return made;
}

bool is_there(const Made& made, std::size_t i) {
  return !std::isnan(made.costs[i]) && !std::isnan(made.accuracies[i]);
}

/// Whether i comes before j, said in words.
bool before(const Made& made, std::size_t i, std::size_t j, Preference preference) {
  const bool cheaper = made.costs[i] < made.costs[j];
  const bool dearer = made.costs[i] > made.costs[j];
  const bool better = made.accuracies[i] > made.accuracies[j];
  const bool worse = made.accuracies[i] < made.accuracies[j];
  if (preference == Preference::accuracy)
    return better || (!worse && (cheaper || (!dearer && i < j)));
  return cheaper || (!dearer && (better || (!worse && i < j)));
}

TEST(Choose, TakesTheCellsThatComeBeforeAllOthersAndSaysHowFarAboveTheFront) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Made made = made_up(60, seed);
    for (const Preference preference : {Preference::accuracy, Preference::cost}) {
      const std::vector<Choice> chosen =
          choose(made.costs, made.accuracies, made.allowed, preference, 7);
      for (std::size_t place = 0; place < chosen.size(); ++place) {
        const Choice& choice = chosen[place];
        ASSERT_EQ(made.allowed[choice.cell], 1);
        std::size_t earlier = 0;
        double cheapest = choice.cost;
        bool dominated = false;
        for (std::size_t i = 0; i < made.costs.size(); ++i) {
          if (!is_there(made, i)) continue;
          if (made.allowed[i] != 0 && before(made, i, choice.cell, preference)) ++earlier;
          if (made.accuracies[i] < choice.accuracy) continue;
          cheapest = std::min(cheapest, made.costs[i]);
          dominated = dominated || made.costs[i] < choice.cost ||
                      (made.costs[i] == choice.cost && made.accuracies[i] > choice.accuracy);
        }
        ASSERT_EQ(earlier, place) << seed;
        ASSERT_EQ(choice.on_front, !dominated) << seed;
        ASSERT_DOUBLE_EQ(choice.above_front, choice.cost / cheapest - 1) << seed;
      }
    }
  }
}

TEST(Choose, GivesFewerWhereFewerAreAllowed) {
  const Made made = made_up(30, 1);
  EXPECT_TRUE(
      choose(made.costs, made.accuracies, std::vector<std::uint8_t>(30, 0), Preference::accuracy, 5)
          .empty());
  EXPECT_LE(choose(made.costs, made.accuracies, made.allowed, Preference::cost, 1000).size(), 30U);
  testing::expect_error(ErrorCode::invalid_argument, "as many of each", [&] {
    (void)choose(made.costs, made.accuracies, {}, Preference::cost, 1);
  });
}

}  // namespace
}  // namespace ecnas::analysis
