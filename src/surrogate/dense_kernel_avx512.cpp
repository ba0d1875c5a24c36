#define ECNAS_DENSE_VECTOR_LANES 16
#define ECNAS_DENSE_TILE_ROWS 12
#define ECNAS_DENSE_TILE_VECTORS 2
#include "surrogate/dense_kernel_body.hpp"

namespace ecnas::surrogate {

const DenseKernel kDenseKernelAvx512{"avx512", multiply, normalise, normalise_backward, gelu};

}  // namespace ecnas::surrogate
