// Batch normalization over the last dimension of x, seen as [rows, channels].

#include <math.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "memory/scratch.h"
#include "moments/row_moments.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

constexpr int64_t kColumns = 256;  // columns whose sums stay in the first-level cache
constexpr int64_t kBlock = 32;     // additions in single precision before a sum moves to double
constexpr int64_t kParts = 32;     // parts that the rows are divided into, for any number of threads

// Few channels make short rows; `together` rows are then processed as one if they divide evenly.
struct Layout {
  int64_t rows, width, channels;
};

// The layout of `n` numbers, if argument `index` has one number per channel.
FASTTS_INLINE Layout layout_of(const Args& args, int64_t n, int index) {
  const int64_t channels = args.length(index);
  if (n == 0) return Layout{0, channels, channels};
  args.require(channels > 0 && n % channels == 0, index, "of as many numbers as the array has channels");
  int64_t rows = n / channels, width = channels;
  while (width < 64 && rows % 2 == 0) {
    rows /= 2;
    width *= 2;
  }
  return Layout{rows, width, channels};
}

FASTTS_INLINE int64_t grain_of(const Layout& of) { return larger(kGrain / of.width, 1); }

// Mean and biased variance of each channel (Chan, Golub and LeVeque: the moments of parts merge exactly).
void moments(const float* x, const Layout& of, float* mean, float* variance) {
  if (of.rows == 0) {
    for (int64_t c = 0; c < of.channels; ++c) mean[c] = variance[c] = NAN;
    return;
  }
  const int64_t width = of.width, parts = smaller(kParts, of.rows);
  const Scratch<double> memory(2 * width * parts);
  double* const sums = memory.data();
  parallel(parts, larger(parts * kGrain / larger(of.rows * width, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t from = of.rows * p / parts, to = of.rows * (p + 1) / parts;
      row_moments(x + from * width, to - from, width, width,
                  MomentSums{sums + 2 * p * width, sums + (2 * p + 1) * width});
    }
  });
  // Parts outside, channels inside: the sums are read in the order in which they lie.
  const Scratch<double> totals(2 * of.channels);
  double* const means = totals.data();
  double* const deviations = means + of.channels;
  for (int64_t c = 0; c < of.channels; ++c) means[c] = deviations[c] = 0;
  double count = 0;
  for (int64_t p = 0; p < parts; ++p) {
    const double rows = static_cast<double>(of.rows * (p + 1) / parts - of.rows * p / parts);
    for (int64_t at = 0; at < width; at += of.channels) {
      const double* const part_mean = sums + 2 * p * width + at;
      const double* const part_deviation = part_mean + width;
      const double joined = count + rows;
      for (int64_t c = 0; c < of.channels; ++c) {
        const double difference = part_mean[c] - means[c];
        means[c] += difference * rows / joined;
        deviations[c] += part_deviation[c] + difference * difference * count * rows / joined;
      }
      count = joined;
    }
  }
  for (int64_t c = 0; c < of.channels; ++c) {
    mean[c] = static_cast<float>(means[c]);
    variance[c] = static_cast<float>(deviations[c] / count);
  }
}

// (x - mean) · factor + offset, with each array as wide as a row
struct Affine {
  const float *mean, *factor, *offset;
};

FASTTS_INLINE void fill_affine(float* memory, const Layout& of, const float* mean, const float* variance,
                               const float* scale, const float* offset, double epsilon) {
  float *wide_mean = memory, *factor = memory + of.width, *wide_offset = memory + 2 * of.width;
  for (int64_t i = 0; i < of.width; ++i) {
    const int64_t c = i % of.channels;
    wide_mean[i] = mean[c];
    factor[i] = static_cast<float>((scale ? scale[c] : 1.0) / sqrt(variance[c] + epsilon));
    wide_offset[i] = offset ? offset[c] : 0.0f;
  }
}

FASTTS_INLINE Affine affine_in(const float* memory, const Layout& of) {
  return Affine{memory, memory + of.width, memory + 2 * of.width};
}

template <bool kRelu, bool kAdd>
void normalize(const float* x, const float* addend, float* y, const Layout& of, const Affine& by) {
  parallel(of.rows, grain_of(of), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* FASTTS_RESTRICT from = x + r * of.width;
      const float* FASTTS_RESTRICT other = kAdd ? addend + r * of.width : nullptr;
      float* FASTTS_RESTRICT to = y + r * of.width;
      for (int64_t i = 0; i < of.width; ++i) {
        const float normalized = (from[i] - by.mean[i]) * by.factor[i] + by.offset[i];
        const float value = kAdd ? normalized + other[i] : normalized;
        to[i] = kRelu && value <= 0 ? 0 : value;
      }
    }
  });
}

// `addend` may be null.
void normalize_by(const float* x, const float* addend, float* y, const Layout& of, const float* mean,
                  const float* variance, const float* scale, const float* offset, double epsilon, bool relu) {
  if (of.rows == 0) return;
  const Scratch<float> memory(3 * of.width);
  fill_affine(memory.data(), of, mean, variance, scale, offset, epsilon);
  const auto by = addend ? (relu ? normalize<true, true> : normalize<false, true>)
                         : (relu ? normalize<true, false> : normalize<false, false>);
  by(x, addend, y, of, affine_in(memory.data(), of));
}

