// Pictures: bytes to floats, sampling under a projective map, and resizing. All are NHWC.

#include <math.h>
#include <string.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/vector_math.h"
#include "memory/scratch.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

// What a coordinate outside the picture means; the order is that of src/kernels/image.ts.
enum class Outside { fill, border, reflection, symmetric, wrap };
// `nearest` rounds halves to even, as PyTorch does; `nearest_up` rounds them up, as TensorFlow.js does.
enum class Sampling { bilinear, nearest, nearest_up };

FASTTS_INLINE float clamped(float x, float size) {
  const float most = size - 1.0f;
  const float raised = x > 0.0f ? x : 0.0f;  // NaN becomes 0
  return raised < most ? raised : most;
}

// About the centres of the border's pixels, as PyTorch's grid_sample with align_corners does.
FASTTS_INLINE float reflected(float x, float size) {
  const float span = size - 1.0f;
  if (span <= 0.0f) return 0.0f;
  const float distance = fabsf(x);
  const float turns = floorf(distance / span);
  const float rest = distance - turns * span;
  const bool odd = turns - 2.0f * floorf(turns * 0.5f) != 0.0f;
  return clamped(odd ? span - rest : rest, size);
}

// About the picture's edge: [dcba|abcd|dcba].
FASTTS_INLINE float mirrored(float x, float size) {
  if (size <= 1.0f) return 0.0f;
  const float period = 2.0f * size;
  if (x < 0.0f) {
    x = period * truncf(-x / period) + x;
    x = x < -size ? x + period : -x - 1.0f;
  } else if (x > size - 1.0f) {
    x -= period * truncf(x / period);
    x = x >= size ? period - x - 1.0f : x;
  }
  return clamped(x, size);
}

FASTTS_INLINE float wrapped(float x, float size) {
  if (size <= 1.0f) return 0.0f;
  const float period = size - 1.0f;
  if (x < 0.0f) {
    x += size * (truncf(-x / period) + 1.0f);
  } else if (x > period) {
    x -= size * truncf(x / period);
  }
  return clamped(x, size);
}

template <Outside outside>
FASTTS_INLINE float mapped(float x, float size) {
  switch (outside) {
    case Outside::border:
      return clamped(x, size);
    case Outside::reflection:
      return reflected(x, size);
    case Outside::symmetric:
      return mirrored(x, size);
    case Outside::wrap:
      return wrapped(x, size);
    default:
      // Far outside is as good as just outside, and fits an integer; NaN is outside too.
      x = x > -2.0f ? x : -2.0f;
      return x < size + 1.0f ? x : size + 1.0f;
  }
}

struct Picture {
  const float* pixels;
  int64_t height, width, channels;
};

FASTTS_INLINE const float* pixel(const Picture& p, int64_t y, int64_t x, const float* fill) {
  return y >= 0 && y < p.height && x >= 0 && x < p.width ? p.pixels + (y * p.width + x) * p.channels : fill;
}

// Channels are few: a count known when compiling keeps them in registers.
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

constexpr int64_t kSpan = 128;  // output pixels whose coordinates are worked out together

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
        memcpy(into, pixel(p, y, x, fill), sizeof(float) * p.channels);
      } else {
        const float left = floorf(xs[i]), top = floorf(ys[i]);
        const int64_t x = static_cast<int64_t>(left), y = static_cast<int64_t>(top);
        blend<kKnown>(pixel(p, y, x, fill), pixel(p, y, x + 1, fill), pixel(p, y + 1, x, fill),
                      pixel(p, y + 1, x + 1, fill), xs[i] - left, ys[i] - top, into, p.channels);
      }
    }
  }
}

using SampleRow = void (*)(const Picture&, const float*, int64_t, int64_t, Sampling, const float*, float*);

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

