#pragma once

// exp, log and related functions without branches or calls, so that the compiler turns loops over them into vector
// code for any instruction set. Polynomials: Moshier, Cephes (single precision); errors of one or two units in the
// last place.

#include <math.h>
#include <string.h>

#include "isa/inline.h"

namespace fastts {
namespace FASTTS_ISA_NS {

FASTTS_INLINE int32_t bits_of(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

FASTTS_INLINE float float_of(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/// 2^n; any value where n is out of range, as `exp_of` makes it from NaN: shifting an unsigned number never overflows.
FASTTS_INLINE float power_of_two(int32_t n) {
  return float_of(static_cast<int32_t>(static_cast<uint32_t>(n + 127) << 23));
}

FASTTS_INLINE float exp_of(float x) {
  // Comparisons are false for NaN, which therefore passes through.
  float c = x < -104.0f ? -104.0f : x;
  c = c > 89.0f ? 89.0f : c;
  const float magic = 12582912.0f;  // 1.5 · 2^23: adding it rounds to an integer in the low bits
  const float z = c * 1.44269504088896341f + magic;
  const float n = z - magic;
  float r = c - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1.0f;
  const int32_t k = bits_of(z) - bits_of(magic);
  const int32_t half = k >> 1;  // in two steps, for results that are denormal or infinite
  return y * power_of_two(half) * power_of_two(k - half);
}

FASTTS_INLINE float log_of(float x) {
  const bool tiny = x < 1.17549435e-38f;
  const float scaled = tiny ? x * 8388608.0f : x;
  const int32_t bits = bits_of(scaled);
  float m = float_of((bits & 0x007fffff) | 0x3f000000);
  float e = static_cast<float>((bits >> 23) - 126) - (tiny ? 23.0f : 0.0f);
  const bool low = m < 0.707106781186547524f;
  e = low ? e - 1.0f : e;
  m = low ? m + m - 1.0f : m - 1.0f;
  const float z = m * m;
  float y = 7.0376836292e-2f;
  y = y * m - 1.1514610310e-1f;
  y = y * m + 1.1676998740e-1f;
  y = y * m - 1.2420140846e-1f;
  y = y * m + 1.4249322787e-1f;
  y = y * m - 1.6668057665e-1f;
  y = y * m + 2.0000714765e-1f;
  y = y * m - 2.4999993993e-1f;
  y = y * m + 3.3333331174e-1f;
  y = y * m * z;
  y = y - e * 2.12194440e-4f;
  y = y - 0.5f * z;
  float result = m + y + e * 0.693359375f;
  const float infinite = float_of(0x7f800000);
  result = x == 0.0f ? -infinite : result;
  result = x < 0.0f ? float_of(0x7fc00000) : result;
  return x < infinite ? result : x;  // infinity and NaN are their own logarithms
}

/// log(1 + y); compensates what rounding 1 + y loses.
FASTTS_INLINE float log1p_of(float y) {
  const float u = 1.0f + y;
  const float result = log_of(u) - ((u - 1.0f) - y) / u;
  return u > 0.0f && u < float_of(0x7f800000) ? result : log_of(u);
}

FASTTS_INLINE float sigmoid_of(float x) { return 1.0f / (1.0f + exp_of(-x)); }

FASTTS_INLINE float tanh_of(float x) {
  const float a = fabsf(x);
  const float z = x * x;
  float small = -5.70498872745e-3f;
  small = small * z + 2.06390887954e-2f;
  small = small * z - 5.37397155531e-2f;
  small = small * z + 1.33314422036e-1f;
  small = small * z - 3.33332819422e-1f;
  small = small * z * x + x;
  const float big = 1.0f - 2.0f / (exp_of(a + a) + 1.0f);
  return a < 0.625f ? small : (x < 0.0f ? -big : big);
}

FASTTS_INLINE float softplus_of(float x) {
  const float positive = x > 0.0f ? x : 0.0f;
  const float result = positive + log1p_of(exp_of(-fabsf(x)));
  return x == x ? result : x;
}

/// Abramowitz and Stegun 7.1.26, as in TensorFlow.js; absolute error below 2e-7.
FASTTS_INLINE float erf_of(float x) {
  const float v = fabsf(x);
  const float t = 1.0f / (1.0f + 0.3275911f * v);
  float y = 1.061405429f;
  y = y * t - 1.453152027f;
  y = y * t + 1.421413741f;
  y = y * t - 0.284496736f;
  y = y * t + 0.254829592f;
  y = 1.0f - y * t * exp_of(-v * v);
  return x > 0.0f ? y : (x < 0.0f ? -y : x);
}

/// e^x - 1, accurate near 0 to one or two roundings.
FASTTS_INLINE float expm1_of(float x) {
  // (e^x - 1) = 2·tanh(x/2) / (1 - tanh(x/2)) does not cancel where e^x - 1 would.
  const float t = tanh_of(0.5f * x);
  const float small = 2.0f * t / (1.0f - t);
  return fabsf(x) < 0.5f ? small : exp_of(x) - 1.0f;
}

// Activations x · gate(x), and their derivatives.

FASTTS_INLINE float silu_of(float x) { return x * sigmoid_of(x); }

FASTTS_INLINE float silu_slope_of(float x) {
  const float gate = sigmoid_of(x);
  return gate * (1.0f + x * (1.0f - gate));
}

FASTTS_INLINE float normal_cumulative_of(float x) { return 0.5f * (1.0f + erf_of(0.707106781186547524f * x)); }

FASTTS_INLINE float gelu_of(float x) { return x * normal_cumulative_of(x); }

FASTTS_INLINE float gelu_slope_of(float x) {
  return normal_cumulative_of(x) + x * 0.398942280401432678f * exp_of(-0.5f * x * x);
}

/// With n = e^x and w = n·(n + 2), tanh(log(1 + n)) is w / (w + 2). From 20 on that is 1.
FASTTS_INLINE float mish_of(float x) {
  const float n = exp_of(x > 20.0f ? 20.0f : x);
  const float w = n * (n + 2.0f);
  return x * (w / (w + 2.0f));
}

FASTTS_INLINE float mish_slope_of(float x) {
  const float c = x > 20.0f ? 20.0f : x;
  const float n = exp_of(c);
  const float w = n * (n + 2.0f);
  const float r = 1.0f / (w + 2.0f);
  return w * r + c * (4.0f * n * r) * ((n + 1.0f) * r);
}

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
