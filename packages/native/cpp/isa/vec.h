#pragma once

// One vector register of floats, for `*.isa.cc` files: the same small set of operations on every instruction set.

#include <cstdint>

#if defined(FASTTS_ISA_AVX512) || defined(FASTTS_ISA_AVX2)
#include <immintrin.h>
#elif defined(FASTTS_ISA_NEON)
#include <arm_neon.h>
#elif defined(_M_X64)
#include <xmmintrin.h>
#endif

#include "isa/inline.h"

namespace fastts {
namespace FASTTS_ISA_NS {

// max(a, b) and min(a, b) return b where either is NaN, except on NEON, where they return NaN.

/// Prefetches the cache line of `p` into the second-level cache.
FASTTS_INLINE void prefetch(const float* p) {
#if defined(__GNUC__)
  __builtin_prefetch(p, 0, 2);
#elif defined(_M_X64)
  _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T1);
#else
  (void)p;
#endif
}

/// Prefetches the cache line of `p` into the first-level cache, for writing.
FASTTS_INLINE void prefetch_to_write(const float* p) {
#if defined(__GNUC__)
  __builtin_prefetch(p, 1, 3);
#elif defined(_M_X64)
  _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0);
#else
  (void)p;
#endif
}

#if defined(FASTTS_ISA_AVX512)
using Vec = __m512;
constexpr int kWidth = 16;
FASTTS_INLINE Vec zero() { return _mm512_setzero_ps(); }
FASTTS_INLINE Vec load(const float* p) { return _mm512_loadu_ps(p); }
FASTTS_INLINE void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
FASTTS_INLINE Vec broadcast(float value) { return _mm512_set1_ps(value); }
FASTTS_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
FASTTS_INLINE Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
FASTTS_INLINE Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
FASTTS_INLINE Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
FASTTS_INLINE Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
FASTTS_INLINE Vec min(Vec a, Vec b) { return _mm512_min_ps(a, b); }
#elif defined(FASTTS_ISA_AVX2)
using Vec = __m256;
constexpr int kWidth = 8;
FASTTS_INLINE Vec zero() { return _mm256_setzero_ps(); }
FASTTS_INLINE Vec load(const float* p) { return _mm256_loadu_ps(p); }
FASTTS_INLINE void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
FASTTS_INLINE Vec broadcast(float value) { return _mm256_set1_ps(value); }
FASTTS_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
FASTTS_INLINE Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
FASTTS_INLINE Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
FASTTS_INLINE Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
FASTTS_INLINE Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
FASTTS_INLINE Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }
#elif defined(FASTTS_ISA_NEON)
using Vec = float32x4_t;
constexpr int kWidth = 4;
FASTTS_INLINE Vec zero() { return vdupq_n_f32(0); }
FASTTS_INLINE Vec load(const float* p) { return vld1q_f32(p); }
FASTTS_INLINE void store(float* p, Vec v) { vst1q_f32(p, v); }
FASTTS_INLINE Vec broadcast(float value) { return vdupq_n_f32(value); }
FASTTS_INLINE Vec fma(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }
FASTTS_INLINE Vec add(Vec a, Vec b) { return vaddq_f32(a, b); }
FASTTS_INLINE Vec sub(Vec a, Vec b) { return vsubq_f32(a, b); }
FASTTS_INLINE Vec mul(Vec a, Vec b) { return vmulq_f32(a, b); }
FASTTS_INLINE Vec max(Vec a, Vec b) { return vmaxq_f32(a, b); }
FASTTS_INLINE Vec min(Vec a, Vec b) { return vminq_f32(a, b); }
#else
constexpr int kWidth = 4;
#if defined(__GNUC__)
using Vec = float __attribute__((vector_size(16)));
FASTTS_INLINE Vec zero() { return Vec{}; }
FASTTS_INLINE Vec load(const float* p) {
  Vec v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
FASTTS_INLINE void store(float* p, Vec v) { __builtin_memcpy(p, &v, sizeof v); }
FASTTS_INLINE Vec broadcast(float value) { return Vec{value, value, value, value}; }
FASTTS_INLINE Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
FASTTS_INLINE Vec add(Vec a, Vec b) { return a + b; }
FASTTS_INLINE Vec sub(Vec a, Vec b) { return a - b; }
FASTTS_INLINE Vec mul(Vec a, Vec b) { return a * b; }
FASTTS_INLINE Vec max(Vec a, Vec b) { return a > b ? a : b; }
FASTTS_INLINE Vec min(Vec a, Vec b) { return a < b ? a : b; }
#else
struct Vec {
  float v[kWidth];
};
FASTTS_INLINE Vec zero() { return Vec{}; }
FASTTS_INLINE Vec load(const float* p) { return {{p[0], p[1], p[2], p[3]}}; }
FASTTS_INLINE void store(float* p, Vec a) {
  for (int i = 0; i < kWidth; ++i) p[i] = a.v[i];
}
FASTTS_INLINE Vec broadcast(float value) { return {{value, value, value, value}}; }
FASTTS_INLINE Vec fma(Vec a, Vec b, Vec c) {
  for (int i = 0; i < kWidth; ++i) c.v[i] += a.v[i] * b.v[i];
  return c;
}
FASTTS_INLINE Vec add(Vec a, Vec b) {
  for (int i = 0; i < kWidth; ++i) a.v[i] += b.v[i];
  return a;
}
FASTTS_INLINE Vec sub(Vec a, Vec b) {
  for (int i = 0; i < kWidth; ++i) a.v[i] -= b.v[i];
  return a;
}
FASTTS_INLINE Vec mul(Vec a, Vec b) {
  for (int i = 0; i < kWidth; ++i) a.v[i] *= b.v[i];
  return a;
}
FASTTS_INLINE Vec max(Vec a, Vec b) {
  for (int i = 0; i < kWidth; ++i) a.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i];
  return a;
}
FASTTS_INLINE Vec min(Vec a, Vec b) {
  for (int i = 0; i < kWidth; ++i) a.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i];
  return a;
}
#endif
#endif

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
