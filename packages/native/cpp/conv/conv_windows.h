#pragma once

#include "conv/conv.h"
#include "conv/phase.h"
#include "product/windows.h"

namespace fastts {

/// The windows of a convolution on `channels` channels of its input, starting at `x`.
Windows input_windows(const ConvShape& shape, const float* x, int64_t channels);

/// The windows on `channels` channels of the output's gradient, starting at `dy`, whose products with the filter are
/// the gradient of the input positions of one phase of rows and one of columns.
Windows gradient_windows(const ConvShape& shape, const float* dy, int64_t channels, const Phase& rows,
                         const Phase& columns);

}  // namespace fastts
