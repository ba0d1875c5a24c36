#include "surrogate/kernels.hpp"

namespace ecnas::surrogate {

std::vector<DenseKernel> usable_dense_kernels() {
  std::vector<DenseKernel> kernels{kDenseKernelBaseline};
#ifdef ECNAS_X86_KERNELS
  if (__builtin_cpu_supports("avx2")) kernels.push_back(kDenseKernelAvx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
    kernels.push_back(kDenseKernelAvx512);
#endif
  return kernels;
}

std::vector<TreeKernel> usable_tree_kernels() {
  std::vector<TreeKernel> kernels{kTreeKernelBaseline};
#ifdef ECNAS_X86_KERNELS
  if (__builtin_cpu_supports("avx2")) kernels.push_back(kTreeKernelAvx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
    kernels.push_back(kTreeKernelAvx512);
#endif
  return kernels;
}

const DenseKernel& dense_kernel() {
  static const DenseKernel fastest = usable_dense_kernels().back();
  return fastest;
}

const TreeKernel& tree_kernel() {
  static const TreeKernel fastest = usable_tree_kernels().back();
  return fastest;
}

}  // namespace ecnas::surrogate