// projectiveSample(image, matrices, y, n, h, w, c, oh, ow, outside, sampling, fill, matrices one for all?)
void projective_sample(const Args& args) {
  const int64_t n = integer(args, 3), h = integer(args, 4), w = integer(args, 5), c = integer(args, 6);
  const int64_t oh = integer(args, 7), ow = integer(args, 8);
  const Outside outside = static_cast<Outside>(integer(args, 9));
  const Sampling sampling = static_cast<Sampling>(integer(args, 10));
  const float fill = static_cast<float>(number(args, 11));
  const int64_t step = integer(args, 12) ? 0 : 8;
  const float* image = f32(args, 0, n * h * w * c);
  const float* matrices = f32(args, 1, step ? n * 8 : 8);
  float* y = f32(args, 2, n * oh * ow * c);
  const SampleRow sample = row_sampler(outside, c);
  const Scratch<float> memory(c);
  float* const fills = memory.data();
  for (int64_t i = 0; i < c; ++i) fills[i] = fill;
  parallel(n * oh, larger(kGrain / 8 / larger(ow * c, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t b = r / oh;
      const Picture picture{image + b * h * w * c, h, w, c};
      sample(picture, matrices + b * step, r % oh, ow, sampling, fills, y + r * ow * c);
    }
  });
}

// One axis of a picture: of `inputs` pixels bilinear resizing makes `size`, and of `length` of these, from `start` on,
// averaging makes `outputs`.
struct Axis {
  int64_t inputs, size, start, length, outputs;
};

// `count` input pixels from `first` on.
struct Run {
  int64_t first, count;
};

// What each output pixel of an axis is made of: a run of at most `most` input pixels, and their weights.
struct Taps {
  int64_t most;
  Scratch<Run> runs;
  Scratch<float> weights;
};

Taps taps_of(const Axis& a, double factor) {
  const int64_t window = (a.length + a.outputs - 1) / a.outputs + 1;
  const int64_t most = window * a.inputs / a.size + 3;
  Taps taps{most, Scratch<Run>(a.outputs), Scratch<float>(a.outputs * most)};
  memset(taps.weights.data(), 0, sizeof(float) * a.outputs * most);
  const double scale = static_cast<double>(a.inputs) / static_cast<double>(a.size);
  for (int64_t o = 0; o < a.outputs; ++o) {
    const int64_t begin = o * a.length / a.outputs, end = ((o + 1) * a.length + a.outputs - 1) / a.outputs;
    const double share = factor / static_cast<double>(end - begin);
    float* weights = taps.weights.data() + o * most;
    int64_t first = 0, last = 0;
    for (int64_t i = begin; i < end; ++i) {
      double at = scale * (static_cast<double>(a.start + i) + 0.5) - 0.5;
      at = at > 0.0 ? at : 0.0;
      const int64_t low = smaller(static_cast<int64_t>(at), a.inputs - 1);
      const double part = low + 1 < a.inputs ? at - static_cast<double>(low) : 0.0;
      if (i == begin) first = low;
      last = low - first;
      weights[last] += static_cast<float>(share * (1.0 - part));
      if (part > 0.0) weights[++last] += static_cast<float>(share * part);
    }
    taps.runs.data()[o] = Run{first, last + 1};
  }
  return taps;
}

// The weighted sum of some rows of bytes.
FASTTS_INLINE void sum_rows(const uint8_t* bytes, int64_t stride, const Taps& rows, int64_t o, int64_t n, float* line) {
  const Run run = rows.runs.data()[o];
  const float* weights = rows.weights.data() + o * rows.most;
  for (int64_t t = 0; t < run.count; ++t) {
    const uint8_t* FASTTS_RESTRICT from = bytes + (run.first + t) * stride;
    const float weight = weights[t];
    if (t == 0) {
      for (int64_t i = 0; i < n; ++i) line[i] = weight * static_cast<float>(from[i]);
    } else {
      for (int64_t i = 0; i < n; ++i) line[i] += weight * static_cast<float>(from[i]);
    }
  }
}

