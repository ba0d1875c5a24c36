#pragma once
/// The two halves of a prediction, for a surrogate and for the cross-validation that makes one.

#include <span>
#include <vector>

#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::surrogate {

/// The members' weighted mean. @return (n, outputs)
[[nodiscard]] std::vector<float> mean_scores(std::span<const Member> members,
                                             std::span<const space::Cell> cells,
                                             std::size_t outputs, unsigned threads);

/// @param scores  (outputs) of one cell  @param budget  index into `info.epochs`
[[nodiscard]] Prediction make_prediction(const SurrogateInfo& info, std::span<const Output> outputs,
                                         std::span<const float> scores, unsigned vertices,
                                         std::size_t budget);

}  // namespace ecnas::surrogate
