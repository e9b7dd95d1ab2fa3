#include "addon/kernel.h"
#include "conv/conv.h"
#include "moments/moments.h"

namespace fastts {
namespace {

int64_t input_size(const ConvShape& s) { return s.n * s.ih * s.iw * s.ic; }
int64_t output_size(const ConvShape& s) { return s.n * s.oh * s.ow * s.oc; }
int64_t filter_size(const ConvShape& s) { return s.kh * s.kw * (s.ic / s.groups) * s.oc; }

// conv2d(ConvShape, x, filter, scale, bias, addend, activation, y, mean, variance); all but x, filter and y may be null
void conv2d(const Args& args) {
  const ConvShape s = numbers<ConvShape>(args, 0);
  const Epilogue epilogue{f32_or_null(args, 3, s.oc), f32_or_null(args, 4, s.oc), f32_or_null(args, 5, output_size(s)),
                          static_cast<Activation>(integer(args, 6))};
  const Moments moments{f32_or_null(args, 8, s.oc), f32_or_null(args, 9, s.oc)};
  if (s.groups > 1 && (epilogue.scale || epilogue.addend || moments.mean)) {
    bad_argument(0, "a convolution of one group");
  }
  conv_forward(s, f32(args, 1, input_size(s)), f32(args, 2, filter_size(s)), epilogue, f32(args, 7, output_size(s)),
               moments.mean ? &moments : nullptr);
}

// conv2dInputGrad(ConvShape, dy, filter, addend or null, dx); an addend with one group only
void conv2d_input_grad(const Args& args) {
  const ConvShape s = numbers<ConvShape>(args, 0);
  const float* addend = f32_or_null(args, 3, input_size(s));
  if (s.groups > 1 && addend) bad_argument(0, "a convolution of one group");
  conv_input_grad(s, f32(args, 1, output_size(s)), f32(args, 2, filter_size(s)), f32(args, 4, input_size(s)), addend);
}

// conv2dFilterGrad(ConvShape, x, dy, dFilter)
void conv2d_filter_grad(const Args& args) {
  const ConvShape s = numbers<ConvShape>(args, 0);
  conv_filter_grad(s, f32(args, 1, input_size(s)), f32(args, 2, output_size(s)), f32(args, 3, filter_size(s)));
}

constexpr KernelEntry kTable[] = {
    {"conv2d", conv2d},
    {"conv2dInputGrad", conv2d_input_grad},
    {"conv2dFilterGrad", conv2d_filter_grad},
    {nullptr, nullptr},
};

}  // namespace

const KernelEntry* convolution_kernels() { return kTable; }

}  // namespace fastts
