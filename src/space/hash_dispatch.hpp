#pragma once
/// Which compilations of the hash kernel this processor can run.

#include <vector>

#include "space/hash_kernel.hpp"

namespace ecnas::space {

/// The usable kernels, the fastest last; never empty.
[[nodiscard]] std::vector<HashKernel> usable_hash_kernels();

}  // namespace ecnas::space
