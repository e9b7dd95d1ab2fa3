#include "addon/kernel.h"
#include "kernels/arguments.h"
#include "product/gemm.h"

namespace fastts {
namespace {

// From the first to behind the last element of `batch` matrices, `stride` apart.
int64_t extent(const Args& args, int64_t batch, int64_t stride, int64_t matrix) {
  return batch == 0 ? 0 : args.elements(batch - 1, stride) + matrix;
}

void mat_mul(const Args& args) {
  const MatMulShape s = args.numbers<MatMulShape>(3, kMatMulLeast);
  const float* a = args.f32(0, extent(args, s.batch, s.stride_a, args.elements(s.m, s.k)));
  const float* b = args.f32(1, extent(args, s.batch, s.stride_b, args.elements(s.k, s.n)));
  const int64_t outputs = args.elements(s.batch, s.m, s.n);
  float* c = args.f32(2, outputs);
  if (outputs == 0) return;
  gemm_batched(s.batch, s.transpose_a, s.transpose_b, s.m, s.n, s.k, a, s.transpose_a ? s.m : s.k, s.stride_a, b,
               s.transpose_b ? s.k : s.n, s.stride_b, c, s.n, s.m * s.n, false);
}

constexpr KernelEntry kTable[] = {{"matMul", "a, b, c, shape", mat_mul}, {nullptr, nullptr, nullptr}};

}  // namespace

const KernelEntry* matrix_kernels() { return kTable; }

}  // namespace fastts
