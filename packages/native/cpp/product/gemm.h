#pragma once

#include <cstdint>

namespace fastts {

/// c = op(a) · op(b), or c += op(a) · op(b) when `accumulate`; row-major float32.
///
/// op(a) is [m, k]: `a` itself with rows `lda` floats apart, or, with `trans_a`, the transpose of a [k, m] matrix.
/// op(b) is [k, n] likewise. c is [m, n] with rows `ldc` floats apart, and must not overlap a or b.
/// Uses `parallel_for`. k = 0 gives zeros.
void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
          int64_t ldb, float* c, int64_t ldc, bool accumulate);

/// `batch` independent products; the i-th reads a + i·stride_a and b + i·stride_b and writes c + i·stride_c.
/// A stride of 0 uses the same a or b for all.
void gemm_batched(int64_t batch, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a,
                  int64_t lda, int64_t stride_a, const float* b, int64_t ldb, int64_t stride_b, float* c, int64_t ldc,
                  int64_t stride_c, bool accumulate);

}  // namespace fastts
