#include "ecnas/moo/archive.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "ecnas/moo/hypervolume.hpp"
#include "moo/points.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

/// Payloads of the members, by objectives.
std::map<std::vector<double>, std::size_t> content(const Archive<std::size_t>& archive) {
  std::map<std::vector<double>, std::size_t> members;
  for (const Solution<std::size_t>& member : archive) {
    members[{member.objectives.begin(), member.objectives.end()}] = member.genotype;
  }
  return members;
}

std::map<std::vector<double>, std::size_t> expected_content(const std::vector<Objectives>& points) {
  std::map<std::vector<double>, std::size_t> members;
  for (const std::size_t i : oracle::front(points))
    members[{points[i].begin(), points[i].end()}] = i;
  return members;
}

/// Inserts all; after each, `insert` and `would_accept` must have told the truth.
void fill_and_check(Archive<std::size_t>& archive, const std::vector<Objectives>& points) {
  std::vector<Objectives> seen;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool attained = std::ranges::any_of(
        seen, [&](const Objectives& other) { return oracle::nowhere_worse(other, points[i]); });
    EXPECT_EQ(archive.would_accept(points[i]), !attained);
    EXPECT_EQ(archive.insert(points[i], i), !attained);
    seen.push_back(points[i]);
  }
}

TEST(Archive, HoldsTheNaiveFrontAfterEveryInsertionOfSmallGrids) {
  Rng rng(21);
  for (int trial = 0; trial < 150; ++trial) {
    const auto points = grid_points(40, 1 + rng.below(4), 2 + rng.below(10), rng);
    Archive<std::size_t> archive;
    std::vector<Objectives> seen;
    for (std::size_t i = 0; i < points.size(); ++i) {
      archive.insert(points[i], i);
      seen.push_back(points[i]);
      ASSERT_EQ(content(archive), expected_content(seen)) << "trial " << trial << ", " << i;
      ASSERT_EQ(archive.size(), content(archive).size());
    }
  }
}

TEST(Archive, TellsWhetherItAcceptedAndWould) {
  Rng rng(22);
  for (int trial = 0; trial < 100; ++trial) {
    Archive<std::size_t> archive;
    fill_and_check(archive, grid_points(60, 2 + rng.below(2), 2 + rng.below(20), rng));
  }
}

/// Long fronts fill, split and empty many blocks.
TEST(Archive, HoldsLongFrontsThatLaterPointsCutAway) {
  Rng rng(23);
  for (int trial = 0; trial < 8; ++trial) {
    std::vector<Objectives> points;
    for (int i = 0; i < 1500; ++i) {
      const auto x = static_cast<double>(rng.below(4000));
      // Layers ever nearer to the ideal, with many exact ties between them.
      const auto layer = static_cast<double>(100 * (i / 300));
      points.push_back({x - layer, 4000 - x - layer});
    }
    points.push_back({200, 200});
    points.push_back({-1000, -1000});
    for (const std::size_t count : {points.size() - 2, points.size() - 1, points.size()}) {
      Archive<std::size_t> archive;
      const std::vector<Objectives> part(points.begin(),
                                         points.begin() + static_cast<std::ptrdiff_t>(count));
      for (std::size_t i = 0; i < part.size(); ++i)
        archive.insert(part[i], i);
      ASSERT_EQ(content(archive), expected_content(part));
    }
  }
}

TEST(Archive, GoesThroughTwoObjectivesInOrderOfTheFirst) {
  Rng rng(24);
  Archive<std::size_t> archive;
  for (int i = 0; i < 3000; ++i) {
    const double x = rng.uniform();
    archive.insert({x, 1 - x}, 0);
  }
  const std::vector<Objectives> members = archive.objectives();
  ASSERT_GT(members.size(), 2900U);
  EXPECT_TRUE(std::ranges::is_sorted(members, {}, [](const Objectives& p) { return p[0]; }));
}

