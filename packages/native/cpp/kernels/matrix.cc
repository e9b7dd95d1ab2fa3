#include "addon/kernel.h"
#include "product/gemm.h"

namespace fastts {
namespace {

// matMul(a, b, c, batch, m, n, k, transposeA, transposeB, strideA, strideB): a stride of 0 uses one matrix for all
void mat_mul(const Args& args) {
  const int64_t batch = integer(args, 3), m = integer(args, 4), n = integer(args, 5), k = integer(args, 6);
  const bool trans_a = integer(args, 7), trans_b = integer(args, 8);
  const int64_t stride_a = integer(args, 9), stride_b = integer(args, 10);
  const float* a = f32(args, 0, (batch - 1) * stride_a + m * k);
  const float* b = f32(args, 1, (batch - 1) * stride_b + k * n);
  float* c = f32(args, 2, batch * m * n);
  gemm_batched(batch, trans_a, trans_b, m, n, k, a, trans_a ? m : k, stride_a, b, trans_b ? k : n, stride_b, c, n,
               m * n, false);
}

constexpr KernelEntry kTable[] = {{"matMul", mat_mul}, {nullptr, nullptr}};

}  // namespace

const KernelEntry* matrix_kernels() { return kTable; }

}  // namespace fastts
