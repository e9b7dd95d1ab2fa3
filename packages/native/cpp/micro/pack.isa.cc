#include "micro/pack.h"

#include "isa/vec.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

// Prefetch distance: the memory is in pieces too short and too far apart for the hardware prefetcher.
constexpr int64_t kRowsAhead = 16, kLinesAhead = 2, kLineFloats = 16;

// out[i·out_step + j] = in[j·in_step + i] for i, j in 0..kWidth-1.
#if defined(FASTTS_ISA_AVX512)
FASTTS_INLINE void transpose_block(const float* in, int64_t in_step, float* out, int64_t out_step) {
  __m512 a[16], b[16];
  FASTTS_UNROLL
  for (int i = 0; i < 16; ++i) a[i] = _mm512_loadu_ps(in + i * in_step);
  FASTTS_UNROLL
  for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
  }
  FASTTS_UNROLL
  for (int i = 0; i < 16; i += 4) {  // a[i + q]: columns q of each 4-lane group, from rows i..i+3
    a[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(b[i]), _mm512_castps_pd(b[i + 2])));
    a[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(b[i]), _mm512_castps_pd(b[i + 2])));
    a[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(b[i + 1]), _mm512_castps_pd(b[i + 3])));
    a[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(b[i + 1]), _mm512_castps_pd(b[i + 3])));
  }
  FASTTS_UNROLL
  for (int q = 0; q < 4; ++q) {
    const __m512 even_low = _mm512_shuffle_f32x4(a[q], a[4 + q], 0x88),
                 odd_low = _mm512_shuffle_f32x4(a[q], a[4 + q], 0xdd);
    const __m512 even_high = _mm512_shuffle_f32x4(a[8 + q], a[12 + q], 0x88);
    const __m512 odd_high = _mm512_shuffle_f32x4(a[8 + q], a[12 + q], 0xdd);
    _mm512_storeu_ps(out + q * out_step, _mm512_shuffle_f32x4(even_low, even_high, 0x88));
    _mm512_storeu_ps(out + (q + 4) * out_step, _mm512_shuffle_f32x4(odd_low, odd_high, 0x88));
    _mm512_storeu_ps(out + (q + 8) * out_step, _mm512_shuffle_f32x4(even_low, even_high, 0xdd));
    _mm512_storeu_ps(out + (q + 12) * out_step, _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd));
  }
}
#elif defined(FASTTS_ISA_AVX2)
FASTTS_INLINE void transpose_block(const float* in, int64_t in_step, float* out, int64_t out_step) {
  __m256 a[8], b[8];
  FASTTS_UNROLL
  for (int i = 0; i < 8; ++i) a[i] = _mm256_loadu_ps(in + i * in_step);
  FASTTS_UNROLL
  for (int i = 0; i < 8; i += 2) {
    b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
    b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
  }
  FASTTS_UNROLL
  for (int i = 0; i < 8; i += 4) {
    a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
    a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xee);
    a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
    a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xee);
  }
  FASTTS_UNROLL
  for (int q = 0; q < 4; ++q) {
    _mm256_storeu_ps(out + q * out_step, _mm256_permute2f128_ps(a[q], a[4 + q], 0x20));
    _mm256_storeu_ps(out + (q + 4) * out_step, _mm256_permute2f128_ps(a[q], a[4 + q], 0x31));
  }
}
#elif defined(FASTTS_ISA_NEON)
FASTTS_INLINE void transpose_block(const float* in, int64_t in_step, float* out, int64_t out_step) {
  const float32x4_t a0 = vld1q_f32(in), a1 = vld1q_f32(in + in_step);
  const float32x4_t a2 = vld1q_f32(in + 2 * in_step), a3 = vld1q_f32(in + 3 * in_step);
  const float32x4x2_t b0 = vtrnq_f32(a0, a1), b1 = vtrnq_f32(a2, a3);
  vst1q_f32(out, vcombine_f32(vget_low_f32(b0.val[0]), vget_low_f32(b1.val[0])));
  vst1q_f32(out + out_step, vcombine_f32(vget_low_f32(b0.val[1]), vget_low_f32(b1.val[1])));
  vst1q_f32(out + 2 * out_step, vcombine_f32(vget_high_f32(b0.val[0]), vget_high_f32(b1.val[0])));
  vst1q_f32(out + 3 * out_step, vcombine_f32(vget_high_f32(b0.val[1]), vget_high_f32(b1.val[1])));
}
#else
FASTTS_INLINE void transpose_block(const float* in, int64_t in_step, float* out, int64_t out_step) {
  for (int i = 0; i < kWidth; ++i) {
    for (int j = 0; j < kWidth; ++j) out[i * out_step + j] = in[j * in_step + i];
  }
}
#endif

void pack_transposed(const float* b, int64_t column_step, int64_t rows, int64_t columns, int64_t width, float* out) {
  int64_t j = 0;
  for (; j + kWidth <= columns; j += kWidth) {
    int64_t k = 0;
    for (; k + kWidth <= rows; k += kWidth) {
      if (k % kLineFloats == 0 && k + kLinesAhead * kLineFloats < rows) {
        for (int64_t i = 0; i < kWidth; ++i) prefetch(b + (j + i) * column_step + k + kLinesAhead * kLineFloats);
      }
      transpose_block(b + j * column_step + k, column_step, out + k * width + j, width);
    }
    for (; k < rows; ++k) {
      for (int64_t i = 0; i < kWidth; ++i) out[k * width + j + i] = b[(j + i) * column_step + k];
    }
  }
  for (int64_t k = 0; k < rows; ++k) {
    for (int64_t i = j; i < columns; ++i) out[k * width + i] = b[i * column_step + k];
    for (int64_t i = columns; i < width; ++i) out[k * width + i] = 0;
  }
}

}  // namespace

void pack_panel(const float* b, int64_t row_step, int64_t column_step, int64_t rows, int64_t columns, int64_t width,
                float* out) {
  if (column_step != 1) return pack_transposed(b, column_step, rows, columns, width, out);
  for (int64_t k = 0; k < rows; ++k, b += row_step, out += width) {
    if (k + kRowsAhead < rows) {
      for (int64_t j = 0; j < columns; j += kLineFloats) prefetch(b + kRowsAhead * row_step + j);
    }
    int64_t j = 0;
    for (; j + kWidth <= columns; j += kWidth) store(out + j, load(b + j));
    for (; j < columns; ++j) out[j] = b[j];
    for (; j < width; ++j) out[j] = 0;
  }
}

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
