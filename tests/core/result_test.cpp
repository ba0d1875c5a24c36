#include "ecnas/core/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ecnas/core/error.hpp"

namespace ecnas {
namespace {

enum class Reason { cold, late };

TEST(Error, CarriesItsCodeAndTheFormattedMessage) {
  try {
    fail(ErrorCode::invalid_data, "{}: found {}; expected {}", "t.ecnas", 3, 4);
    FAIL() << "fail returned";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_data);
    EXPECT_STREQ(error.what(), "t.ecnas: found 3; expected 4");
  }
}

TEST(Error, IsAStandardException) {
  EXPECT_THROW(fail(ErrorCode::not_found, "x"), std::runtime_error);
}

TEST(AssertDeathTest, NamesTheConditionAndThePlaceAndEnds) {
  EXPECT_DEATH(ECNAS_ASSERT(1 > 2), "1 > 2 does not hold at .*result_test.cpp");
  ECNAS_ASSERT(2 > 1);
}

TEST(Result, HoldsAValueOrAReason) {
  const Result<std::string, Reason> value(std::string("warm"));
  EXPECT_TRUE(value.has_value());
  EXPECT_TRUE(static_cast<bool>(value));
  EXPECT_EQ(*value, "warm");
  EXPECT_EQ(value->size(), 4U);
  const Result<std::string, Reason> none(Reason::late);
  EXPECT_FALSE(none.has_value());
  EXPECT_EQ(none.reason(), Reason::late);
}

TEST(Result, TellsValueFromReasonEvenWhenTheirTypesAreAlike) {
  const Result<int, Reason> value(0);
  EXPECT_TRUE(value.has_value());
  EXPECT_EQ(value.value(), 0);
}

TEST(Result, TakesValuesThatCanOnlyMove) {
  const Result<std::unique_ptr<int>, Reason> value(std::make_unique<int>(5));
  EXPECT_EQ(**value, 5);
}

TEST(ResultDeathTest, EndsWhenAskedForWhatItDoesNotHold) {
  const Result<int, Reason> value(1);
  const Result<int, Reason> none(Reason::cold);
  EXPECT_DEATH(static_cast<void>(none.value()), "has_value");
  EXPECT_DEATH(static_cast<void>(value.reason()), "has_value");
}

}  // namespace
}  // namespace ecnas
