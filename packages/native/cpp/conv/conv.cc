#include "conv/conv.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "conv/conv_windows.h"
#include "conv/depthwise.h"
#include "conv/groups.h"
#include "conv/phase.h"
#include "moments/moments.h"
#include "parallel/parallel.h"
#include "product/windows.h"

namespace fastts {
namespace {

// Groups run in parallel when there are enough of them; otherwise one after the other, each with all threads.
template <class Body>
void for_each_group(int64_t groups, const Body& body) {
  if (groups > 1 && groups >= available_threads()) return parallel_tasks(groups, body);
  for (int64_t group = 0; group < groups; ++group) body(group);
}

// Whether there are no outputs, or all sums are empty.
bool is_empty(const ConvShape& s) {
  const int64_t sizes[] = {s.n, s.oh, s.ow, s.oc, s.ih, s.iw, s.ic, s.kh, s.kw};
  return std::any_of(std::begin(sizes), std::end(sizes), [](int64_t size) { return size == 0; });
}

// Outputs whose sums are all empty.
void fill_outputs(const ConvShape& s, const Epilogue& epilogue, float* y, const Moments* moments) {
  const int64_t pixels = s.oc == 0 ? 0 : s.n * s.oh * s.ow;
  for (int64_t i = 0; i < pixels * s.oc; ++i) {
    const float sum = (epilogue.bias ? epilogue.bias[i % s.oc] : 0.0f) + (epilogue.addend ? epilogue.addend[i] : 0.0f);
    const float raised = epilogue.activation != Activation::none && sum < 0 ? 0.0f : sum;
    y[i] = epilogue.activation == Activation::relu6 && raised > 6 ? 6.0f : raised;
  }
  if (!moments) return;
  PartMoments all(1, s.oc);
  all.take(0, 0, s.oc, y, pixels, s.oc);
  all.join(*moments);
}

// A 1×1 convolution of every pixel is a matrix product: one image with a single column.
bool is_matrix_product(const ConvShape& s) {
  return s.kh == 1 && s.kw == 1 && s.sh == 1 && s.sw == 1 && s.pt == 0 && s.pl == 0 && s.oh == s.ih && s.ow == s.iw;
}

ConvShape as_column(ConvShape s) {
  s.ih = s.oh = s.n * s.ih * s.iw;
  s.n = s.iw = s.ow = 1;
  return s;
}

FilterSteps filter_steps(const ConvShape& s) {
  const int64_t channels = s.ic / s.groups;
  return {s.kw * channels * s.oc, channels * s.oc, s.oc, 1};
}

// Gradient of the input positions (phase_h + i·sh, phase_w + j·sw): a convolution of dy with stride 1.
void input_grad_phase(const ConvShape& s, int64_t phase_h, int64_t phase_w, const float* dy, const float* w, float* dx,
                      const float* addend) {
  const Phase v = find_phase(phase_h, s.ih, s.kh, s.sh, s.dh, s.pt);
  const Phase h = find_phase(phase_w, s.iw, s.kw, s.sw, s.dw, s.pl);
  if (v.taps == 0 || h.taps == 0) return fill_phase(s, phase_h, phase_w, addend, dx);
  const int64_t inputs = s.ic / s.groups, outputs = s.oc / s.groups;
  const FilterSteps steps = filter_steps(s);
  for_each_group(s.groups, [&](int64_t group) {
    WindowProduct product = {};
    product.windows = gradient_windows(s, dy + group * outputs, outputs, v, h);
    product.filter = w + v.last_tap * steps.tap_h + h.last_tap * steps.tap_w + group * outputs;
    product.filter_steps = {-v.step * steps.tap_h, -h.step * steps.tap_w, 1, steps.channel};
    product.outputs = inputs;
    const int64_t offset = (phase_h * s.iw + phase_w) * s.ic + group * inputs;
    product.out = dx + offset;
    if (addend) product.epilogue.addend = addend + offset;
    product.out_image_step = s.ih * s.iw * s.ic;
    product.out_row_step = s.sh * s.iw * s.ic;
    product.out_pixel_step = s.sw * s.ic;
    window_product(product);
  });
}

}  // namespace

void conv_forward(const ConvShape& shape, const float* x, const float* w, const Epilogue& epilogue, float* y,
                  const Moments* moments) {
  if (is_empty(shape)) return fill_outputs(shape, epilogue, y, moments);
  if (is_depthwise(shape)) return depthwise_forward(shape, x, w, epilogue.bias, epilogue.activation, y);
  const ConvShape joined = join_groups(shape);
  if (joined.groups != shape.groups) {
    return conv_forward(joined, x, join_filter(shape, joined, w).data(), epilogue, y);
  }
  const ConvShape s = is_matrix_product(shape) ? as_column(shape) : shape;
  const int64_t inputs = s.ic / s.groups, outputs = s.oc / s.groups;
  for_each_group(s.groups, [&](int64_t group) {
    WindowProduct product = {};
    product.windows = input_windows(s, x + group * inputs, inputs);
    product.filter = w + group * outputs;
    product.filter_steps = filter_steps(s);
    product.outputs = outputs;
    product.out = y + group * outputs;
    product.out_image_step = s.oh * s.ow * s.oc;
    product.out_row_step = s.ow * s.oc;
    product.out_pixel_step = s.oc;
    product.epilogue = epilogue;
    if (epilogue.bias) product.epilogue.bias += group * outputs;
    product.moments = moments;
    window_product(product);
  });
}

void conv_input_grad(const ConvShape& shape, const float* dy, const float* w, float* dx, const float* addend) {
  if (is_empty(shape)) {
    const size_t bytes = static_cast<size_t>(shape.n * shape.ih * shape.iw * shape.ic) * sizeof(float);
    if (addend) {
      std::memmove(dx, addend, bytes);
    } else {
      std::memset(dx, 0, bytes);
    }
    return;
  }
  if (is_depthwise(shape)) return depthwise_input_grad(shape, dy, w, dx);
  const ConvShape joined = join_groups(shape);
  if (joined.groups != shape.groups) {
    return conv_input_grad(joined, dy, join_filter(shape, joined, w).data(), dx);
  }
  const ConvShape s = is_matrix_product(shape) ? as_column(shape) : shape;
  for (int64_t phase_h = 0; phase_h < s.sh && phase_h < s.ih; ++phase_h) {
    for (int64_t phase_w = 0; phase_w < s.sw && phase_w < s.iw; ++phase_w) {
      input_grad_phase(s, phase_h, phase_w, dy, w, dx, addend);
    }
  }
}

void conv_filter_grad(const ConvShape& s, const float* x, const float* dy, float* dw) {
  if (is_empty(s)) {
    std::memset(dw, 0, static_cast<size_t>(s.kh * s.kw * s.ic / s.groups * s.oc) * sizeof(float));
    return;
  }
  if (is_depthwise(s)) return depthwise_filter_grad(s, x, dy, dw);
  const ConvShape joined = join_groups(s);
  if (joined.groups != s.groups) {
    const Scratch<float> joined_dw(joined.kh * joined.kw * joined.ic / joined.groups * joined.oc);
    conv_filter_grad(joined, x, dy, joined_dw.data());
    return split_filter(s, joined, joined_dw.data(), dw);
  }
  const int64_t inputs = s.ic / s.groups, outputs = s.oc / s.groups;
  for_each_group(s.groups, [&](int64_t group) {
    WindowReduction reduction = {};
    reduction.windows = input_windows(s, x + group * inputs, inputs);
    reduction.gradient = dy + group * outputs;
    reduction.gradient_pixel_step = s.oc;
    reduction.gradient_channel_step = 1;
    reduction.outputs = outputs;
    reduction.filter = dw + group * outputs;
    reduction.filter_steps = filter_steps(s);
    window_reduction(reduction);
  });
}

}  // namespace fastts
