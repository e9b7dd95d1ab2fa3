#include "conv/depthwise.h"

#include <algorithm>
#include <cstring>

#include "conv/conv_windows.h"
#include "conv/phase.h"
#include "memory/scratch.h"
#include "parallel/parallel.h"
#include "product/image_copy.h"

namespace fastts {
namespace {

constexpr int64_t kChannels = 128, kBlockFloats = 64 * 1024;  // copied at a time

// Outputs per block, chosen so that every thread gets some.
int64_t block_pixels(const Windows& w) {
  return std::max<int64_t>(64, std::min<int64_t>(4096, w.images * w.out_h * w.out_w / (4 * available_threads())));
}

// Calls body(row, image, y) for each row of a block, on a copy of the channels of `channel_block`.
template <class Body>
void for_each_row(const Windows& w, const ImagePlan& plan, int64_t block_index, int64_t channel_block,
                  const FilterSteps& steps, const Body& body) {
  const OutputBlock block = plan.block(w, block_index);
  const int64_t channels = plan.channels(w, channel_block);
  const ImageCopy copy = copy_image(w, block, plan.channel_block, channel_block * plan.channel_block, channels);
  DepthwiseRow row{nullptr,  copy.output_step_w, copy.tap_step_h, copy.tap_step_w, w.taps_h,
                   w.taps_w, channels,           w.out_w,         steps.tap_h,     steps.tap_w};
  for (int64_t image = 0; image < block.images; ++image) {
    for (int64_t y = 0; y < block.rows; ++y) {
      row.image = copy.floats + image * copy.image_step + y * copy.output_step_h;
      body(row, block.image + image, block.row + y);
    }
  }
}

struct Output {
  float* floats;
  int64_t image_step, row_step, pixel_step;
};

void depthwise_product(const Windows& w, const float* filter, const FilterSteps& steps, const float* bias,
                       Activation activation, const Output& out) {
  const ImagePlan plan = plan_image(w, kChannels, block_pixels(w), kBlockFloats);
  const auto multiply = FASTTS_BY_ISA(depthwise_row);
  parallel_tasks(plan.blocks * plan.channel_blocks, [&](int64_t task) {
    const int64_t channel_block = task % plan.channel_blocks, channel = channel_block * plan.channel_block;
    for_each_row(w, plan, task / plan.channel_blocks, channel_block, steps,
                 [&](const DepthwiseRow& row, int64_t image, int64_t y) {
      multiply(row, filter + channel, bias ? bias + channel : nullptr, activation,
               out.floats + image * out.image_step + y * out.row_step + channel, out.pixel_step);
    });
  });
}

void depthwise_reduction(const Windows& w, const float* gradient, float* filter) {
  const ImagePlan plan = plan_image(w, kChannels, block_pixels(w), kBlockFloats);
  const auto add = FASTTS_BY_ISA(depthwise_row_grad);
  const int64_t stretches = std::min<int64_t>(plan.blocks, available_threads());
  const int64_t size = w.taps_h * w.taps_w * w.channels;
  const FilterSteps steps{w.taps_w * w.channels, w.channels, 1, 1};
  const Scratch<float> sums(stretches * size);
  std::fill_n(sums.data(), sums.count(), 0.0f);
  parallel_tasks(stretches * plan.channel_blocks, [&](int64_t task) {
    const int64_t channel_block = task % plan.channel_blocks, stretch = task / plan.channel_blocks;
    const int64_t channel = channel_block * plan.channel_block;
    const int64_t end = plan.blocks * (stretch + 1) / stretches;
    for (int64_t block = plan.blocks * stretch / stretches; block < end; ++block) {
      for_each_row(w, plan, block, channel_block, steps, [&](const DepthwiseRow& row, int64_t image, int64_t y) {
        add(row, gradient + (image * w.out_h + y) * w.out_w * w.channels + channel, w.channels,
            sums.data() + stretch * size + channel);
      });
    }
  });
  for (int64_t i = 0; i < size; ++i) {
    filter[i] = 0;
    for (int64_t stretch = 0; stretch < stretches; ++stretch) {
      filter[i] += sums.data()[stretch * size + i];
    }
  }
}

// With several outputs per channel: the same convolution on an input in which each channel is repeated that often.
Scratch<float> repeat_channels(const ConvShape& s, const float* x) {
  const int64_t times = s.oc / s.ic, pixels = s.n * s.ih * s.iw;
  Scratch<float> repeated(pixels * s.oc);
  parallel_for(pixels, std::max<int64_t>(1, 16384 / s.oc), [&](int64_t begin, int64_t end) {
    float* out = repeated.data() + begin * s.oc;
    for (int64_t i = begin * s.ic; i < end * s.ic; ++i) {
      for (int64_t j = 0; j < times; ++j) *out++ = x[i];
    }
  });
  return repeated;
}

ConvShape with_channels(ConvShape s) {
  s.ic = s.groups = s.oc;
  return s;
}

}  // namespace

bool is_depthwise(const ConvShape& shape) { return shape.groups == shape.ic && shape.groups > 1; }

void depthwise_forward(const ConvShape& s, const float* x, const float* w, const float* bias, Activation activation,
                       float* y) {
  if (s.oc != s.ic) {
    const Scratch<float> repeated = repeat_channels(s, x);
    return depthwise_forward(with_channels(s), repeated.data(), w, bias, activation, y);
  }
  depthwise_product(input_windows(s, x, s.ic), w, {s.kw * s.oc, s.oc, 1, 1}, bias, activation,
                    {y, s.oh * s.ow * s.oc, s.ow * s.oc, s.oc});
}

void depthwise_input_grad(const ConvShape& s, const float* dy, const float* w, float* dx) {
  if (s.oc != s.ic) {
    const int64_t times = s.oc / s.ic, inputs = s.n * s.ih * s.iw * s.ic;
    const Scratch<float> repeated(inputs * times);
    depthwise_input_grad(with_channels(s), dy, w, repeated.data());
    parallel_for(inputs, 4096, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float sum = 0;
        for (int64_t j = 0; j < times; ++j) sum += repeated.data()[i * times + j];
        dx[i] = sum;
      }
    });
    return;
  }
  for (int64_t phase_h = 0; phase_h < s.sh && phase_h < s.ih; ++phase_h) {
    for (int64_t phase_w = 0; phase_w < s.sw && phase_w < s.iw; ++phase_w) {
      const Phase v = find_phase(phase_h, s.ih, s.kh, s.sh, s.dh, s.pt);
      const Phase h = find_phase(phase_w, s.iw, s.kw, s.sw, s.dw, s.pl);
      if (v.taps == 0 || h.taps == 0) {
        fill_phase(s, phase_h, phase_w, nullptr, dx);
        continue;
      }
      depthwise_product(gradient_windows(s, dy, s.oc, v, h), w + (v.last_tap * s.kw + h.last_tap) * s.oc,
                        {-v.step * s.kw * s.oc, -h.step * s.oc, 1, 1}, nullptr, Activation::none,
                        {dx + (phase_h * s.iw + phase_w) * s.ic, s.ih * s.iw * s.ic, s.sh * s.iw * s.ic, s.sw * s.ic});
    }
  }
}

void depthwise_filter_grad(const ConvShape& s, const float* x, const float* dy, float* dw) {
  if (s.oc != s.ic) {
    const Scratch<float> repeated = repeat_channels(s, x);
    return depthwise_filter_grad(with_channels(s), repeated.data(), dy, dw);
  }
  depthwise_reduction(input_windows(s, x, s.ic), dy, dw);
}

}  // namespace fastts
