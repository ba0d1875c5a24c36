#include "energy/clock_watch.hpp"

#include <gtest/gtest.h>

namespace ecnas::energy {
namespace {

std::vector<std::string> notes_of(const std::vector<Clocks>& moments) {
  ClockWatch watch;
  std::vector<std::string> notes;
  for (const Clocks& moment : moments)
    watch.look(moment, notes);
  return notes;
}

TEST(ClockWatch, ClocksThatGoTogetherAreNoNews) {
  EXPECT_TRUE(notes_of({{1, 11, 1001}, {2, 12, 1002}, {3.5, 13.5, 1003.5}}).empty());
}

TEST(ClockWatch, ASleepIsToldOnceWithItsLength) {
  const auto notes = notes_of({{1, 11, 1001}, {2, 72, 1062}, {3, 73, 1063}});
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("slept for 60.0 s"), std::string::npos);
}

TEST(ClockWatch, ADateThatIsSetIsToldInEitherDirection) {
  const auto notes = notes_of({{1, 11, 1001}, {2, 12, 4602}, {3, 13, 1003}});
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_NE(notes[0].find("+3600.0 s"), std::string::npos);
  EXPECT_NE(notes[1].find("-3600.0 s"), std::string::npos);
}

TEST(ClockWatch, ASlewedDateIsNoStep) {
  EXPECT_TRUE(notes_of({{1, 11, 1001}, {2, 12, 1002.4}}).empty());
}

TEST(ReadClocks, TheClockWithSleepIsNeverBehind) {
  const Clocks clocks = read_clocks();
  EXPECT_GE(clocks.with_sleep_s, clocks.monotonic_s - 1e-3);
  EXPECT_GT(clocks.date_s, 1.7e9);
}

}  // namespace
}  // namespace ecnas::energy
