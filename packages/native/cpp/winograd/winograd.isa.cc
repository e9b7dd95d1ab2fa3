#include "winograd/winograd.h"

#include "isa/vec.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

// With the points 0, ±p, ±q and ∞, the matrices follow from the polynomials x² − p² and x² − q² (see winograd.h).
constexpr float kP = 0.625f, kQ = 1.5f;
constexpr float kP2 = kP * kP, kQ2 = kQ * kQ;
constexpr float kSum = kP2 + kQ2, kProduct = kP2 * kQ2;
constexpr float kZeroScale = 1 / kProduct;
constexpr float kPScale = 1 / (2 * kP2 * (kP2 - kQ2)), kQScale = 1 / (2 * kQ2 * (kQ2 - kP2));

FASTTS_INLINE Vec times(float factor, Vec a) { return mul(broadcast(factor), a); }
FASTTS_INLINE Vec plus_times(Vec a, float factor, Vec b) { return fma(broadcast(factor), b, a); }

// Bᵀ·d
FASTTS_INLINE void input_points(const Vec (&d)[6], Vec (&to)[6]) {
  to[0] = plus_times(plus_times(d[4], -kSum, d[2]), kProduct, d[0]);
  const Vec even_p = plus_times(d[4], -kQ2, d[2]), odd_p = times(kP, plus_times(d[3], -kQ2, d[1]));
  to[1] = add(even_p, odd_p);
  to[2] = sub(even_p, odd_p);
  const Vec even_q = plus_times(d[4], -kP2, d[2]), odd_q = times(kQ, plus_times(d[3], -kP2, d[1]));
  to[3] = add(even_q, odd_q);
  to[4] = sub(even_q, odd_q);
  to[5] = plus_times(plus_times(d[5], -kSum, d[3]), kProduct, d[1]);
}

// A·y
FASTTS_INLINE void gradient_points(const Vec (&y)[4], Vec (&to)[6]) {
  const Vec even_p = plus_times(y[0], kP2, y[2]), odd_p = times(kP, plus_times(y[1], kP2, y[3]));
  const Vec even_q = plus_times(y[0], kQ2, y[2]), odd_q = times(kQ, plus_times(y[1], kQ2, y[3]));
  to[0] = y[0];
  to[1] = add(even_p, odd_p);
  to[2] = sub(even_p, odd_p);
  to[3] = add(even_q, odd_q);
  to[4] = sub(even_q, odd_q);
  to[5] = y[3];
}

// Aᵀ·m
FASTTS_INLINE void outputs_of(const Vec (&m)[6], Vec (&to)[4]) {
  const Vec even_p = add(m[1], m[2]), odd_p = times(kP, sub(m[1], m[2]));
  const Vec even_q = add(m[3], m[4]), odd_q = times(kQ, sub(m[3], m[4]));
  to[0] = add(m[0], add(even_p, even_q));
  to[1] = add(odd_p, odd_q);
  to[2] = plus_times(times(kP2, even_p), kQ2, even_q);
  to[3] = add(m[5], plus_times(times(kP2, odd_p), kQ2, odd_q));
}

// G·g
FASTTS_INLINE void filter_points(const Vec (&g)[3], Vec (&to)[6]) {
  const Vec even_p = times(kPScale, plus_times(g[0], kP2, g[2])), odd_p = times(kPScale * kP, g[1]);
  const Vec even_q = times(kQScale, plus_times(g[0], kQ2, g[2])), odd_q = times(kQScale * kQ, g[1]);
  to[0] = times(kZeroScale, g[0]);
  to[1] = add(even_p, odd_p);
  to[2] = sub(even_p, odd_p);
  to[3] = add(even_q, odd_q);
  to[4] = sub(even_q, odd_q);
  to[5] = g[2];
}

// Gᵀ·u
FASTTS_INLINE void taps_of(const Vec (&u)[6], Vec (&to)[3]) {
  const Vec even_p = times(kPScale, add(u[1], u[2])), odd_p = times(kPScale * kP, sub(u[1], u[2]));
  const Vec even_q = times(kQScale, add(u[3], u[4])), odd_q = times(kQScale * kQ, sub(u[3], u[4]));
  to[0] = add(plus_times(even_p, kZeroScale, u[0]), even_q);
  to[1] = add(odd_p, odd_q);
  to[2] = add(plus_times(times(kP2, even_p), kQ2, even_q), u[5]);
}

// Applies `Points` to the columns of a square of `Side` pixels and then to the rows of the result.
template <int Side, void (*Points)(const Vec (&)[Side], Vec (&)[6]), bool kWhole>
void transform_patch(const WinogradPatch& patch, int64_t channels, const WinogradPoints& to) {
  for (int64_t c = 0; c < channels; c += kWidth) {
    float columns[6][Side][kWidth];
    FASTTS_UNROLL
    for (int j = 0; j < Side; ++j) {
      Vec from[Side], into[6];
      FASTTS_UNROLL
      for (int i = 0; i < Side; ++i) {
        const bool inside = kWhole || (i >= patch.top && i < patch.bottom && j >= patch.left && j < patch.right);
        from[i] = inside ? load(patch.first + i * patch.row_step + j * patch.pixel_step + c) : zero();
      }
      Points(from, into);
      FASTTS_UNROLL
      for (int i = 0; i < 6; ++i) store(columns[i][j], into[i]);
    }
    FASTTS_UNROLL
    for (int i = 0; i < 6; ++i) {
      Vec from[Side], into[6];
      FASTTS_UNROLL
      for (int j = 0; j < Side; ++j) from[j] = load(columns[i][j]);
      Points(from, into);
      FASTTS_UNROLL
      for (int j = 0; j < 6; ++j) store(to.first + (i * 6 + j) * to.point_step + c, into[j]);
    }
  }
}

