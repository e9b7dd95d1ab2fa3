#pragma once

#include <cstdint>
#include <vector>

#include "product/windows.h"

// What of a product's windows is padding. On small images it is most of them: of a 3×3 kernel's taps, all but the
// middle one on an image of 1×1 pixels, and five of nine on one of 2×2.

namespace fastts {

/// Neighboring outputs along one axis, `outputs` from `output` on, whose windows have the taps [tap, tap + taps) on the
/// image.
struct TapRun {
  int64_t output, outputs, tap, taps;
};

/// The rows and the columns of outputs, in order.
std::vector<TapRun> row_runs(const Windows& windows);
std::vector<TapRun> column_runs(const Windows& windows);

/// Whether the tap (i, j) of the output (y, x) is on the image.
bool is_on_image(const Windows& windows, int64_t y, int64_t i, int64_t x, int64_t j);

/// Number of taps per output that are on the image, in the mean over the outputs.
double taps_on_image(const Windows& windows);

/// Whether the direct algorithm should skip the taps that are padding (`Windows::skip_padding`), in a product and in a
/// reduction.
///
/// Outputs are then grouped by their taps, over several images. A product gains as soon as there is padding to skip:
/// measured with 64 images and one thread of an AMD EPYC (Zen 4), 2.2 times on 3×3 taps at 2×2 pixels, 1.4 at 4×4, 1.2
/// at 8×8, 1.05 at 32×32, where 4% are padding. A reduction is divided into runs of the same position in several
/// images, and taps next to each other are no longer one matrix: it gains the same at 2×2 and 4×4 pixels, and 1.15 at
/// 8×8, but loses a tenth at 9×9, where only two images fit into one tile, and with 3 channels.
bool product_skips_padding(const Windows& windows);
bool reduction_skips_padding(const Windows& windows);

/// The taps that at least one output reads from the image: [first_h, first_h + taps_h) × [first_w, first_w + taps_w).
struct ReadTaps {
  int64_t first_h, taps_h, first_w, taps_w;
};
ReadTaps read_taps(const Windows& windows);

/// The windows with these taps only.
Windows with_taps(Windows windows, const ReadTaps& taps);

}  // namespace fastts
