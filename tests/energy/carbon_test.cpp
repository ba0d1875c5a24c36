#include "ecnas/energy/carbon.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <tuple>

#include "ecnas/core/random.hpp"
#include "support/expect_error.hpp"

namespace ecnas::energy {
namespace {

using testing::expect_error;

TEST(Zones, AreManySortedAndSayWhereTheyComeFrom) {
  const std::span<const Zone> all = zones();
  EXPECT_GE(std::ranges::count_if(all, [](const Zone& z) { return !z.code.starts_with("US-"); }),
            200);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &Zone::code));
  std::set<std::string_view> texts;
  for (const Zone& zone : all) {
    EXPECT_TRUE(texts.insert(zone.code).second) << zone.code;
    EXPECT_TRUE(texts.insert(zone.name).second) << zone.name;
    EXPECT_GT(zone.g_per_kwh, 10) << zone.code;  // hydropower alone is rated about 24
    EXPECT_LT(zone.g_per_kwh, 1500) << zone.code;
    EXPECT_GE(zone.year, 2009) << zone.code;
    EXPECT_LE(zone.year, 2025) << zone.code;
    EXPECT_FALSE(zone.source.empty()) << zone.code;
  }
}

/// Every state of the USA and its capital; 713.976 lb/MWh for Alabama.
TEST(Zones, StatesOfTheUsaAreInGramsPerKwh) {
  EXPECT_EQ(std::ranges::count_if(zones(), [](const Zone& z) { return z.code.starts_with("US-"); }),
            51);
  EXPECT_NEAR(find_zone("US-AL").g_per_kwh, 713.976 * 0.45359237, 0.005);  // its last decimal
}

TEST(FindZone, TakesCodesAndNamesInAnyCase) {
  EXPECT_EQ(find_zone("DK").name, "Denmark");
  EXPECT_EQ(find_zone("dk").name, "Denmark");
  EXPECT_EQ(find_zone(" denmark ").code, "DK");
  EXPECT_EQ(find_zone("us-ca").name, "California");
  EXPECT_EQ(find_zone("World").code, "WORLD");
  EXPECT_EQ(find_zone("EU").name, "European Union");
  EXPECT_EQ(find_zone("uk").code, "GB");
  EXPECT_EQ(find_zone("USA").code, "US");
  EXPECT_EQ(find_zone("Georgia").code, "GE");
  for (const Zone& zone : zones()) {
    EXPECT_EQ(&find_zone(zone.code), &zone);
    EXPECT_EQ(&find_zone(zone.name), &zone);
  }
}

TEST(FindZone, SuggestsTheNearest) {
  expect_error(ErrorCode::invalid_argument, "did you mean 'DK' (Denmark)?",
               [] { std::ignore = find_zone("Denmrak"); });
  expect_error(ErrorCode::invalid_argument, "did you mean 'US-CA' (California)?",
               [] { std::ignore = find_zone("us_ca"); });
  expect_error(ErrorCode::invalid_argument, "by its name",
               [] { std::ignore = find_zone("the moon and all of its craters"); });
  expect_error(ErrorCode::invalid_argument, "zone ''", [] { std::ignore = find_zone(""); });
}

