#include "energy/account.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "ecnas/core/random.hpp"
#include "fake_sources.hpp"

namespace ecnas::energy {
namespace {

using testing::at;
using testing::counter;
using testing::failure;
using testing::power;
using testing::Reading;

/// Observes values a second apart, from 0 s.
Account account_of(const SourceDescription& source, const std::vector<Reading>& readings,
                   double step_s = 1) {
  Account account(source);
  for (std::size_t i = 0; i < readings.size(); ++i)
    account.observe(at(static_cast<double>(i) * step_s), readings[i]);
  return account;
}

SourceDescription wrapping(double wrap_j, double bound_w) {
  SourceDescription source = counter();
  source.wrap_j = wrap_j;
  source.power_bound_w = bound_w;
  return source;
}

TEST(Account, ACounterIsDifferenced) {
  const Account account = account_of(counter(), {100.0, 150.0, 175.0});
  EXPECT_EQ(account.energy().energy_j, 75);
  EXPECT_EQ(account.energy().covered_s, 2);
  EXPECT_TRUE(account.notes().empty());
}

TEST(Account, ASingleReadingIsNoEnergyAndCoversNothing) {
  const Account account = account_of(counter(), {100.0});
  EXPECT_EQ(account.energy().energy_j, 0);
  EXPECT_EQ(account.energy().covered_s, 0);
}

TEST(Account, ACounterThatPassesItsEndGoesOn) {
  const Account account = account_of(wrapping(1000, 200), {900.0, 990.0, 40.0, 100.0});
  EXPECT_EQ(account.energy().energy_j, 90 + 50 + 60);
  EXPECT_EQ(account.energy().covered_s, 3);
  EXPECT_TRUE(account.notes().empty());
}

TEST(Account, WrappedDifferencesAreThoseOfACounterThatNeverWraps) {
  Rng rng(7);
  Account account(wrapping(1000, 500));
  double true_j = 0;
  account.observe(at(0), 0.0);
  for (int second = 1; second <= 2000; ++second) {
    true_j += static_cast<double>(rng.below(400));
    account.observe(at(second), std::fmod(true_j, 1000));
  }
  EXPECT_DOUBLE_EQ(account.energy().energy_j, true_j);
  EXPECT_DOUBLE_EQ(account.energy().covered_s, 2000);
}

TEST(Account, WhereItMayHavePassedItsEndTwiceTheTimeIsNotCovered) {
  // 30 s at up to 200 W hold six wraps of 1,000 J.
  const Account account = account_of(wrapping(1000, 200), {100.0, 150.0}, 30);
  EXPECT_EQ(account.energy().energy_j, 50);
  EXPECT_EQ(account.energy().covered_s, 0);
  ASSERT_EQ(account.notes().size(), 1U);
  EXPECT_NE(account.notes()[0].find("more than once"), std::string::npos);
}

TEST(Account, AResetIsNoWrap) {
  // From 500 J to 0 in a second would be 500 J by a wrap, at a bound of 200 W.
  const Account account = account_of(wrapping(1000, 200), {400.0, 500.0, 0.0, 100.0});
  EXPECT_EQ(account.energy().energy_j, 200);
  EXPECT_EQ(account.energy().covered_s, 2);
  ASSERT_EQ(account.notes().size(), 1U);
  EXPECT_NE(account.notes()[0].find("reset"), std::string::npos);
}

TEST(Account, ACounterThatJumpsBackALittleLosesThatTimeAlone) {
  for (const bool has_bound : {true, false}) {
    SourceDescription source = wrapping(1000, 200);
    if (!has_bound) source.power_bound_w.reset();
    const Account account = account_of(source, {400.0, 450.0, 440.0, 500.0});
    EXPECT_EQ(account.energy().energy_j, 110) << has_bound;
    EXPECT_EQ(account.energy().covered_s, 2) << has_bound;
  }
}

TEST(Account, ACounterWithoutAnEndThatFallsWasReset) {
  const Account account = account_of(counter(), {400.0, 10.0, 30.0});
  EXPECT_EQ(account.energy().energy_j, 20);
  EXPECT_EQ(account.energy().covered_s, 1);
}

TEST(Account, ARiseBeyondTheBoundIsNotCounted) {
  const Account account = account_of(wrapping(1e9, 200), {0.0, 100.0, 1e6, 1e6 + 100});
  EXPECT_EQ(account.energy().energy_j, 200);
  EXPECT_EQ(account.energy().covered_s, 2);
  ASSERT_EQ(account.notes().size(), 1U);
  EXPECT_NE(account.notes()[0].find("more than can be drawn"), std::string::npos);
}

TEST(Account, ACounterBridgesReadingsThatFail) {
  const Account account =
      account_of(counter(), {0.0, failure(), failure(ReadFailure::Reason::denied), 300.0, 400.0});
  EXPECT_EQ(account.energy().energy_j, 400);
  EXPECT_EQ(account.energy().covered_s, 4);
  ASSERT_EQ(account.notes().size(), 1U);
  EXPECT_NE(account.notes()[0].find("[2 times]"), std::string::npos);
}

TEST(Account, ACounterThatGoesForGoodCoversWhatItSaw) {
  const Account account =
      account_of(counter(), {0.0, 100.0, failure(ReadFailure::Reason::gone), failure(), failure()});
  EXPECT_EQ(account.energy().energy_j, 100);
  EXPECT_EQ(account.energy().covered_s, 1);
}

TEST(Account, ACounterThatStandsStillForSecondsIsStuckAndSaysSo) {
  const Account account = account_of(counter(), {0.0, 100.0, 100.0, 100.0, 100.0, 100.0, 200.0});
  EXPECT_EQ(account.energy().energy_j, 200);
  EXPECT_EQ(account.energy().covered_s, 2);  // the first second and the last
  ASSERT_EQ(account.notes().size(), 1U);
  EXPECT_NE(account.notes()[0].find("did not move"), std::string::npos);
}

TEST(Account, ACardMaySleepAndAModelMayRest) {
  for (const bool is_model : {true, false}) {
    SourceDescription source = counter();
    if (is_model) source.quality = Quality::modelled;
    if (!is_model) source.domain = Domain::gpu;
    const Account account = account_of(source, std::vector<Reading>(10, 5.0));
    EXPECT_EQ(account.energy().covered_s, 9);
    EXPECT_TRUE(account.notes().empty());
  }
}

TEST(Account, PowersAreJoinedByTrapezoids) {
  const Account account = account_of(power(), {100.0, 200.0, 100.0}, 0.5);
  EXPECT_DOUBLE_EQ(account.energy().energy_j, 150);
  EXPECT_DOUBLE_EQ(account.energy().covered_s, 1);
}

TEST(Account, ATrapezoidIsTheIntegralOfStraightLines) {
  // Against a fine sum of the same broken line, whatever the steps between readings.
  Rng rng(3);
  Account account(power());
  double time_s = 0;
  double before_w = 50;
  double fine_j = 0;
  account.observe(at(0), before_w);
  for (int reading = 0; reading < 300; ++reading) {
    const double step_s = 0.05 + rng.uniform();
    const double power_w = 300 * rng.uniform();
    constexpr int kParts = 1000;
    for (int part = 0; part < kParts; ++part)
      fine_j += (before_w + (power_w - before_w) * (part + 0.5) / kParts) * step_s / kParts;
    time_s += step_s;
    account.observe(at(time_s), power_w);
    before_w = power_w;
  }
  // Instants are whole nanoseconds.
  EXPECT_NEAR(account.energy().energy_j, fine_j, 1e-6 * fine_j);
  EXPECT_NEAR(account.energy().covered_s, time_s, 1e-6);
}

TEST(Account, PowersFarApartAreNotJoined) {
  Account account(power(), {.hold_s = 2});
  account.observe(at(0), 100.0);
  account.observe(at(1), 100.0);
  account.observe(at(11), 300.0);
  account.observe(at(12), 300.0);
  EXPECT_DOUBLE_EQ(account.energy().energy_j, 100 + 300);
  EXPECT_DOUBLE_EQ(account.energy().covered_s, 2);
  EXPECT_EQ(account.notes().size(), 1U);
}

TEST(Account, APowerBridgesFailuresWithinItsHold) {
  const Account brief = account_of(power(), {100.0, failure(), 100.0}, 0.5);
  EXPECT_DOUBLE_EQ(brief.energy().covered_s, 1);
  const Account lasting = account_of(power(), {100.0, failure(), failure(), 100.0}, 1);
  EXPECT_DOUBLE_EQ(lasting.energy().covered_s, 0);
}

TEST(Account, TwoReadingsAtOneTimeAreNoEnergy) {
  Account account(power());
  account.observe(at(1), 100.0);
  account.observe(at(1), 900.0);
  EXPECT_EQ(account.energy().energy_j, 0);
}

}  // namespace
}  // namespace ecnas::energy
