#pragma once

#include <cstdint>

#include "isa/inline.h"

namespace fastts {

struct Picture {
  const float* pixels;
  int64_t height, width, channels;
};

FASTTS_INLINE const float* pixel(const Picture& p, int64_t y, int64_t x, const float* fill) {
  return y >= 0 && y < p.height && x >= 0 && x < p.width ? p.pixels + (y * p.width + x) * p.channels : fill;
}

// Channels are few: a count known at compile time keeps them in registers.
template <int kKnown>
FASTTS_INLINE void blend(const float* a, const float* b, const float* c, const float* d, float fx, float fy, float* to,
                         int64_t channels) {
  const int64_t n = kKnown ? kKnown : channels;
  for (int64_t i = 0; i < n; ++i) {
    const float above = a[i] + (b[i] - a[i]) * fx;
    const float below = c[i] + (d[i] - c[i]) * fx;
    to[i] = above + (below - above) * fy;
  }
}

}  // namespace fastts
