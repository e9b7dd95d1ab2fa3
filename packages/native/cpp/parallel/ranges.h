#pragma once

// `parallel_for` (parallel.h) without the standard library: for files compiled for an instruction set (isa/isa.h).

#include <cstdint>

namespace fastts {

/// The number of elements that justify another thread in a loop that only moves memory.
constexpr int64_t kGrain = 16384;

/// `parallel_for` for a plain function.
void parallel_ranges(int64_t n, int64_t grain, void (*body)(const void* of, int64_t begin, int64_t end),
                     const void* of);

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

}  // namespace fastts