// y is x normalized by its mean and variance, which are computed unless they are `known`, plus the addend, which may be
// null, and, with `relu`, max(…, 0) of that.
void batch_norm_train(const Args& args) {
  const int64_t n = args.length(0);
  const Layout of = layout_of(args, n, 1);
  const float* x = args.f32(0, n);
  const float* scale = args.f32(1, of.channels);
  const float* offset = args.f32(2, of.channels);
  const float* addend = args.f32_or_null(3, n);
  float* y = args.f32(4, n);
  float* mean = args.f32(5, of.channels);
  float* variance = args.f32(6, of.channels);
  const double epsilon = args.number(7);
  const bool relu = args.flag(8);
  if (!args.flag(9)) moments(x, of, mean, variance);
  normalize_by(x, addend, y, of, mean, variance, scale, offset, epsilon, relu);
}

// For inference; the scale and the offset may be null.
void batch_norm(const Args& args) {
  const int64_t n = args.length(0);
  const Layout of = layout_of(args, n, 1);
  const int64_t channels = of.channels;
  normalize_by(args.f32(0, n), nullptr, args.f32(5, n), of, args.f32(1, channels), args.f32(2, channels),
               args.f32_or_null(3, channels), args.f32_or_null(4, channels), args.number(6), false);
}

// Which part of the output's gradient is passed on: all of it; where max(…, 0) of the normalized x is positive; or
// where the output, of which x is one term, is positive.
enum class Pass { all, by_input, by_output };

// The gradient where max(…, 0) passes it. A product, since a select would make the load of the gradient wait for that
// of x: twice the time where both come from memory.
FASTTS_INLINE float passing(float gradient, float difference, const Affine& by, int64_t i) {
  return gradient * (difference * by.factor[i] + by.offset[i] > 0 ? 1.0f : 0.0f);
}

// The incoming gradient and, with Pass::by_output, the output and where the gradient passed on is stored.
struct Gradient {
  const float *dy, *y;
  float* passed;

  Gradient from(int64_t at) const { return Gradient{dy + at, y ? y + at : nullptr, passed ? passed + at : nullptr}; }
};

// Sums over rows of the gradient passed on, and of it · (x - mean).
template <Pass kPass>
void part_gradients(const Gradient& gradient, const float* x, int64_t rows, const Layout& of, const Affine& by,
                    double* dy_sum, double* product_sum) {
  for (int64_t at = 0; at < of.width; at += kColumns) {
    const int64_t n = smaller(kColumns, of.width - at);
    float sums[kColumns], products[kColumns];
    for (int64_t i = 0; i < n; ++i) dy_sum[at + i] = 0, product_sum[at + i] = 0;
    for (int64_t r = 0; r < rows;) {
      for (int64_t i = 0; i < n; ++i) sums[i] = 0, products[i] = 0;
      const int64_t end = smaller(r + kBlock, rows);
      for (; r < end; ++r) {
        const Gradient here = gradient.from(r * of.width + at);
        const float* FASTTS_RESTRICT dy = here.dy;
        const float* FASTTS_RESTRICT y = here.y;
        float* FASTTS_RESTRICT kept = here.passed;
        const float* FASTTS_RESTRICT row = x + r * of.width + at;
        for (int64_t i = 0; i < n; ++i) {
          const float difference = row[i] - by.mean[at + i];
          const float passed = kPass == Pass::all        ? dy[i]
                               : kPass == Pass::by_input ? passing(dy[i], difference, by, at + i)
                                                         : dy[i] * (y[i] > 0 ? 1.0f : 0.0f);
          if (kPass == Pass::by_output) kept[i] = passed;
          sums[i] += passed;
          products[i] += passed * difference;
        }
      }
      for (int64_t i = 0; i < n; ++i) dy_sum[at + i] += sums[i], product_sum[at + i] += products[i];
    }
  }
}

// dx = dy · of_dy + (x - mean) · of_x + constant, with each array as wide as a row; with `kRelu`, dy as by_input
struct Slopes {
  const float *of_dy, *of_x, *constant;
};

template <bool kRelu>
void input_gradient(const float* dy, const float* x, float* dx, const Layout& of, const Affine& by,
                    const Slopes& slopes) {
  parallel(of.rows, grain_of(of), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* FASTTS_RESTRICT gradient = dy + r * of.width;
      const float* FASTTS_RESTRICT row = x + r * of.width;
      float* FASTTS_RESTRICT to = dx + r * of.width;
      for (int64_t i = 0; i < of.width; ++i) {
        const float difference = row[i] - by.mean[i];
        const float passed = kRelu ? passing(gradient[i], difference, by, i) : gradient[i];
        to[i] = passed * slopes.of_dy[i] + difference * slopes.of_x[i] + slopes.constant[i];
      }
    }
  });
}

