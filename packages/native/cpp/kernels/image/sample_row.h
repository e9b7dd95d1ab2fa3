#pragma once

#include "isa/isa.h"
#include "kernels/arguments.h"
#include "kernels/image/pixels.h"

namespace fastts {

/// Fills row `oy` of an output, `ow` pixels wide, by sampling `picture` through the projective map of eight numbers;
/// `fill` is the pixel outside the image.
using SampleRow = void (*)(const Picture& picture, const float* map, int64_t oy, int64_t ow, Sampling sampling,
                           const float* fill, float* to);

/// The SampleRow for images with a given number of channels.
FASTTS_PER_ISA(SampleRow, row_sampler, (Outside outside, int64_t channels))

}  // namespace fastts
