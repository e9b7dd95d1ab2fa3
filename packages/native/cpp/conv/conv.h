#pragma once

#include <cstdint>

#include "micro/epilogue.h"
#include "named_numbers.h"

namespace fastts {

struct Moments;  // moments/moments.h

/// A 2-D convolution: x [n, ih, iw, ic], w [kh, kw, ic/groups, oc], y [n, oh, ow, oc].
///
/// sh, sw: stride; dh, dw: dilation (1 = dense); pt, pl: zero padding above and left of x (that below and right follows
/// from oh and ow); groups divides ic and oc. The output channels of group g start at g·oc/groups, so a depthwise
/// convolution is groups = ic, with output channel c·multiplier + m.
FASTTS_NUMBERS(ConvShape, int64_t, n, ih, iw, ic, oh, ow, oc, kh, kw, sh, sw, dh, dw, pt, pl, groups);

/// y = epilogue(conv(x, w)) and, if `moments` is not null, the moments of y.
///
/// With several groups, only a bias and an activation are allowed.
void conv_forward(const ConvShape& shape, const float* x, const float* w, const Epilogue& epilogue, float* y,
                  const Moments* moments = nullptr);

/// dx [n, ih, iw, ic], the gradient with respect to the input, from dy [n, oh, ow, oc]; plus `addend` if not null,
/// which is allowed with one group only.
void conv_input_grad(const ConvShape& shape, const float* dy, const float* w, float* dx, const float* addend = nullptr);

/// dw [kh, kw, ic/groups, oc], the gradient with respect to the filter.
void conv_filter_grad(const ConvShape& shape, const float* x, const float* dy, float* dw);

}  // namespace fastts
