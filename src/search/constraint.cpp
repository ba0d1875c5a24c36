#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/search/problem.hpp"

namespace ecnas::search {
namespace {

/// What an accuracy of at least so much says of an error.
struct Accuracy {
  std::string_view name;
  Objective error;
};

constexpr Accuracy kAccuracies[] = {{"validation_accuracy", Objective::validation_error},
                                    {"test_accuracy", Objective::test_error}};

[[noreturn]] void fail_malformed(std::string_view text) {
  fail(ErrorCode::invalid_argument,
       "constraint {}: expected a limit as in energy<=0.02 or validation_accuracy>=0.94",
       ecnas::quoted(text));
}

/// Tables hold 32-bit numbers: what was stored as the limit keeps it. @{
double with_stored_above(double bound) {
  return std::max(bound, static_cast<double>(static_cast<float>(bound)));
}
double with_stored_below(double bound) {
  return std::min(bound, static_cast<double>(static_cast<float>(bound)));
}
/// @}

}  // namespace

Constraint parse_constraint(std::string_view text) {
  const std::size_t at = text.find_first_of("<>");
  if (at == std::string_view::npos || at + 1 >= text.size() || text[at + 1] != '=')
    fail_malformed(text);
  const std::string_view name = trimmed(text.substr(0, at));
  const std::optional<double> bound = parse_real(trimmed(text.substr(at + 2)));
  if (!bound || !std::isfinite(*bound)) fail_malformed(text);
  const auto* accuracy = std::ranges::find(kAccuracies, name, &Accuracy::name);
  const bool is_accuracy = accuracy != std::end(kAccuracies);
  if (is_accuracy != (text[at] == '>')) fail_malformed(text);
  if (is_accuracy) return {accuracy->error, 1 - with_stored_below(*bound)};
  const std::vector<Objective> named = parse_objectives(name);
  if (named.size() != 1) fail_malformed(text);
  return {named.front(), with_stored_above(*bound)};
}

}  // namespace ecnas::search
