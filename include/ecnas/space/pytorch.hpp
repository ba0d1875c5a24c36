#pragma once

#include <string>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::space {

/// The network of a cell as a Python module that needs PyTorch alone: `Network()` is the network of
/// NAS-Bench-101 around the cell's representative, with `trainable_parameters(cell, skeleton)`
/// parameters; run as a program, the module prints that number.
/// @throws as `validate`
/// @source [Ying19], model_builder.build_module
[[nodiscard]] std::string to_pytorch(const Cell& cell, const Skeleton& skeleton = {});

}  // namespace ecnas::space
