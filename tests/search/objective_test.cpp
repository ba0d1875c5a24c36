#include "ecnas/search/objective.hpp"

#include <gtest/gtest.h>

#include "ecnas/core/error.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/table/builtin.hpp"
#include "search/synthetic_table.hpp"

namespace ecnas::search {
namespace {

ErrorCode code_of(const std::string& text) {
  try {
    static_cast<void>(parse_objectives(text));
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::interrupted;  // no error: nothing that parsing throws
}

TEST(Objectives, AreReadByEverySpellingInTheGivenOrder) {
  const std::vector<Objective> expected = {Objective::validation_error, Objective::energy,
                                           Objective::parameters};
  EXPECT_EQ(parse_objectives("validation_error,energy,parameters"), expected);
  EXPECT_EQ(parse_objectives("validation_error, energy_kwh ,trainable_parameters"), expected);
}

TEST(Objectives, UnknownOrRepeatedNamesAreInvalidArguments) {
  for (const char* text : {"", "energi", "energy,", "energy,energy_kwh", "accuracy"}) {
    EXPECT_EQ(code_of(text), ErrorCode::invalid_argument) << text;
  }
}

TEST(Objectives, AMisspeltNameGetsTheNearestSuggested) {
  try {
    static_cast<void>(parse_objectives("validation_eror"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'validation_error'"), std::string::npos);
  }
}

TEST(Objectives, TableOfObjectivesIsInTheOrderOfTheEnumeration) {
  for (std::size_t i = 0; i < objectives().size(); ++i) {
    EXPECT_EQ(objectives()[i].objective, static_cast<Objective>(i));
    EXPECT_EQ(info(objectives()[i].objective).name, objectives()[i].name);
  }
}

TEST(DefaultObjectives, FollowWhatTheTableHolds) {
  const std::vector<Objective> measured = {Objective::energy, Objective::validation_error};
  EXPECT_EQ(default_objectives(ecnas::testing::synthetic_table()), measured);
  const std::vector<Objective> structural = {Objective::parameters, Objective::inverse_depth};
  EXPECT_EQ(default_objectives(table::builtin_table("space-4v").value()), structural);
}

TEST(Depth, IsTheMostConvolutionsOnAPath) {
  EXPECT_EQ(depth(space::Cell::trivial()), 0U);
  EXPECT_EQ(depth(space::parse_cell("011001000:conv3x3")), 1U);
  EXPECT_EQ(depth(space::parse_cell("011001000:maxpool3x3")), 0U);
  // input → 1 → 2 → output with a skip input → 2.
  EXPECT_EQ(depth(space::parse_cell("0110001000010000:conv3x3,conv1x1")), 2U);
  EXPECT_EQ(depth(space::parse_cell("0110001000010000:conv3x3,maxpool3x3")), 1U);
  // input → {1, 2} → output.
  EXPECT_EQ(depth(space::parse_cell("0110000100010000:conv3x3,conv1x1")), 1U);
}

}  // namespace
}  // namespace ecnas::search