class Series : public ::testing::Test {
 protected:
  Series() {
    std::string pattern = ::testing::TempDir() + "ecnas-carbon-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Series() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "s.csv"; }
  [[nodiscard]] IntensitySeries read(std::string_view text) const {
    std::ofstream(file()) << text;
    return IntensitySeries::read(file());
  }
  void expect_refusal(std::string_view text, const std::string& part) const {
    expect_error(ErrorCode::invalid_data, part, [&] { std::ignore = read(text); });
  }

  std::filesystem::path directory_;
};

TEST_F(Series, ValuesHoldFromTheirTimeToTheNext) {
  const IntensitySeries series({{100, 5}, {200, 7}, {260, 3}});
  EXPECT_EQ(series.at(99.9), std::nullopt);
  EXPECT_EQ(series.at(100), 5);
  EXPECT_EQ(series.at(199.9), 5);
  EXPECT_EQ(series.at(200), 7);
  EXPECT_EQ(series.at(260), 3);
  EXPECT_EQ(series.at(319.9), 3);  // as long as the one before: 60 s
  EXPECT_EQ(series.at(320), std::nullopt);
  EXPECT_EQ(series.at(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

TEST_F(Series, ASingleValueHoldsFromItsTimeOn) {
  const IntensitySeries series({{100, 5}});
  EXPECT_EQ(series.at(99), std::nullopt);
  EXPECT_EQ(series.at(1e12), 5);
}

TEST_F(Series, AtIsTheLastPointNotLater) {
  Rng rng(5);
  std::vector<IntensitySeries::Point> points;
  double time = 0;
  for (int i = 0; i < 200; ++i)
    points.push_back({time += 1 + static_cast<double>(rng.below(5)), 100 * rng.uniform()});
  const IntensitySeries series(points);
  for (double t = points.front().unix_s; t <= points.back().unix_s; t += 0.5) {
    std::optional<double> expected;
    for (const auto& point : points) {
      if (point.unix_s <= t) expected = point.g_per_kwh;
    }
    EXPECT_EQ(series.at(t), expected) << t;
  }
}

TEST_F(Series, IsReadFromTwoColumns) {
  const IntensitySeries series =
      read("time,anything\n2024-03-01T12:00:00Z,120.5\n2024-03-01T13:30:00+01:00,0\n");
  ASSERT_EQ(series.points().size(), 2U);
  EXPECT_EQ(series.points()[0].unix_s, 1'709'294'400);
  EXPECT_EQ(series.points()[0].g_per_kwh, 120.5);
  EXPECT_EQ(series.points()[1].unix_s, 1'709'294'400 + 1800);
}

TEST_F(Series, IsReadFromUnixSeconds) {
  EXPECT_EQ(read("unix_s,g_per_kwh\r\n10,1\r\n10.5,2\r\n").at(10.2), 1);
}

TEST_F(Series, ColumnsAreFoundByName) {
  const IntensitySeries of_life = read(
      "Country,Datetime (UTC),Carbon intensity gCO2eq/kWh (direct),"
      "Carbon intensity gCO2eq/kWh (Life cycle),Renewable percentage\n"
      "Denmark,2024-03-01 12:00:00,80,100,60\n");
  EXPECT_EQ(of_life.points()[0].g_per_kwh, 100);
  EXPECT_EQ(of_life.points()[0].unix_s, 1'709'294'400);
  const IntensitySeries danish = read(
      "Minutes5UTC,Minutes5DK,PriceArea,CO2Emission\n"
      "2024-03-01T12:00:00,2024-03-01T13:00:00,DK1,77\n");
  EXPECT_EQ(danish.points()[0].g_per_kwh, 77);
}

TEST_F(Series, WhatIsNoSeriesIsRefusedWithItsLine) {
  expect_refusal("", "empty");
  expect_refusal("time,g\n", "no values");
  expect_refusal("a,b\n1,2\n", "s.csv:1: no column of times");
  expect_refusal("time,date,g_per_kwh\n1,2,3\n", "s.csv:1: several columns of times");
  expect_refusal("time,a,b\n1,2,3\n", "s.csv:1: no column of intensities");
  expect_refusal("time,intensity a,intensity b\n1,2,3\n", "several columns of intensities");
  expect_refusal("time,g\n1,2\n2\n", "s.csv:3: 1 fields; the header has 2");
  expect_refusal("time,g\n1,2\n1,3\n", "s.csv:3: time '1' is not later");
  expect_refusal("time,g\n2024-03-01T12:00:00,2\n", "s.csv:2: time '2024-03-01T12:00:00'");
  for (const char* bad : {"x", "", "-1", "nan", "inf", "1e999", "0x10", "1 2"})
    expect_refusal(std::string("time,g\n1,") + bad + "\n", "s.csv:2: intensity");
  for (const char* bad : {"nan", "inf", "", "yesterday"})
    expect_refusal(std::string("time,g\n") + bad + ",1\n", "s.csv:2: time");
  expect_refusal("time,g\n1,\"2\n", "s.csv:2: a quote that is not closed");
}

TEST_F(Series, FilesThatAreNotThereOrTooLargeAreRefused) {
  expect_error(ErrorCode::not_found, "s.csv", [&] { std::ignore = IntensitySeries::read(file()); });
  expect_error(ErrorCode::io_failure, "", [&] { std::ignore = IntensitySeries::read(directory_); });
  std::ofstream(file()).close();
  std::filesystem::resize_file(file(), 64'000'001);
  expect_error(ErrorCode::invalid_data, "64", [&] { std::ignore = IntensitySeries::read(file()); });
}

TEST_F(Series, RandomDamageIsRefusedOrRead) {
  const std::string good = "time,g_per_kwh\n2024-03-01T12:00:00Z,120.5\n1709300000,\"3\"\n";
  Rng rng(9);
  for (int i = 0; i < 300; ++i) {
    std::string text = good;
    for (std::uint64_t n = 1 + rng.below(3); n > 0; --n)
      text[rng.below(text.size())] = static_cast<char>(rng.below(256));
    try {
      const IntensitySeries series = read(text);
      for (const auto& point : series.points())
        EXPECT_TRUE(point.g_per_kwh >= 0 && std::isfinite(point.unix_s));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
    }
  }
}

TEST(IntensityPoints, ThatMakeNoSenseAreRefused) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  using Points = std::vector<IntensitySeries::Point>;
  for (const Points& bad : {Points{}, Points{{kNaN, 1}}, Points{{1, kNaN}}, Points{{1, -1}},
                            Points{{1, 1}, {1, 2}}, Points{{2, 1}, {1, 2}}}) {
    expect_error(ErrorCode::invalid_argument, "intensities over time",
                 [&] { std::ignore = IntensitySeries(bad); });
  }
}

TEST(Equivalents, AreOfTheirSourcesFigures) {
  const auto both = equivalents(0.024, 213.6);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].what, "km by car");
  EXPECT_DOUBLE_EQ(both[0].amount, 2);
  EXPECT_EQ(both[1].what, "phone charges");
  EXPECT_DOUBLE_EQ(both[1].amount, 2);
  for (const Equivalent& equivalent : both)
    EXPECT_FALSE(equivalent.source.empty());
  ASSERT_EQ(equivalents(1, std::nullopt).size(), 1U);
  EXPECT_EQ(equivalents(1, std::nullopt)[0].what, "phone charges");
}

}  // namespace
}  // namespace ecnas::energy
