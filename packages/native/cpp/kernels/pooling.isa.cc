// Max and average pooling of NHWC images, and their gradients.

#include <math.h>
#include <string.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/arguments.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

constexpr int64_t kChannels = 64;  // channels that are processed together

// The shape, and the numbers of elements of x and y.
struct Pool {
  PoolShape shape;
  int64_t inputs, outputs;
};

FASTTS_INLINE Pool pool_argument(const Args& args, int index) {
  const PoolShape p = args.numbers<PoolShape>(index, kPoolLeast);
  // So that no position of a window overflows.
  constexpr int64_t kMost = int64_t{1} << 52;
  args.require(p.pt >= -kMost && p.pt <= kMost && p.pl >= -kMost && p.pl <= kMost, index, "of a padding up to 2^52");
  args.elements(p.oh, p.sh);
  args.elements(p.ow, p.sw);
  args.elements(p.kh, p.kw);
  return Pool{p, args.elements(p.n, p.ih, p.iw, p.c), args.elements(p.n, p.oh, p.ow, p.c)};
}

// Calls body(offset) for each pixel of output (oy, ox)'s window that is inside the image.
template <class Body>
FASTTS_INLINE void window(const PoolShape& p, int64_t oy, int64_t ox, const Body& body) {
  const int64_t top = oy * p.sh - p.pt, left = ox * p.sw - p.pl;
  const int64_t bottom = smaller(top + p.kh, p.ih), right = smaller(left + p.kw, p.iw);
  for (int64_t y = larger(top, 0); y < bottom; ++y) {
    for (int64_t x = larger(left, 0); x < right; ++x) body((y * p.iw + x) * p.c);
  }
}

// Calls body(image's offset in x, output row's offset in y, oy) for each output row, in parallel.
template <class Body>
FASTTS_INLINE void each_row(const PoolShape& p, const Body& body) {
  parallel(p.n * p.oh, larger(kGrain / larger(p.ow * p.c, 1) / (p.kh * p.kw), 1), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) body(r / p.oh * p.ih * p.iw * p.c, r * p.ow * p.c, r % p.oh);
  });
}

void max_pool(const Args& args) {
  const Pool pool = pool_argument(args, 2);
  const PoolShape& p = pool.shape;
  const float* x = args.f32(0, pool.inputs);
  float* y = args.f32(1, pool.outputs);
  if (pool.outputs == 0) return;
  each_row(p, [&](int64_t picture, int64_t row, int64_t oy) {
    for (int64_t ox = 0; ox < p.ow; ++ox) {
      float* FASTTS_RESTRICT to = y + row + ox * p.c;
      for (int64_t c = 0; c < p.c; ++c) to[c] = -INFINITY;
      window(p, oy, ox, [&](int64_t at) {
        const float* FASTTS_RESTRICT from = x + picture + at;
        // NaN is never larger, and so is skipped, as in TensorFlow.js.
        for (int64_t c = 0; c < p.c; ++c) to[c] = from[c] > to[c] ? from[c] : to[c];
      });
    }
  });
}

// Pixels outside the image are not counted.
void avg_pool(const Args& args) {
  const Pool pool = pool_argument(args, 2);
  const PoolShape& p = pool.shape;
  const float* x = args.f32(0, pool.inputs);
  float* y = args.f32(1, pool.outputs);
  if (pool.outputs == 0) return;
  each_row(p, [&](int64_t picture, int64_t row, int64_t oy) {
    for (int64_t ox = 0; ox < p.ow; ++ox) {
      float* FASTTS_RESTRICT to = y + row + ox * p.c;
      for (int64_t c = 0; c < p.c; ++c) to[c] = 0.0f;
      int64_t count = 0;
      window(p, oy, ox, [&](int64_t at) {
        const float* FASTTS_RESTRICT from = x + picture + at;
        for (int64_t c = 0; c < p.c; ++c) to[c] += from[c];
        ++count;
      });
      const float divisor = static_cast<float>(count);
      for (int64_t c = 0; c < p.c; ++c) to[c] /= divisor;
    }
  });
}

