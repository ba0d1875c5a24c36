#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "ecnas/search/comparison.hpp"

namespace ecnas::search {

/// Fronts that were chosen by validation error, judged by test error: the same cells, not chosen
/// again, as NAS-Bench-101 asks for. [Ying19]
class TestErrors {
 public:
  /// @return absent unless validation error is an objective and every solution has a test error
  [[nodiscard]] static std::optional<TestErrors> of(const Problem& problem);

  [[nodiscard]] TestReport report(std::span<const Trial* const> trials,
                                  const ComparisonOptions& options) const;

 private:
  TestErrors(const Problem& problem, std::unique_ptr<const Problem> tested, std::size_t objective);

  const Problem* problem_;
  std::unique_ptr<const Problem> tested_;  // the same with test errors in the place of the others
  std::size_t objective_;                  // which of them is the error
  HypervolumeShare share_;
};

}  // namespace ecnas::search