// The weighted sums of some pixels of a row. Pixels get `kLanes` values of which the first `kChannels` count, so that
// a pixel is a vector; `line` can be read that far.
template <int kChannels, int kLanes>
void sum_columns(const float* line, const Taps& columns, int64_t outputs, int64_t channels, float* to) {
  const int64_t step = kChannels ? kChannels : channels, lanes = kLanes ? kLanes : channels;
  for (int64_t o = 0; o < outputs; ++o) {
    const Run run = columns.runs.data()[o];
    const float* from = line + run.first * step;
    const float* weights = columns.weights.data() + o * columns.most;
    float* FASTTS_RESTRICT pixel = to + o * lanes;
    if (kLanes) {
      float sums[kLanes ? kLanes : 1];  // in a register
      for (int k = 0; k < kLanes; ++k) sums[k] = weights[0] * from[k];
      for (int64_t t = 1; t < run.count; ++t) {
        for (int k = 0; k < kLanes; ++k) sums[k] += weights[t] * from[t * step + k];
      }
      for (int k = 0; k < kLanes; ++k) pixel[k] = sums[k];
    } else {
      for (int64_t k = 0; k < lanes; ++k) {
        float sum = 0.0f;
        for (int64_t t = 0; t < run.count; ++t) sum += weights[t] * from[t * step + k];
        pixel[k] = sum;
      }
    }
  }
}

// What is done to the pixels of a picture once they are sampled.
struct Finish {
  const float* logits;  // scale and shift, or null
  const float* stats;   // the mean of each channel, then the standard deviation of each, or null
  int64_t channels, lanes;
};

FASTTS_INLINE void finish_row(float* row, int64_t width, const Finish& f, float* FASTTS_RESTRICT to) {
  if (f.logits) {
    const float scale = f.logits[0], shift = f.logits[1];
    for (int64_t i = 0; i < width * f.lanes; ++i) {
      const float low = row[i] > 1e-7f ? row[i] : 1e-7f;
      const float x = low < 1.0f - 1e-7f ? low : 1.0f - 1e-7f;
      row[i] = 1.0f / (1.0f + exp_of(scale * log_of(1.0f / x - 1.0f) - shift));
    }
  }
  for (int64_t x = 0; x < width; ++x) {
    for (int64_t k = 0; k < f.channels; ++k) {
      const float value = row[x * f.lanes + k];
      to[x * f.channels + k] = f.stats ? (value - f.stats[k]) / f.stats[f.channels + k] : value;
    }
  }
}

