#pragma once

#include "isa/isa.h"
#include "kernels/arguments.h"
#include "kernels/image/pixels.h"

namespace fastts {

/// Fills row `oy` of an output, `ow` pixels wide, by sampling `picture` where the projective map of eight numbers says;
/// `fill` is the pixel that lies outside.
using SampleRow = void (*)(const Picture& picture, const float* map, int64_t oy, int64_t ow, Sampling sampling,
                           const float* fill, float* to);

/// The SampleRow for pictures of some channels.
FASTTS_PER_ISA(SampleRow, row_sampler, (Outside outside, int64_t channels))

}  // namespace fastts