// If the output was max(…, 0), either the offset is given or, if there was an addend, the output y; dAddend is then the
// gradient passed on.
void batch_norm_train_grad(const Args& args) {
  const int64_t n = args.length(0);
  const Layout of = layout_of(args, n, 2);
  const int64_t channels = of.channels;
  const float* x = args.f32(1, n);
  const float* scale = args.f32(2, channels);
  const float* mean = args.f32(3, channels);
  const float* variance = args.f32(4, channels);
  const float* offset = args.f32_or_null(5, channels);
  const Gradient gradient{args.f32(0, n), args.f32_or_null(6, n), args.f32_or_null(10, n)};
  args.require(!gradient.y == !gradient.passed, 10, "given if and only if `y` is");
  float* dx = args.f32(7, n);
  float* d_scale = args.f32(8, channels);
  float* d_offset = args.f32(9, channels);
  const double epsilon = args.number(11);
  if (n == 0) {
    for (int64_t c = 0; c < channels; ++c) d_scale[c] = d_offset[c] = 0.0f;
    return;
  }

  const int64_t width = of.width, parts = smaller(kParts, of.rows);
  const Scratch<double> sums_memory(2 * width * parts);
  const Scratch<float> wide_memory(6 * width);
  double* const sums = sums_memory.data();
  float* const wide = wide_memory.data();
  fill_affine(wide, of, mean, variance, scale, offset, epsilon);
  const Affine by = affine_in(wide, of);
  float *of_dy = wide + 3 * width, *of_x = wide + 4 * width, *constant = wide + 5 * width;
  const auto part = gradient.y ? part_gradients<Pass::by_output>
                    : offset   ? part_gradients<Pass::by_input>
                               : part_gradients<Pass::all>;
  parallel(parts, larger(parts * kGrain / larger(n, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t from = of.rows * p / parts, to = of.rows * (p + 1) / parts;
      part(gradient.from(from * width), x + from * width, to - from, of, by, sums + 2 * p * width,
           sums + (2 * p + 1) * width);
    }
  });
  const Scratch<double> totals(2 * channels);
  double* const dy_sums = totals.data();
  double* const product_sums = dy_sums + channels;
  for (int64_t c = 0; c < channels; ++c) dy_sums[c] = product_sums[c] = 0;
  for (int64_t p = 0; p < parts; ++p) {
    for (int64_t at = 0; at < width; at += channels) {
      const double* const part_dy = sums + 2 * p * width + at;
      const double* const part_product = part_dy + width;
      for (int64_t c = 0; c < channels; ++c) dy_sums[c] += part_dy[c], product_sums[c] += part_product[c];
    }
  }
  const double count = static_cast<double>(n / channels);
  for (int64_t c = 0; c < channels; ++c) {
    const double dy_sum = dy_sums[c], product_sum = product_sums[c];
    // With s = 1/√(variance + ε): dx = scale·s·(dy - mean(dy) - (x - mean)·s²·mean(dy·(x - mean)))
    const double inverse = 1.0 / sqrt(variance[c] + epsilon);
    d_offset[c] = static_cast<float>(dy_sum);
    d_scale[c] = static_cast<float>(product_sum * inverse);
    for (int64_t i = c; i < width; i += channels) {
      of_dy[i] = static_cast<float>(scale[c] * inverse);
      of_x[i] = static_cast<float>(-scale[c] * inverse * inverse * inverse * product_sum / count);
      constant[i] = static_cast<float>(-scale[c] * inverse * dy_sum / count);
    }
  }
  const float* const passed = gradient.passed ? gradient.passed : gradient.dy;
  (offset ? input_gradient<true> : input_gradient<false>)(passed, x, dx, of, by, Slopes{of_dy, of_x, constant});
}

void running_moments(const Args& args) {
  const int64_t n = args.length(0);
  const float* mean = args.f32(0, n);
  const float* variance = args.f32(1, n);
  const float* batch_mean = args.f32(2, n);
  const float* batch_variance = args.f32(3, n);
  float* new_mean = args.f32(4, n);
  float* new_variance = args.f32(5, n);
  const double take = args.number(6);
  const float keep = static_cast<float>(1 - take), of_mean = static_cast<float>(take);
  const float of_variance = static_cast<float>(take * args.number(7));
  for (int64_t i = 0; i < n; ++i) {
    new_mean[i] = mean[i] * keep + batch_mean[i] * of_mean;
    new_variance[i] = variance[i] * keep + batch_variance[i] * of_variance;
  }
}

const KernelEntry kTable[] = {
    {"batchNorm", "x, mean, variance, scale, offset, y, epsilon", batch_norm},
    {"batchNormTrain", "x, scale, offset, addend, y, mean, variance, epsilon, relu, known", batch_norm_train},
    {"batchNormTrainGrad", "dy, x, scale, mean, variance, offset, y, dx, dScale, dOffset, dAddend, epsilon",
     batch_norm_train_grad},
    {"runningMoments", "mean, variance, batchMean, batchVariance, newMean, newVariance, momentum, unbiased",
     running_moments},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* batch_norm_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
