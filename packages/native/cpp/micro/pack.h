#pragma once

#include <cstdint>

#include "isa/isa.h"

namespace fastts {

/// out[k·width + j] = b[k·row_step + j·column_step] for `columns` columns, then zeros up to `width`.
///
/// One of the steps must be 1; when column_step is not, the panel is transposed while it is packed.
FASTTS_PER_ISA(void, pack_panel,
               (const float* b, int64_t row_step, int64_t column_step, int64_t rows, int64_t columns, int64_t width,
                float* out))

}  // namespace fastts
