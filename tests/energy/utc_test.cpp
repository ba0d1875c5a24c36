#include "energy/utc.hpp"

#include <gtest/gtest.h>

#include "ecnas/core/random.hpp"

namespace ecnas::energy {
namespace {

TEST(Utc, TimesAreReadInAllTheirForms) {
  constexpr double kNoon = 1'709'294'400;  // date -d 2024-03-01T12:00:00Z +%s
  for (const char* text :
       {"2024-03-01T12:00:00Z", "2024-03-01 12:00:00Z", "2024-03-01t12:00z", "2024-03-01T12:00Z",
        "2024-03-01T13:00:00+01:00", "2024-03-01T06:30:00-0530", "2024-03-01T12:00:00.000Z"})
    EXPECT_EQ(parse_time(text), kNoon) << text;
  EXPECT_EQ(parse_time("2024-03-01T12:00:00.25Z"), kNoon + 0.25);
  EXPECT_EQ(parse_time("2024-03-01T12:00:00", true), kNoon);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z"), parse_time("2017-01-01T00:00:00Z"));
}

TEST(Utc, WhatIsNoTimeIsRefused) {
  for (const char* text :
       {"", "2024-03-01", "2024-03-01T12:00:00", "2024-03-01T12Z", "2024-02-30T12:00:00Z",
        "2024-13-01T12:00:00Z", "2024-00-01T12:00:00Z", "2024-03-01T24:00:00Z",
        "2024-03-01T12:60:00Z", "2024-03-01T12:00:61Z", "2024-03-01T12:00:00.Z",
        "2024-03-01T12:00:00+24:00", "2024-03-01T12:00:00+01", "2024-03-01T12:00:00Zx",
        "24-03-01T12:00:00Z", "2024-3-1T12:00:00Z", "+024-03-01T12:00:00Z", "now"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Utc, TextsAreReadBack) {
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(1'709'294'399.9), "2024-03-01T11:59:59Z");
  EXPECT_EQ(utc_text(-1), "1969-12-31T23:59:59Z");
  Rng rng(3);
  for (int i = 0; i < 1000; ++i) {
    const auto time = static_cast<double>(rng.below(200'000'000'000)) - 60'000'000'000;
    EXPECT_EQ(parse_time(utc_text(time)), time) << utc_text(time);
  }
}

}  // namespace
}  // namespace ecnas::energy
