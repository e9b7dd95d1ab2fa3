#pragma once

#include <cstdint>

#include "isa/isa.h"

namespace fastts {

/// What a thread's scratch memory is for; memory for different uses does not overlap.
enum class Scratch { panels, image, tile, sums, taps, count };

/// At least `floats` floats of this thread's memory for `use`, 64-byte aligned, contents undefined. Stays valid until
/// the thread asks for more of the same use; grows and is kept for the next call.
float* scratch(Scratch use, int64_t floats);

/// out[k·width + j] = b[k·row_step + j·column_step] for `columns` columns, zeros from there to `width`.
///
/// One of the steps must be 1; when column_step is not, the panel is transposed on the way.
FASTTS_PER_ISA(void, pack_panel,
               (const float* b, int64_t row_step, int64_t column_step, int64_t rows, int64_t columns, int64_t width,
                float* out))

}  // namespace fastts
