#define ECNAS_HASH_VECTOR_LANES 4
#include "space/hash_kernel_body.hpp"

namespace ecnas::space {

const HashKernel kHashKernelBaseline{"baseline", hash_group, hash_one};

}  // namespace ecnas::space
