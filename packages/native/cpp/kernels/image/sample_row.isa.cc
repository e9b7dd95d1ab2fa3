#include "kernels/image/sample_row.h"

#include <math.h>
#include <string.h>

#include "isa/inline.h"
#include "kernels/image/outside.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

constexpr int64_t kSpan = 128;  // output pixels whose coordinates are computed together

template <Outside outside, int kKnown>
void sample_row(const Picture& p, const float* m, int64_t oy, int64_t ow, Sampling sampling, const float* fill,
                float* to) {
  float xs[kSpan], ys[kSpan];
  bool infinite[kSpan];
  const float height = static_cast<float>(p.height), width = static_cast<float>(p.width);
  const float row = static_cast<float>(oy);
  for (int64_t start = 0; start < ow; start += kSpan) {
    const int64_t n = smaller(kSpan, ow - start);
    for (int64_t i = 0; i < n; ++i) {
      const float column = static_cast<float>(start + i);
      const float depth = m[6] * column + m[7] * row + 1.0f;
      xs[i] = mapped<outside>((m[0] * column + m[1] * row + m[2]) / depth, width);
      ys[i] = mapped<outside>((m[3] * column + m[4] * row + m[5]) / depth, height);
      infinite[i] = depth == 0.0f;
    }
    for (int64_t i = 0; i < n; ++i) {
      float* into = to + (start + i) * p.channels;
      if (infinite[i]) {
        memcpy(into, fill, sizeof(float) * p.channels);
      } else if (sampling != Sampling::bilinear) {
        const bool up = sampling == Sampling::nearest_up;
        const int64_t x = static_cast<int64_t>(up ? floorf(xs[i] + 0.5f) : rintf(xs[i]));
        const int64_t y = static_cast<int64_t>(up ? floorf(ys[i] + 0.5f) : rintf(ys[i]));
        memmove(into, pixel(p, y, x, fill), sizeof(float) * p.channels);
      } else {
        const float left = floorf(xs[i]), top = floorf(ys[i]);
        const int64_t x = static_cast<int64_t>(left), y = static_cast<int64_t>(top);
        blend<kKnown>(pixel(p, y, x, fill), pixel(p, y, x + 1, fill), pixel(p, y + 1, x, fill),
                      pixel(p, y + 1, x + 1, fill), xs[i] - left, ys[i] - top, into, p.channels);
      }
    }
  }
}

template <Outside outside>
SampleRow row_sampler(int64_t channels) {
  switch (channels) {
    case 1:
      return sample_row<outside, 1>;
    case 3:
      return sample_row<outside, 3>;
    case 4:
      return sample_row<outside, 4>;
    default:
      return sample_row<outside, 0>;
  }
}

}  // namespace

SampleRow row_sampler(Outside outside, int64_t channels) {
  switch (outside) {
    case Outside::border:
      return row_sampler<Outside::border>(channels);
    case Outside::reflection:
      return row_sampler<Outside::reflection>(channels);
    case Outside::symmetric:
      return row_sampler<Outside::symmetric>(channels);
    case Outside::wrap:
      return row_sampler<Outside::wrap>(channels);
    default:
      return row_sampler<Outside::fill>(channels);
  }
}

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
