#define ECNAS_DENSE_VECTOR_LANES 4
#define ECNAS_DENSE_TILE_ROWS 2
#define ECNAS_DENSE_TILE_VECTORS 4
#include "surrogate/dense_kernel_body.hpp"

namespace ecnas::surrogate {

const DenseKernel kDenseKernelBaseline{"baseline", multiply, normalise, normalise_backward, gelu};

}  // namespace ecnas::surrogate
