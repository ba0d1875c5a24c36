#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ecnas/search/search.hpp"

namespace ecnas::search {

/// Whose trial a file holds.
struct TrialIdentity {
  std::uint64_t study;  ///< fingerprint of its parameters
  std::string contender;
  std::size_t trial;
  std::uint64_t seed;
};

/// A finished trial as text (docs/formats/study.md); numbers read back as the same bits.
[[nodiscard]] std::string trial_text(const Problem& problem, const TrialIdentity& identity,
                                     const Trial& trial);

/// Reads it again. @param file  for messages
/// @throws Error{invalid_data} if it is damaged, or of another trial than `identity`
[[nodiscard]] Trial parse_trial(const Problem& problem, const TrialIdentity& identity,
                                std::string_view text, std::string_view file);

}  // namespace ecnas::search
