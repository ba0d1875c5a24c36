#define ECNAS_TREE_VECTOR_BYTES 16
#include "surrogate/tree_kernel_body.hpp"

namespace ecnas::surrogate {

const TreeKernel kTreeKernelBaseline{"baseline", add};

}  // namespace ecnas::surrogate
