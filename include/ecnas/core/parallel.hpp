#pragma once

#include <cstddef>
#include <functional>

namespace ecnas {

/// Calls `body(i)` for i = 0 … count − 1 on up to `threads` threads (0: one per core), each index
/// once, in no promised order; returns when all are done. Results that must not depend on the
/// thread count are written to slot i and combined afterwards.
/// @throws whatever `body` threw first; the remaining indices are then not started.
void parallel_for(std::size_t count, unsigned threads,
                  const std::function<void(std::size_t)>& body);

}  // namespace ecnas