TEST(Archive, GoesThroughOtherNumbersOfObjectivesInOrderOfInsertion) {
  Archive<char> archive;
  archive.insert({3, 1, 2}, 'a');
  archive.insert({1, 3, 2}, 'b');
  archive.insert({2, 2, 2}, 'c');
  archive.insert({0, 3, 2}, 'd');  // in place of b
  std::string order;
  for (const Solution<char>& member : archive)
    order += member.genotype;
  EXPECT_EQ(order, "acd");
}

TEST(Archive, KeepsTheFirstOfEqualSolutions) {
  Archive<char> archive;
  EXPECT_TRUE(archive.insert({1, 2}, 'a'));
  EXPECT_FALSE(archive.insert({1, 2}, 'b'));
  EXPECT_EQ(archive.begin()->genotype, 'a');
}

TEST(Archive, TakesPayloadsThatCanOnlyMove) {
  Archive<std::unique_ptr<int>> archive;
  EXPECT_TRUE(archive.insert({1, 2}, std::make_unique<int>(1)));
  EXPECT_TRUE(archive.insert({0, 1}, std::make_unique<int>(2)));
  EXPECT_EQ(*archive.begin()->genotype, 2);
  EXPECT_EQ(archive.size(), 1U);
}

TEST(Archive, CopiesAreIndependent) {
  Archive<int> archive;
  archive.insert({1, 2}, 0);
  const Archive<int> copy = archive;
  archive.insert({0, 0}, 1);
  EXPECT_EQ(copy.objectives(), (std::vector<Objectives>{{1, 2}}));
}

TEST(Archive, RefusesAnotherNumberOfObjectivesAndNone) {
  Archive<int> archive;
  EXPECT_EQ(code_of([&] { archive.insert(Objectives(), 0); }), ErrorCode::invalid_argument);
  archive.insert({1, 2}, 0);
  EXPECT_EQ(code_of([&] { archive.insert({1, 2, 3}, 0); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { static_cast<void>(archive.would_accept({1})); }),
            ErrorCode::invalid_argument);
}

TEST(Archive, ContributionsAreWhatTheHypervolumeLosesAndInfiniteAtTheEnds) {
  Rng rng(25);
  for (int trial = 0; trial < 100; ++trial) {
    const std::size_t dimension = 2 + rng.below(2);
    Archive<int> archive;
    for (const Objectives& point : grid_points(30, dimension, 12, rng))
      archive.insert(point, 0);
    const std::vector<Objectives> members = archive.objectives();
    const std::vector<double> contributions = archive.contributions();
    ASSERT_EQ(contributions.size(), members.size());
    // A tenth of the extent beyond the nadir is where the reference is documented to be.
    const Bounds bounds = bounds_of(members);
    std::vector<double> reference;
    for (std::size_t d = 0; d < dimension; ++d) {
      const double extent = bounds.nadir[d] - bounds.ideal[d];
      reference.push_back(bounds.nadir[d] + (extent > 0 ? 0.1 * extent : 1));
    }
    const Objectives corner{std::span<const double>(reference)};
    const double all = hypervolume(members, corner);
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (std::isinf(contributions[i])) continue;
      std::vector<Objectives> others = members;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_NEAR(contributions[i], all - hypervolume(others, corner), 1e-9 * all);
    }
    for (std::size_t d = 0; d < dimension; ++d) {
      const auto best = std::ranges::min_element(members, {}, [d](const Objectives& p) {
        return std::vector<double>{p[d], p[0], p[1], p[p.size() - 1]};
      });
      EXPECT_TRUE(std::isinf(contributions[static_cast<std::size_t>(best - members.begin())]));
    }
  }
}

TEST(Archive, OfOneOrTwoMembersHasInfiniteContributions) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Archive<int> archive;
  EXPECT_TRUE(archive.contributions().empty());
  archive.insert({1, 2}, 0);
  EXPECT_EQ(archive.contributions(), (std::vector<double>{kInfinity}));
  archive.insert({2, 1}, 0);
  EXPECT_EQ(archive.contributions(), (std::vector<double>{kInfinity, kInfinity}));
}

}  // namespace
}  // namespace ecnas::moo
