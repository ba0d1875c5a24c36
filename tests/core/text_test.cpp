#include "ecnas/core/text.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "ecnas/core/random.hpp"

namespace ecnas {
namespace {

using Parts = std::vector<std::string_view>;

TEST(Split, GivesOnePartMoreThanSeparators) {
  EXPECT_EQ(split("a,b,c", ','), (Parts{"a", "b", "c"}));
  EXPECT_EQ(split("", ','), (Parts{""}));
  EXPECT_EQ(split(",", ','), (Parts{"", ""}));
  EXPECT_EQ(split(",a,,", ','), (Parts{"", "a", "", ""}));
  EXPECT_EQ(split("a;b", ','), (Parts{"a;b"}));
}

TEST(Trimmed, TakesSpacesAndTabsFromTheEndsOnly) {
  EXPECT_EQ(trimmed(" \t a b\t "), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("a\n"), "a\n");
}

TEST(ParseReal, ReadsWholeNumbersOnly) {
  EXPECT_EQ(parse_real("1.5"), 1.5);
  EXPECT_EQ(parse_real("-1e-3"), -1e-3);
  EXPECT_TRUE(std::isnan(parse_real("nan").value_or(0)));
  EXPECT_EQ(parse_real("inf"), std::numeric_limits<double>::infinity());
  for (const std::string_view bad : {"", " 1", "1 ", "1,5", "1.5x", "0x10", "+1", "1e999", "--1"}) {
    EXPECT_FALSE(parse_real(bad).has_value()) << "'" << bad << "'";
  }
}

TEST(ParseInteger, ReadsWholeIntegersOnly) {
  EXPECT_EQ(parse_integer("-42"), -42);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const std::string_view bad : {"", "9223372036854775808", "1.0", "1e3", " 1", "one"}) {
    EXPECT_FALSE(parse_integer(bad).has_value()) << "'" << bad << "'";
  }
}

TEST(Shortest, IsShortOnKnownNumbers) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(0.1F), "0.1");
  EXPECT_EQ(shortest(1e-5), "1e-05");
  EXPECT_EQ(shortest(3.0), "3");
  EXPECT_EQ(shortest(-0.0), "-0");
  EXPECT_EQ(shortest(std::nan("")), "nan");
}

TEST(Shortest, ReadsBackAsTheSameNumber) {
  Rng rng(13);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(rng.next());
    if (!std::isfinite(value)) continue;
    const auto back = parse_real(shortest(value));
    ASSERT_TRUE(back.has_value()) << shortest(value);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(value));
  }
}

TEST(WithThousands, PutsACommaBeforeEveryThirdDigit) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
  EXPECT_EQ(with_thousands(-999), "-999");
  EXPECT_EQ(with_thousands(-100000), "-100,000");
  EXPECT_EQ(with_thousands(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Closest, FindsWhatWasMeantAndNothingFarOff) {
  const Parts names{"energy", "training_time", "validation_error"};
  EXPECT_EQ(closest("enrgy", names), "energy");
  EXPECT_EQ(closest("validation_eror", names), "validation_error");
  EXPECT_EQ(closest("energy", names), "energy");
  EXPECT_FALSE(closest("hypervolume", names).has_value());
  EXPECT_FALSE(closest("energy", {}).has_value());
}

TEST(Quoted, MakesControlCharactersVisibleAndCuts) {
  EXPECT_EQ(quoted("abc"), "'abc'");
  EXPECT_EQ(quoted(""), "''");
  EXPECT_EQ(quoted(std::string_view("a\0\n\x1b", 4)), "'a\\x00\\x0a\\x1b'");
  EXPECT_EQ(quoted("abcdef", 3), "'abc…'");
  EXPECT_EQ(quoted("abc", 3), "'abc'");
}

}  // namespace
}  // namespace ecnas
