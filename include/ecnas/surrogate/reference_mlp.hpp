#pragma once

#include <string_view>

#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::surrogate {

/// The surrogate that EC-NAS published, for comparison only: a perceptron whose size is the energy
/// of 4 epochs in Wh. docs/algorithms/mlp.md says how it was made and where it is wrong.
/// @source [Bakhtiarifard24]
inline constexpr std::string_view kReferenceModel = "reference-mlp";

/// Whether a file looks like the one of its weights: no model of ours, and metadata that say what
/// the inputs are and where the weights come from.
[[nodiscard]] bool is_reference_mlp(const ModelTensors& tensors);

/// |MLP(representative)| / 1000 × epochs / 4 kWh at 4, 12, 36 and 108 epochs, PUE 1.0; to 10⁻⁶ the
/// energies of the published table of 7 vertices. No intervals are known: bounds are 0 and
/// infinity. Cells of fewer than 4 vertices, of which it saw none, are out of range.
///
/// It can be asked, not saved or fitted: its weights enter no model file of ours
/// (`Regressor::save` throws Error{invalid_argument}).
///
/// @param tensors  `fc1.weight` (128, 36) to `fc5.weight` (1, 32), output by input, and `fc…bias`
/// @throws Error{invalid_data} naming the tensor that is missing, of another shape or type, or not
/// finite
[[nodiscard]] Surrogate read_reference_mlp(const ModelTensors& tensors);

}  // namespace ecnas::surrogate
