#pragma once

// What the files compiled for each instruction set share. Include only from `*.isa.cc` (see isa.h).

#include <math.h>
#include <string.h>

#include "addon/kernel.h"
#include "isa/isa.h"

#if defined(_MSC_VER) && !defined(__clang__)
#define FASTTS_RESTRICT __restrict
#define FASTTS_INLINE static __forceinline
#else
#define FASTTS_RESTRICT __restrict__
#define FASTTS_INLINE static inline __attribute__((always_inline))
#endif

namespace fastts {
namespace FASTTS_ISA_NS {

/// Elements that are worth a thread of their own in a loop that only moves memory.
constexpr int64_t kGrain = 16384;

FASTTS_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
FASTTS_INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/// Calls `body(begin, end)` for ranges that cover 0..n-1, on several threads.
template <class Body>
static inline void parallel(int64_t n, int64_t grain, const Body& body) {
  if (n <= grain) {
    if (n > 0) body(int64_t{0}, n);
    return;
  }
  parallel_ranges(
      n, grain, [](const void* of, int64_t begin, int64_t end) { (*static_cast<const Body*>(of))(begin, end); }, &body);
}

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
