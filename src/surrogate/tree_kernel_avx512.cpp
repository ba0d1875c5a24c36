#define ECNAS_TREE_VECTOR_BYTES 64
#include "surrogate/tree_kernel_body.hpp"

namespace ecnas::surrogate {

const TreeKernel kTreeKernelAvx512{"avx512", add};

}  // namespace ecnas::surrogate
