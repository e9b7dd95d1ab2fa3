#include "conv/phase.h"

#include <cstring>
#include <numeric>

#include "parallel/parallel.h"

namespace fastts {

Phase find_phase(int64_t phase, int64_t size, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
  const int64_t divisor = std::gcd(stride, dilation);
  Phase found{(size - phase + stride - 1) / stride, 0, 0, stride / divisor, 0, dilation / divisor};
  for (int64_t k = 0; k < kernel; ++k) {
    if ((phase + pad - dilation * k) % stride != 0) continue;
    ++found.taps;
    found.last_tap = k;
  }
  found.first = (phase + pad - dilation * found.last_tap) / stride;
  return found;
}

void fill_phase(const ConvShape& s, int64_t phase_h, int64_t phase_w, const float* from, float* dx) {
  const int64_t rows = (s.ih - phase_h + s.sh - 1) / s.sh;
  const size_t bytes = static_cast<size_t>(s.ic) * sizeof(float);
  parallel_for(s.n * rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t y = phase_h + i % rows * s.sh;
      for (int64_t x = phase_w; x < s.iw; x += s.sw) {
        const int64_t at = ((i / rows * s.ih + y) * s.iw + x) * s.ic;
        if (from) {
          std::memmove(dx + at, from + at, bytes);
        } else {
          std::memset(dx + at, 0, bytes);
        }
      }
    }
  });
}

}  // namespace fastts
