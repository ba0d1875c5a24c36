#define ECNAS_TREE_VECTOR_BYTES 32
#include "surrogate/tree_kernel_body.hpp"

namespace ecnas::surrogate {

const TreeKernel kTreeKernelAvx2{"avx2", add};

}  // namespace ecnas::surrogate
