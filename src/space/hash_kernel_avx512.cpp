#define ECNAS_HASH_VECTOR_LANES 16
#include "space/hash_kernel_body.hpp"

namespace ecnas::space {

const HashKernel kHashKernelAvx512{"avx512", hash_group, hash_one};

}  // namespace ecnas::space
