#pragma once

// Compiler-specific keywords, and replacements for the standard library's inline functions in files compiled for an
// instruction set (isa.h).

#include <cstdint>

#if defined(_MSC_VER) && !defined(__clang__)
#define FASTTS_ALWAYS_INLINE __forceinline
#define FASTTS_RESTRICT __restrict
#define FASTTS_UNROLL
#else
#define FASTTS_ALWAYS_INLINE inline __attribute__((always_inline))
#define FASTTS_RESTRICT __restrict__
#if defined(__clang__)
#define FASTTS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define FASTTS_UNROLL _Pragma("GCC unroll 32")
#endif
#endif

/// Precedes a function of which each file has its own inlined copy.
#define FASTTS_INLINE static FASTTS_ALWAYS_INLINE

namespace fastts {

FASTTS_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
FASTTS_INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

}  // namespace fastts