// imageFromBytes(bytes, y, index, scratch, [h, w, box left, top, width, height], [channels, height, width, part left,
// top, width, height, shrunk height, width, output height, width, outside, sampling], map?, logits?, stats?): picture
// `index` of the batch y. The box is resized to height and width, the part of that averaged down, that sampled through
// the map. scratch holds, where there is a map, what it samples: 4 floats a pixel of 3 channels, else as many as
// channels.
void image_from_bytes(const Args& args) {
  const int64_t index = integer(args, 2);
  const int32_t *picture = i32(args, 4, 6), *frame = i32(args, 5, 13);
  const int64_t h = picture[0], w = picture[1], c = frame[0], oh = frame[9], ow = frame[10];
  const Axis row_axis{picture[5], frame[1], frame[4], frame[6], frame[7]};
  const Axis column_axis{picture[4], frame[2], frame[3], frame[5], frame[8]};
  const uint8_t* bytes = u8(args, 0, h * w * c) + (picture[3] * w + picture[2]) * c;
  float* y = f32(args, 1, (index + 1) * oh * ow * c) + index * oh * ow * c;
  const int64_t lanes = c == 3 ? 4 : c, sh = row_axis.outputs, sw = column_axis.outputs;
  const float* map = f32_or_null(args, 6, 8);
  float* scratch = map ? f32(args, 3, sh * sw * lanes) : nullptr;
  const Finish finish{f32_or_null(args, 7, 2), f32_or_null(args, 8, 2 * c), c, lanes};
  const Taps rows = taps_of(row_axis, 1.0 / 255.0), columns = taps_of(column_axis, 1.0);
  const auto sum = c == 3 ? sum_columns<3, 4> : c == 1 ? sum_columns<1, 1> : sum_columns<0, 0>;
  const int64_t inputs = column_axis.inputs * c;
  parallel(sh, larger(kGrain / 4 / larger(sw * lanes, 1), 1), [=, &rows, &columns](int64_t begin, int64_t end) {
    const Scratch<float> memory(inputs + lanes + sw * lanes);
    float *const line = memory.data(), *const made = line + inputs + lanes;
    memset(line + inputs, 0, sizeof(float) * lanes);
    for (int64_t r = begin; r < end; ++r) {
      sum_rows(bytes, w * c, rows, r, inputs, line);
      sum(line, columns, sw, c, scratch ? scratch + r * sw * lanes : made);
      if (!scratch) finish_row(made, sw, finish, y + r * sw * c);
    }
  });
  if (!map) return;

  const SampleRow sample = row_sampler(static_cast<Outside>(frame[11]), lanes);
  const Sampling sampling = static_cast<Sampling>(frame[12]);
  parallel(oh, larger(kGrain / 8 / larger(ow * lanes, 1), 1), [=](int64_t begin, int64_t end) {
    const Scratch<float> memory(lanes + ow * lanes);
    float *const fill = memory.data(), *const made = fill + lanes;
    memset(fill, 0, sizeof(float) * lanes);
    const Picture source{scratch, sh, sw, lanes};
    for (int64_t r = begin; r < end; ++r) {
      sample(source, map, r, ow, sampling, fill, made);
      finish_row(made, ow, finish, y + r * ow * c);
    }
  });
}

// areaResize(image, y, n, h, w, c, oh, ow): each output pixel is the mean of the input pixels that it covers, whole
// ones only, as PyTorch's adaptive average pooling does
void area_resize(const Args& args) {
  const int64_t n = integer(args, 2), h = integer(args, 3), w = integer(args, 4), c = integer(args, 5);
  const int64_t oh = integer(args, 6), ow = integer(args, 7);
  const float* image = f32(args, 0, n * h * w * c);
  float* y = f32(args, 1, n * oh * ow * c);
  parallel(n * oh, 1, [=](int64_t begin, int64_t end) {
    const Scratch<float> memory(w * c);
    float* const sums = memory.data();
    for (int64_t r = begin; r < end; ++r) {
      const int64_t b = r / oh, oy = r % oh;
      const int64_t top = oy * h / oh, bottom = ((oy + 1) * h + oh - 1) / oh;
      for (int64_t i = 0; i < w * c; ++i) sums[i] = 0.0f;
      for (int64_t iy = top; iy < bottom; ++iy) {
        const float* FASTTS_RESTRICT row = image + (b * h + iy) * w * c;
        for (int64_t i = 0; i < w * c; ++i) sums[i] += row[i];
      }
      for (int64_t ox = 0; ox < ow; ++ox) {
        const int64_t left = ox * w / ow, right = ((ox + 1) * w + ow - 1) / ow;
        float* FASTTS_RESTRICT to = y + (r * ow + ox) * c;
        const float share = 1.0f / static_cast<float>((bottom - top) * (right - left));
        for (int64_t k = 0; k < c; ++k) {
          float sum = 0.0f;
          for (int64_t ix = left; ix < right; ++ix) sum += sums[ix * c + k];
          to[k] = sum * share;
        }
      }
    }
  });
}

struct Resize {
  int64_t n, h, w, c, oh, ow;
  double scale_h, scale_w;
  bool half_pixel;
};

FASTTS_INLINE Resize resize_argument(const Args& args, int index) {
  return Resize{integer(args, index),     integer(args, index + 1), integer(args, index + 2),
                integer(args, index + 3), integer(args, index + 4), integer(args, index + 5),
                number(args, index + 6),  number(args, index + 7),  number(args, index + 8) != 0};
}