template <int Side, void (*Points)(const Vec (&)[Side], Vec (&)[6])>
void transform_any_patch(const WinogradPatch& patch, int64_t channels, const WinogradPoints& to) {
  const bool whole = patch.top <= 0 && patch.left <= 0 && patch.bottom >= Side && patch.right >= Side;
  (whole ? transform_patch<Side, Points, true> : transform_patch<Side, Points, false>)(patch, channels, to);
}

FASTTS_INLINE Vec activated(Vec value, Activation activation) {
  if (activation == Activation::none) return value;
  value = max(zero(), value);  // zero first, so that NaN stays NaN
  return activation == Activation::relu6 ? min(broadcast(6), value) : value;
}

}  // namespace

void winograd_input(const WinogradPatch& patch, int64_t channels, const WinogradPoints& to) {
  transform_any_patch<6, input_points>(patch, channels, to);
}

void winograd_gradient(const WinogradPatch& patch, int64_t channels, const WinogradPoints& to) {
  transform_any_patch<4, gradient_points>(patch, channels, to);
}

void winograd_output(const WinogradPoints& from, int64_t channels, const WinogradTile& to) {
  for (int64_t c = 0; c < channels; c += kWidth) {
    float columns[4][6][kWidth];
    FASTTS_UNROLL
    for (int j = 0; j < 6; ++j) {
      Vec points[6], into[4];
      FASTTS_UNROLL
      for (int i = 0; i < 6; ++i) points[i] = load(from.first + (i * 6 + j) * from.point_step + c);
      outputs_of(points, into);
      FASTTS_UNROLL
      for (int i = 0; i < 4; ++i) store(columns[i][j], into[i]);
    }
    const Epilogue& by = to.epilogue;
    const Vec scale = by.scale ? load(by.scale + c) : broadcast(1), bias = by.bias ? load(by.bias + c) : zero();
    for (int64_t i = 0; i < to.rows; ++i) {
      Vec points[6], into[4];
      FASTTS_UNROLL
      for (int j = 0; j < 6; ++j) points[j] = load(columns[i][j]);
      outputs_of(points, into);
      const int64_t at = i * to.row_step + c;
      FASTTS_UNROLL
      for (int j = 0; j < 4; ++j) {
        if (j >= to.columns) break;
        const int64_t pixel = at + j * to.pixel_step;
        Vec value = to.accumulate ? add(into[j], load(to.first + pixel)) : into[j];
        value = fma(value, scale, bias);
        if (by.addend) value = add(value, load(by.addend + pixel));
        store(to.first + pixel, activated(value, by.activation));
      }
    }
  }
}

void winograd_filter(const float* taps, int64_t count, const WinogradPoints& to) {
  for (int64_t at = 0; at < count; at += kWidth) {
    Vec columns[6][3];
    FASTTS_UNROLL
    for (int j = 0; j < 3; ++j) {
      Vec from[3], into[6];
      FASTTS_UNROLL
      for (int i = 0; i < 3; ++i) from[i] = load(taps + (i * 3 + j) * count + at);
      filter_points(from, into);
      FASTTS_UNROLL
      for (int i = 0; i < 6; ++i) columns[i][j] = into[i];
    }
    FASTTS_UNROLL
    for (int i = 0; i < 6; ++i) {
      Vec into[6];
      filter_points(columns[i], into);
      FASTTS_UNROLL
      for (int j = 0; j < 6; ++j) store(to.first + (i * 6 + j) * to.point_step + at, into[j]);
    }
  }
}

void winograd_filter_gradient(const WinogradPoints& from, int64_t sums, int64_t sum_step, int64_t count, float* taps) {
  for (int64_t at = 0; at < count; at += kWidth) {
    Vec columns[3][6];
    FASTTS_UNROLL
    for (int j = 0; j < 6; ++j) {
      Vec points[6], into[3];
      FASTTS_UNROLL
      for (int i = 0; i < 6; ++i) {
        const float* const point = from.first + (i * 6 + j) * from.point_step + at;
        points[i] = load(point);
        for (int64_t s = 1; s < sums; ++s) points[i] = add(points[i], load(point + s * sum_step));
      }
      taps_of(points, into);
      FASTTS_UNROLL
      for (int i = 0; i < 3; ++i) columns[i][j] = into[i];
    }
    FASTTS_UNROLL
    for (int i = 0; i < 3; ++i) {
      Vec into[3];
      taps_of(columns[i], into);
      FASTTS_UNROLL
      for (int j = 0; j < 3; ++j) store(taps + (i * 3 + j) * count + at, into[j]);
    }
  }
}

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
