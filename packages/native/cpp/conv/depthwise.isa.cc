#include "conv/depthwise.h"

#include "isa/vec.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

constexpr int kOutputs = 4;  // outputs that share the load of a filter value
constexpr int kTaps = 4;     // taps that share the load of a gradient value

FASTTS_INLINE float activate(float value, Activation activation) {
  if (activation != Activation::none && value < 0) value = 0;
  return activation == Activation::relu6 && value > 6 ? 6.0f : value;
}

template <int N>
FASTTS_INLINE void forward_outputs(const DepthwiseRow& row, const float* image, const float* filter, const float* bias,
                                   Activation activation, float* out, int64_t out_step) {
  Vec sums[N];
  const Vec first = bias ? load(bias) : zero();
  FASTTS_UNROLL
  for (int i = 0; i < N; ++i) sums[i] = first;
  for (int64_t y = 0; y < row.taps_h; ++y) {
    for (int64_t x = 0; x < row.taps_w; ++x) {
      const Vec weight = load(filter + y * row.filter_step_h + x * row.filter_step_w);
      const float* from = image + y * row.tap_step_h + x * row.tap_step_w;
      FASTTS_UNROLL
      for (int i = 0; i < N; ++i) sums[i] = fma(load(from + i * row.output_step), weight, sums[i]);
    }
  }
  FASTTS_UNROLL
  for (int i = 0; i < N; ++i) {
    Vec value = sums[i];
    if (activation != Activation::none) value = max(zero(), value);
    if (activation == Activation::relu6) value = min(broadcast(6), value);
    store(out + i * out_step, value);
  }
}

template <int N>
FASTTS_INLINE void gradient_taps(const DepthwiseRow& row, const float* image, const float* gradient,
                                 int64_t gradient_step, float* filter) {
  Vec sums[N];
  FASTTS_UNROLL
  for (int i = 0; i < N; ++i) sums[i] = load(filter + i * row.filter_step_w);
  for (int64_t x = 0; x < row.outputs; ++x) {
    const Vec value = load(gradient + x * gradient_step);
    const float* from = image + x * row.output_step;
    FASTTS_UNROLL
    for (int i = 0; i < N; ++i) sums[i] = fma(load(from + i * row.tap_step_w), value, sums[i]);
  }
  FASTTS_UNROLL
  for (int i = 0; i < N; ++i) store(filter + i * row.filter_step_w, sums[i]);
}

}  // namespace

void depthwise_row(const DepthwiseRow& row, const float* filter, const float* bias, Activation activation, float* out,
                   int64_t out_step) {
  int64_t c = 0;
  for (; c + kWidth <= row.channels; c += kWidth) {
    const float* channel_bias = bias ? bias + c : nullptr;
    int64_t x = 0;
    for (; x + kOutputs <= row.outputs; x += kOutputs) {
      forward_outputs<kOutputs>(row, row.image + x * row.output_step + c, filter + c, channel_bias, activation,
                                out + x * out_step + c, out_step);
    }
    for (; x < row.outputs; ++x) {
      forward_outputs<1>(row, row.image + x * row.output_step + c, filter + c, channel_bias, activation,
                         out + x * out_step + c, out_step);
    }
  }
  for (; c < row.channels; ++c) {
    for (int64_t x = 0; x < row.outputs; ++x) {
      float sum = bias ? bias[c] : 0;
      for (int64_t i = 0; i < row.taps_h; ++i) {
        for (int64_t j = 0; j < row.taps_w; ++j) {
          sum += row.image[x * row.output_step + i * row.tap_step_h + j * row.tap_step_w + c] *
                 filter[i * row.filter_step_h + j * row.filter_step_w + c];
        }
      }
      out[x * out_step + c] = activate(sum, activation);
    }
  }
}

void depthwise_row_grad(const DepthwiseRow& row, const float* gradient, int64_t gradient_step, float* filter) {
  for (int64_t i = 0; i < row.taps_h; ++i) {
    const float* image = row.image + i * row.tap_step_h;
    float* taps = filter + i * row.filter_step_h;
    int64_t c = 0;
    for (; c + kWidth <= row.channels; c += kWidth) {
      int64_t j = 0;
      for (; j + kTaps <= row.taps_w; j += kTaps) {
        gradient_taps<kTaps>(row, image + j * row.tap_step_w + c, gradient + c, gradient_step,
                             taps + j * row.filter_step_w + c);
      }
      if (j + 3 <= row.taps_w) {
        gradient_taps<3>(row, image + j * row.tap_step_w + c, gradient + c, gradient_step,
                         taps + j * row.filter_step_w + c);
        j += 3;
      }
      for (; j < row.taps_w; ++j) {
        gradient_taps<1>(row, image + j * row.tap_step_w + c, gradient + c, gradient_step,
                         taps + j * row.filter_step_w + c);
      }
    }
    for (; c < row.channels; ++c) {
      for (int64_t j = 0; j < row.taps_w; ++j) {
        float sum = taps[j * row.filter_step_w + c];
        for (int64_t x = 0; x < row.outputs; ++x) {
          sum += image[x * row.output_step + j * row.tap_step_w + c] * gradient[x * gradient_step + c];
        }
        taps[j * row.filter_step_w + c] = sum;
      }
    }
  }
}

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
