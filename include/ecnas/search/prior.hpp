#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "ecnas/search/objective.hpp"
#include "ecnas/space/cell.hpp"

namespace ecnas::search {

/// What a search knows of an objective before it evaluates anything: a guess of its value, in any
/// unit proportional to the objective's. A search learns how far to trust it. It must not be made of
/// the table that is searched.
struct Prior {
  /// Of a cell trained for so many epochs, positive; absent: nothing is known of this objective.
  /// Thread safe. Empty: nothing is known of any.
  std::function<std::optional<double>(Objective, const space::Cell&, std::int32_t epochs)> guess;

  explicit operator bool() const { return static_cast<bool>(guess); }
};

}  // namespace ecnas::search