// Where output index `i` lies between two input indices.
struct Between {
  int64_t low, high;
  float part;
};

FASTTS_INLINE Between between(int64_t i, double scale, bool half_pixel, int64_t size) {
  const double at = half_pixel ? scale * (static_cast<double>(i) + 0.5) - 0.5 : scale * static_cast<double>(i);
  const int64_t low = larger(0, static_cast<int64_t>(floor(at)));
  const int64_t high = smaller(size - 1, static_cast<int64_t>(ceil(at)));
  return Between{low, larger(high, 0), static_cast<float>(at - static_cast<double>(low))};
}

// resizeBilinear(image, y, n, h, w, c, oh, ow, scaleH, scaleW, halfPixelCenters)
void resize_bilinear(const Args& args) {
  const Resize s = resize_argument(args, 2);
  const float* image = f32(args, 0, s.n * s.h * s.w * s.c);
  float* y = f32(args, 1, s.n * s.oh * s.ow * s.c);
  const Scratch<Between> memory(s.ow);
  Between* const columns = memory.data();
  for (int64_t ox = 0; ox < s.ow; ++ox) columns[ox] = between(ox, s.scale_w, s.half_pixel, s.w);
  parallel(s.n * s.oh, larger(kGrain / 4 / larger(s.ow * s.c, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Between row = between(r % s.oh, s.scale_h, s.half_pixel, s.h);
      const float* above = image + (r / s.oh * s.h + row.low) * s.w * s.c;
      const float* below = image + (r / s.oh * s.h + row.high) * s.w * s.c;
      for (int64_t ox = 0; ox < s.ow; ++ox) {
        const Between column = columns[ox];
        const float *a = above + column.low * s.c, *b = above + column.high * s.c;
        const float *c = below + column.low * s.c, *d = below + column.high * s.c;
        float* to = y + (r * s.ow + ox) * s.c;
        if (s.c == 3) {
          blend<3>(a, b, c, d, column.part, row.part, to, s.c);
        } else {
          blend<0>(a, b, c, d, column.part, row.part, to, s.c);
        }
      }
    }
  });
}

// resizeBilinearGrad(dy, dx, n, h, w, c, oh, ow, scaleH, scaleW, halfPixelCenters)
void resize_bilinear_grad(const Args& args) {
  const Resize s = resize_argument(args, 2);
  const float* dy = f32(args, 0, s.n * s.oh * s.ow * s.c);
  float* dx = f32(args, 1, s.n * s.h * s.w * s.c);
  parallel(s.n, 1, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      float* picture = dx + b * s.h * s.w * s.c;
      memset(picture, 0, sizeof(float) * s.h * s.w * s.c);
      for (int64_t oy = 0; oy < s.oh; ++oy) {
        const Between row = between(oy, s.scale_h, s.half_pixel, s.h);
        for (int64_t ox = 0; ox < s.ow; ++ox) {
          const Between column = between(ox, s.scale_w, s.half_pixel, s.w);
          const float* gradient = dy + ((b * s.oh + oy) * s.ow + ox) * s.c;
          float* above = picture + row.low * s.w * s.c;
          float* below = picture + row.high * s.w * s.c;
          const int64_t left = column.low * s.c, right = column.high * s.c;
          const float bottom = row.part, top = 1.0f - bottom, east = column.part, west = 1.0f - east;
          for (int64_t k = 0; k < s.c; ++k) {
            above[left + k] += gradient[k] * top * west;
            above[right + k] += gradient[k] * top * east;
            below[left + k] += gradient[k] * bottom * west;
            below[right + k] += gradient[k] * bottom * east;
          }
        }
      }
    }
  });
}

const KernelEntry kTable[] = {
    {"imageFromBytes", image_from_bytes}, {"projectiveSample", projective_sample},      {"areaResize", area_resize},
    {"resizeBilinear", resize_bilinear},  {"resizeBilinearGrad", resize_bilinear_grad}, {nullptr, nullptr},
};

}  // namespace

const KernelEntry* image_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
