#include "product/gemm.h"

#include <cstring>

#include "parallel/parallel.h"
#include "product/windows.h"

namespace fastts {
namespace {

// A matrix is an image with a single column: its rows are the pixels, its columns the channels.
Windows matrix_windows(const float* a, int64_t rows, int64_t columns, int64_t row_step) {
  Windows windows = {};
  windows.image = a;
  windows.images = 1;
  windows.height = windows.out_h = rows;
  windows.width = windows.out_w = 1;
  windows.channels = columns;
  windows.pixel_step = row_step;
  windows.taps_h = windows.taps_w = windows.tap_step_h = windows.tap_step_w = windows.step_h = windows.step_w = 1;
  return windows;
}

}  // namespace

void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
          int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {
    for (int64_t i = 0; i < m && !accumulate; ++i) std::memset(c + i * ldc, 0, static_cast<size_t>(n) * sizeof(float));
    return;
  }
  if (trans_a) {
    WindowReduction reduction = {};
    reduction.windows = matrix_windows(a, k, m, lda);
    reduction.gradient = b;
    reduction.gradient_pixel_step = trans_b ? 1 : ldb;
    reduction.gradient_channel_step = trans_b ? ldb : 1;
    reduction.outputs = n;
    reduction.filter = c;
    reduction.filter_steps = {0, 0, ldc, 1};
    reduction.accumulate = accumulate;
    return window_reduction(reduction);
  }
  WindowProduct product = {};
  product.windows = matrix_windows(a, m, k, lda);
  product.filter = b;
  product.filter_steps = {0, 0, trans_b ? 1 : ldb, trans_b ? ldb : 1};
  product.outputs = n;
  product.out = c;
  product.out_row_step = ldc;
  product.accumulate = accumulate;
  window_product(product);
}

void gemm_batched(int64_t batch, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a,
                  int64_t lda, int64_t stride_a, const float* b, int64_t ldb, int64_t stride_b, float* c, int64_t ldc,
                  int64_t stride_c, bool accumulate) {
  const auto one = [&](int64_t i) {
    gemm(trans_a, trans_b, m, n, k, a + i * stride_a, lda, b + i * stride_b, ldb, c + i * stride_c, ldc, accumulate);
  };
  if (batch >= available_threads()) return parallel_tasks(batch, one);
  for (int64_t i = 0; i < batch; ++i) one(i);
}

}  // namespace fastts
