#include "addon/kernel.h"
#include "kernels/arguments.h"
#include "product/gemm.h"

namespace fastts {
namespace {

// matMul(a, b, c, MatMulShape)
void mat_mul(const Args& args) {
  const MatMulShape s = numbers<MatMulShape>(args, 3);
  const float* a = f32(args, 0, (s.batch - 1) * s.stride_a + s.m * s.k);
  const float* b = f32(args, 1, (s.batch - 1) * s.stride_b + s.k * s.n);
  float* c = f32(args, 2, s.batch * s.m * s.n);
  gemm_batched(s.batch, s.transpose_a, s.transpose_b, s.m, s.n, s.k, a, s.transpose_a ? s.m : s.k, s.stride_a, b,
               s.transpose_b ? s.k : s.n, s.stride_b, c, s.n, s.m * s.n, false);
}

constexpr KernelEntry kTable[] = {{"matMul", mat_mul}, {nullptr, nullptr}};

}  // namespace

const KernelEntry* matrix_kernels() { return kTable; }

}  // namespace fastts
