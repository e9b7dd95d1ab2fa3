#pragma once

#include <cstdint>

#include "isa/isa.h"

namespace fastts {

/// Mean and sum of squared deviations of each channel over some pixels.
struct MomentSums {
  double *mean, *deviation;
};

/// The moments of `rows` rows of `width` floats, `row_step` floats apart.
FASTTS_PER_ISA(void, row_moments,
               (const float* x, int64_t rows, int64_t row_step, int64_t width, const MomentSums& into))

}  // namespace fastts
