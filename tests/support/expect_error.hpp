#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ecnas/core/error.hpp"

namespace ecnas::testing {

/// Expects `action` to throw an `Error` of this code whose message holds `part`.
template <typename Action>
void expect_error(ErrorCode code, const std::string& part, Action action) {
  try {
    action();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace ecnas::testing
