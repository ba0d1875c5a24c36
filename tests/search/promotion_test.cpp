#include "search/promotion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/ranking.hpp"
#include "ecnas/moo/sms_emoa.hpp"
#include "search/small_search.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::grid_points;
using moo::Objectives;

/// Ranks as the definition says, of the points inserted so far.
void expect_levels(const DominanceLevels& levels, std::span<const Objectives> points) {
  const std::vector<std::size_t> ranks = moo::non_dominated_ranks(points);
  std::vector<std::size_t> found(points.size(), std::numeric_limits<std::size_t>::max());
  for (std::size_t rank = 0; rank < levels.levels(); ++rank) {
    ASSERT_FALSE(levels.level(rank).empty());
    EXPECT_TRUE(std::ranges::is_sorted(levels.level(rank)));
    for (const std::uint32_t position : levels.level(rank))
      found[position] = rank;
  }
  EXPECT_EQ(found, ranks);
}

TEST(DominanceLevels, AreTheNonDominatedRanksAfterEveryInsertion) {
  Rng rng(1);
  for (const std::size_t objectives : {1U, 2U, 3U}) {
    for (const std::uint64_t side : {3U, 8U, 1000U}) {
      const std::vector<Objectives> points = grid_points(60, objectives, side, rng);
      DominanceLevels levels;
      for (std::size_t i = 0; i < points.size(); ++i) {
        levels.insert(points[i]);
        EXPECT_EQ(levels.size(), i + 1);
        expect_levels(levels, std::span(points).first(i + 1));
      }
    }
  }
}

TEST(BestByCrowding, AreNsga2sSurvivorsBestFirst) {
  Rng rng(2);
  for (std::size_t count = 0; count <= 12; ++count) {
    const std::vector<Objectives> points = grid_points(10, 2, 6, rng);
    std::vector<std::size_t> best = best_by_crowding(points, count);
    const std::vector<moo::CrowdedRank> ranked = moo::rank_and_crowd(points);
    for (std::size_t i = 1; i < best.size(); ++i)
      EXPECT_FALSE(moo::crowded_less(ranked[best[i]], ranked[best[i - 1]]));
    std::ranges::sort(best);
    EXPECT_EQ(best, moo::best_positions(points, count));
  }
}

TEST(BestByContribution, PutsLastWhatSmsEmoaDiscards) {
  Rng rng(3);
  for (int i = 0; i < 200; ++i) {
    const std::vector<Objectives> points = grid_points(1 + rng.below(12), 2 + rng.below(2), 8, rng);
    const std::vector<std::size_t> order = best_by_contribution(points, points.size());
    ASSERT_EQ(order.size(), points.size());
    EXPECT_EQ(order.back(), moo::least_contributor(points));
  }
}

TEST(BestByContribution, IsHandWorked) {
  // The front (0,9) (1,5) (4,3) (9,0): ends first; then (4,3), which adds 5·2 = 10, against 3·4 =
  // 12 of (1,5); the dominated point last.
  const std::vector<Objectives> points = {{5, 5}, {0, 9}, {4, 3}, {1, 5}, {9, 0}};
  EXPECT_EQ(best_by_contribution(points, 9), (std::vector<std::size_t>{1, 4, 3, 2, 0}));
  EXPECT_EQ(best_by_contribution(points, 3), (std::vector<std::size_t>{1, 4, 3}));
  EXPECT_TRUE(best_by_contribution({}, 3).empty());
}

/// Ranks while they fit, then always the point that the hypervolume grows by most.
std::vector<std::size_t> slow_best_by_hypervolume(const std::vector<Objectives>& points,
                                                  std::size_t count) {
  std::vector<double> reference(points.front().begin(), points.front().end());
  for (const Objectives& point : points) {
    for (std::size_t k = 0; k < reference.size(); ++k)
      reference[k] = std::max(reference[k], point[k]);
  }
  for (double& value : reference)
    value = value > 0 ? 1.1 * value : std::numeric_limits<double>::epsilon();
  const std::vector<std::size_t> ranks = moo::non_dominated_ranks(points);
  std::vector<std::size_t> best;
  for (std::size_t rank = 0; best.size() < std::min(count, points.size()); ++rank) {
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (ranks[i] == rank) front.push_back(i);
    }
    if (best.size() + front.size() <= count) {
      best.insert(best.end(), front.begin(), front.end());
      continue;
    }
    std::vector<Objectives> chosen;
    while (best.size() < count) {
      std::size_t most = front.size();
      double most_volume = -1;
      for (std::size_t i = 0; i < front.size(); ++i) {
        std::vector<Objectives> with = chosen;
        with.push_back(points[front[i]]);
        const double volume = moo::hypervolume(with, Objectives(reference));
        if (volume > most_volume) {
          most_volume = volume;
          most = i;
        }
      }
      chosen.push_back(points[front[most]]);
      best.push_back(front[most]);
      front.erase(front.begin() + static_cast<std::ptrdiff_t>(most));
    }
  }
  return best;
}

TEST(BestByHypervolume, EqualsTheGreedyChoiceWordForWord) {
  Rng rng(4);
  for (int i = 0; i < 100; ++i) {
    const std::size_t objectives = 2 + rng.below(2);
    // Without equal coordinates: of equal gains rounding decides.
    std::vector<Objectives> points;
    for (std::uint64_t n = 1 + rng.below(14); n > 0; --n) {
      std::vector<double> values;
      for (std::size_t k = 0; k < objectives; ++k)
        values.push_back(rng.uniform());
      points.emplace_back(values);
    }
    for (std::size_t count = 0; count <= points.size() + 1; ++count) {
      EXPECT_EQ(best_by_hypervolume(points, count), slow_best_by_hypervolume(points, count));
    }
  }
}

TEST(BestByHypervolume, TakesTheMiddleOfAFrontFirst) {
  // Reference (9.9, 9.9): the volumes of one are 0.9·9.9, 5.9·5.9 and 9.9·0.9.
  const std::vector<Objectives> points = {{0, 9}, {4, 4}, {9, 0}};
  EXPECT_EQ(best_by_hypervolume(points, 1), (std::vector<std::size_t>{1}));
}

TEST(FarthestFirst, IsHandWorked) {
  // Normalised: x 0, 0.1, 0.5, 1 and y 1, 0.9, 0.5, 0. From (0,1) the farthest is (1,0), then the
  // middle, then what lies beside the first.
  const std::vector<Objectives> front = {{1, 18}, {5, 10}, {0, 20}, {10, 0}};
  EXPECT_EQ(farthest_first(front, 4), (std::vector<std::size_t>{2, 3, 1, 0}));
  EXPECT_EQ(farthest_first(front, 2), (std::vector<std::size_t>{2, 3}));
  EXPECT_TRUE(farthest_first({}, 2).empty());
}

TEST(FarthestFirst, NamesEveryPointOnceThoughTheyAreEqual) {
  const std::vector<Objectives> front(5, Objectives{1, 1});
  std::vector<std::size_t> order = farthest_first(front, 9);
  std::ranges::sort(order);
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace ecnas::search
