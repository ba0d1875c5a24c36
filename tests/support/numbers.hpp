#pragma once
/// The facts that docs/numbers.md publishes: every line `| name | value |` of it. Tests compare
/// with these, so that the page and the code cannot part.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "ecnas/core/text.hpp"

namespace ecnas::testing {

/// Value by name, without backticks and thousands separators.
inline std::map<std::string, std::string> read_numbers() {
  std::map<std::string, std::string> numbers;
  std::ifstream page(std::string(ECNAS_SOURCE_DIR) + "/docs/numbers.md");
  for (std::string line; std::getline(page, line);) {
    const auto cells = split(line, '|');
    if (cells.size() != 4) continue;
    std::string value;
    for (const char c : trimmed(cells[2])) {
      if (c != ',' && c != '`') value += c;
    }
    numbers.emplace(std::string(trimmed(cells[1])), value);
  }
  return numbers;
}

/// The published value of a name; a failure of the test and an empty text where there is none.
inline std::string published_text(const std::string& name) {
  static const std::map<std::string, std::string> numbers = read_numbers();
  const auto found = numbers.find(name);
  if (found == numbers.end()) {
    ADD_FAILURE() << "docs/numbers.md has no '" << name << "'";
    return {};
  }
  return found->second;
}

inline std::int64_t published_number(const std::string& name) {
  const auto value = parse_integer(published_text(name));
  if (!value) ADD_FAILURE() << "docs/numbers.md: '" << name << "' is no whole number";
  return value.value_or(-1);
}

}  // namespace ecnas::testing