// Calls body(image in x, output in y, oy, ox, first channel, channels) for each output, in parallel over images and
// ranges of channels. Rows of dx are cleared when the first window reaches them, so that they are then in a cache.
template <class Body>
FASTTS_INLINE void each_gradient(const Pool& pool, float* dx, const Body& body) {
  const PoolShape& p = pool.shape;
  if (pool.inputs == 0 || pool.outputs == 0) {
    memset(dx, 0, sizeof(float) * pool.inputs);
    return;
  }
  const int64_t slabs = (p.c + kChannels - 1) / kChannels;
  parallel(p.n * slabs, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t picture = task / slabs * p.ih * p.iw * p.c, out_picture = task / slabs * p.oh * p.ow * p.c;
      const int64_t first = task % slabs * kChannels, channels = smaller(kChannels, p.c - first);
      int64_t cleared = 0;
      for (int64_t oy = 0; oy <= p.oh; ++oy) {
        const int64_t reached = oy < p.oh ? smaller(p.ih, oy * p.sh - p.pt + p.kh) : p.ih;
        for (; cleared < reached; ++cleared) {
          float* const row = dx + picture + cleared * p.iw * p.c + first;
          for (int64_t x = 0; x < p.iw; ++x) memset(row + x * p.c, 0, sizeof(float) * channels);
        }
        for (int64_t ox = 0; oy < p.oh && ox < p.ow; ++ox) {
          body(picture, out_picture + (oy * p.ow + ox) * p.c, oy, ox, first, channels);
        }
      }
    }
  });
}

// Each gradient goes to the first largest pixel of its window.
void max_pool_grad(const Args& args) {
  const Pool pool = pool_argument(args, 3);
  const PoolShape& p = pool.shape;
  const float* dy = args.f32(0, pool.outputs);
  const float* x = args.f32(1, pool.inputs);
  float* dx = args.f32(2, pool.inputs);
  each_gradient(pool, dx, [&](int64_t picture, int64_t out, int64_t oy, int64_t ox, int64_t first, int64_t channels) {
    float best[kChannels], left[kChannels];
    for (int64_t c = 0; c < channels; ++c) best[c] = -INFINITY, left[c] = dy[out + first + c];
    window(p, oy, ox, [&](int64_t at) {
      const float* FASTTS_RESTRICT from = x + picture + at + first;
      for (int64_t c = 0; c < channels; ++c) best[c] = from[c] > best[c] ? from[c] : best[c];
    });
    // By arithmetic: compilers turn a select into masked stores, which delay the loads that follow.
    window(p, oy, ox, [&](int64_t at) {
      const float* FASTTS_RESTRICT from = x + picture + at + first;
      float* FASTTS_RESTRICT to = dx + picture + at + first;
      for (int64_t c = 0; c < channels; ++c) {
        const float mine = left[c] * (from[c] == best[c] ? 1.0f : 0.0f);
        to[c] += mine;
        left[c] -= mine;
      }
    });
  });
}

// Spread over the whole window's size, as TensorFlow.js does.
void avg_pool_grad(const Args& args) {
  const Pool pool = pool_argument(args, 2);
  const PoolShape& p = pool.shape;
  const float* dy = args.f32(0, pool.outputs);
  float* dx = args.f32(1, pool.inputs);
  const float share = 1.0f / static_cast<float>(p.kh * p.kw);
  each_gradient(pool, dx, [&](int64_t picture, int64_t out, int64_t oy, int64_t ox, int64_t first, int64_t channels) {
    const float* FASTTS_RESTRICT gradient = dy + out + first;
    window(p, oy, ox, [&](int64_t at) {
      float* FASTTS_RESTRICT to = dx + picture + at + first;
      for (int64_t c = 0; c < channels; ++c) to[c] += gradient[c] * share;
    });
  });
}

const KernelEntry kTable[] = {
    {"maxPool", "x, y, shape", max_pool},
    {"avgPool", "x, y, shape", avg_pool},
    {"maxPoolGrad", "dy, x, dx, shape", max_pool_grad},
    {"avgPoolGrad", "dy, dx, shape", avg_pool_grad},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* pooling_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
