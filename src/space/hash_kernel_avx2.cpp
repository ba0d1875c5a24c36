#define ECNAS_HASH_VECTOR_LANES 8
#include "space/hash_kernel_body.hpp"

namespace ecnas::space {

const HashKernel kHashKernelAvx2{"avx2", hash_group, hash_one};

}  // namespace ecnas::space
