// Images of bytes as floats, NHWC: resized, sampled, relit and normalized, one image at a time.

#include <string.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/arguments.h"
#include "kernels/image/sample_row.h"
#include "kernels/vector_math.h"
#include "memory/scratch.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

// One axis of an image: bilinear resizing maps `inputs` pixels to `size`, and averaging maps `length` of these, from
// `start` on, to `outputs`.
struct Axis {
  int64_t inputs, size, start, length, outputs;
};

// `count` input pixels from `first` on.
struct Run {
  int64_t first, count;
};

// The inputs of each output pixel of an axis: a run of at most `most` input pixels, and their weights.
struct Taps {
  int64_t most;
  Scratch<Run> runs;
  Scratch<float> weights;
};

// The largest number of inputs of an output pixel.
FASTTS_INLINE int64_t most_taps(const Axis& a) {
  const int64_t window = (a.length + a.outputs - 1) / a.outputs + 1;
  return window * a.inputs / a.size + 3;
}

Taps taps_of(const Axis& a, double factor) {
  const int64_t most = most_taps(a);
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

// The weighted sums of some pixels of a row. Pixels have `kLanes` values, of which the first `kChannels` are used, so
// that a pixel is a vector; `line` must be readable that far.
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

// Applied to the pixels of an image after sampling.
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

// The part must be inside the resized image, and its reduction must not need more weights than any real image does.
void check_axis(const Args& args, const Axis& a) {
  constexpr int64_t kMostSize = int64_t{1} << 30, kMostWeights = int64_t{1} << 26;
  args.require(a.size <= kMostSize && a.outputs <= kMostSize && a.inputs <= kMostSize, 5, "of sizes up to 2^30");
  args.require(a.start <= a.size && a.length <= a.size - a.start, 5, "of a part inside its height and width");
  args.require(args.elements(a.outputs, most_taps(a)) <= kMostWeights, 5, "of a reduction of fewer pixels");
}

// Fills image `index` of the batch y. The image that the plan reduces to is sampled through the map. With a map,
// scratch holds that image: 4 floats per pixel for 3 channels, else one per channel. The map, logits and stats may be
// null.
void image_from_bytes(const Args& args) {
  const int64_t index = args.integer(2, 0);
  const BoxedPicture picture = args.numbers<BoxedPicture>(4, kBoxedLeast);
  const PicturePlan plan = args.numbers<PicturePlan>(5, kPlanLeast);
  const int64_t h = picture.height, w = picture.width, c = plan.channels, oh = plan.out_height, ow = plan.out_width;
  const Axis row_axis{picture.box_height, plan.height, plan.part_top, plan.part_height, plan.shrunk_height};
  const Axis column_axis{picture.box_width, plan.width, plan.part_left, plan.part_width, plan.shrunk_width};
  check_axis(args, row_axis);
  check_axis(args, column_axis);
  args.require(picture.box_top <= h && picture.box_height <= h - picture.box_top && picture.box_left <= w &&
                   picture.box_width <= w - picture.box_left,
               4, "of a box inside the image");
  args.require(plan.outside <= static_cast<int64_t>(Outside::wrap), 5, "of a known `outside`");
  args.require(plan.sampling <= static_cast<int64_t>(Sampling::nearest_up), 5, "of a known `sampling`");
  const uint8_t* bytes = args.u8(0, args.elements(h, w, c)) + (picture.box_top * w + picture.box_left) * c;
  const int64_t size = args.elements(oh, ow, c);
  float* y = args.f32(1, args.elements(index + 1, size)) + index * size;
  const int64_t lanes = c == 3 ? 4 : c, sh = row_axis.outputs, sw = column_axis.outputs;
  const float* map = args.f32_or_null(6, 8);
  args.require(map || (sh == oh && sw == ow), 5, "of an output as large as the reduced part, without a map");
  float* scratch = args.f32_or_null(3, args.elements(sh, sw, lanes));
  args.require(!map == !scratch, 3, "given if and only if `map` is");
  const Finish finish{args.f32_or_null(7, 2), args.f32_or_null(8, args.elements(int64_t{2}, c)), c, lanes};
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

  const SampleRow sample = row_sampler(static_cast<Outside>(plan.outside), lanes);
  const Sampling sampling = static_cast<Sampling>(plan.sampling);
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

const KernelEntry kTable[] = {
    {"imageFromBytes", "bytes, y, index, scratch, picture, plan, map, logits, stats", image_from_bytes},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* image_from_bytes_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
