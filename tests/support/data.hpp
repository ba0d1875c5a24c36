#pragma once
/// Where the tests find real data: `ECNAS_DATA_DIR`, by default `../shared/data` beside the source
/// tree. A test that needs a file of it begins with `ECNAS_NEEDS_DATA("name")`, which skips the
/// test, saying so, where the file is absent.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace ecnas::testing {

inline std::filesystem::path data_dir() {
  const char* given = std::getenv("ECNAS_DATA_DIR");
  if (given != nullptr && *given != '\0') return given;
  return std::filesystem::path(ECNAS_SOURCE_DIR) / ".." / "shared" / "data";
}

/// The path of one file of the data directory; it need not exist.
inline std::filesystem::path data_file(const std::filesystem::path& name) {
  return data_dir() / name;
}

}  // namespace ecnas::testing

/// Skips the running test unless the data directory holds `name`.
#define ECNAS_NEEDS_DATA(name)                                               \
  do {                                                                       \
    if (!std::filesystem::exists(::ecnas::testing::data_file(name))) {       \
      GTEST_SKIP() << "needs " << ::ecnas::testing::data_file(name).string() \
                   << ", which is not there; set ECNAS_DATA_DIR";            \
    }                                                                        \
  } while (false)
