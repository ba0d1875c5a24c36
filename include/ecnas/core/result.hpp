#pragma once

#include <utility>
#include <variant>

#include "ecnas/core/error.hpp"

namespace ecnas {

/// A value or the typed reason why there is none: for failures that callers handle as a matter of
/// course (an invalid cell in a search), where an exception would be the wrong tool.
/// `std::expected` in small, until C++23.
template <typename T, typename Reason>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function returns a value or a reason as it is.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Reason reason) : state_(std::in_place_index<1>, std::move(reason)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// @pre has_value()
  [[nodiscard]] const T& value() const {
    ECNAS_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& operator*() const { return value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  /// @pre !has_value()
  [[nodiscard]] const Reason& reason() const {
    ECNAS_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Reason> state_;
};

}  // namespace ecnas
