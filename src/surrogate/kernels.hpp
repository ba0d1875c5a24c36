#pragma once
/// The kernels that this processor can run.

#include <vector>

#include "surrogate/dense_kernel.hpp"
#include "surrogate/tree_kernel.hpp"

namespace ecnas::surrogate {

/// The usable kernels, the fastest last; never empty.
[[nodiscard]] std::vector<DenseKernel> usable_dense_kernels();

/// The fastest of them.
[[nodiscard]] const DenseKernel& dense_kernel();

/// The same for trees. @{
[[nodiscard]] std::vector<TreeKernel> usable_tree_kernels();
[[nodiscard]] const TreeKernel& tree_kernel();
/// @}

}  // namespace ecnas::surrogate
