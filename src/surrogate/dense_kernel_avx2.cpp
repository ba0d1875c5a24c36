#define ECNAS_DENSE_VECTOR_LANES 8
#define ECNAS_DENSE_TILE_ROWS 4
#define ECNAS_DENSE_TILE_VECTORS 3
#include "surrogate/dense_kernel_body.hpp"

namespace ecnas::surrogate {

const DenseKernel kDenseKernelAvx2{"avx2", multiply, normalise, normalise_backward, gelu};

}  // namespace ecnas::surrogate
