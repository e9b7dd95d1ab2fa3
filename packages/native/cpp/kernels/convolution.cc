#include <algorithm>
#include <cstdlib>

#include "addon/kernel.h"
#include "conv/conv.h"
#include "moments/moments.h"

namespace fastts {
namespace {

// Sizes from 0, steps from 1, padding of either sign.
constexpr int64_t kLeast[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, -kMostElements, -kMostElements, 1};

int64_t input_size(const Args& args, const ConvShape& s) { return args.elements(s.n, s.ih, s.iw, s.ic); }
int64_t output_size(const Args& args, const ConvShape& s) { return args.elements(s.n, s.oh, s.ow, s.oc); }
int64_t filter_size(const Args& args, const ConvShape& s) { return args.elements(s.kh, s.kw, s.ic / s.groups, s.oc); }

// The distance from the first of `count` positions to the last one.
int64_t reach(const Args& args, int64_t count, int64_t step) {
  return args.elements(std::max<int64_t>(count - 1, 0), step);
}

// A thread copies the part of the image that a row of outputs, or of inputs for their gradient, depends on, together
// with the zeros around and between. Strides and dilations must not make that much larger than the images themselves.
void require_bounded_reach(const Args& args, const ConvShape& s) {
  constexpr int64_t kMostReach = int64_t{1} << 31, kMostPositions = int64_t{1} << 50, kSmallCopy = int64_t{1} << 26;
  const int64_t taps_h = reach(args, s.kh, s.dh), taps_w = reach(args, s.kw, s.dw);
  const int64_t rows = std::max(reach(args, s.oh, s.sh), s.ih) + taps_h + 1;
  const int64_t columns = std::max(reach(args, s.ow, s.sw), s.iw) + taps_w + 1;
  const int64_t images = input_size(args, s) + output_size(args, s);
  const bool is_bounded = rows <= kMostReach && columns <= kMostReach && std::abs(s.pt) <= kMostReach &&
                          std::abs(s.pl) <= kMostReach && args.elements(rows, columns) <= kMostPositions &&
                          args.elements(taps_h + 1, columns, std::max(s.ic, s.oc)) <= kSmallCopy + 4 * images;
  args.require(is_bounded, 0, "a convolution whose strides, dilations and padding fit the sizes of its images");
}

ConvShape shape_argument(const Args& args) {
  const ConvShape s = args.numbers<ConvShape>(0, kLeast);
  args.require(s.ic % s.groups == 0 && s.oc % s.groups == 0, 0, "a convolution whose groups divide its channels");
  require_bounded_reach(args, s);
  return s;
}

void conv2d(const Args& args) {
  const ConvShape s = shape_argument(args);
  const int64_t outputs = output_size(args, s);
  const Epilogue epilogue{args.f32_or_null(3, s.oc), args.f32_or_null(4, s.oc), args.f32_or_null(5, outputs),
                          args.choice<Activation>(6, kActivationNames)};
  const Moments moments{args.f32_or_null(8, s.oc), args.f32_or_null(9, s.oc)};
  args.require(!moments.mean == !moments.variance, 9, "given if and only if `mean` is");
  args.require(s.groups == 1 || !(epilogue.scale || epilogue.addend || moments.mean), 0, "a convolution of one group");
  conv_forward(s, args.f32(1, input_size(args, s)), args.f32(2, filter_size(args, s)), epilogue, args.f32(7, outputs),
               moments.mean ? &moments : nullptr);
}

void conv2d_input_grad(const Args& args) {
  const ConvShape s = shape_argument(args);
  const int64_t inputs = input_size(args, s);
  const float* addend = args.f32_or_null(3, inputs);
  args.require(s.groups == 1 || !addend, 0, "a convolution of one group");
  conv_input_grad(s, args.f32(1, output_size(args, s)), args.f32(2, filter_size(args, s)), args.f32(4, inputs), addend);
}

void conv2d_filter_grad(const Args& args) {
  const ConvShape s = shape_argument(args);
  conv_filter_grad(s, args.f32(1, input_size(args, s)), args.f32(2, output_size(args, s)),
                   args.f32(3, filter_size(args, s)));
}

// All of conv2d's but the shape, x, filter, activation and y may be null; an addend, a scale and moments are allowed
// with one group only.
constexpr KernelEntry kTable[] = {
    {"conv2d", "shape, x, filter, scale, bias, addend, activation, y, mean, variance", conv2d},
    {"conv2dInputGrad", "shape, dy, filter, addend, dx", conv2d_input_grad},
    {"conv2dFilterGrad", "shape, x, dy, dFilter", conv2d_filter_grad},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* convolution_kernels() { return kTable; }

}  // namespace fastts
