#pragma once

#include <cstdint>

#include "isa/isa.h"
#include "product/windows.h"

// 3×3 convolutions by the algorithm F(4×4, 3×3): a tile of 4×4 outputs is a sum over channels of 36 products
// instead of 144 multiply-adds. Source: Lavin and Gray 2015 (https://arxiv.org/abs/1509.09308); the points 0, ±5/8,
// ±3/2 and ∞ instead of 0, ±1, ±2 and ∞ make the rounding error a few times smaller (Barabasz et al. 2018,
// https://arxiv.org/abs/1803.10986).

namespace fastts {

/// When products and reductions use this algorithm. Initially `where_faster`, or `never` with FASTTS_WINOGRAD=0 in
/// the environment; `where_possible` is for tests.
enum class Winograd { never, where_faster, where_possible };
void use_winograd(Winograd when);

/// Whether a product or a reduction should use this algorithm.
bool winograd_serves(const WindowProduct& product);
bool winograd_serves(const WindowReduction& reduction);

void winograd_product(const WindowProduct& product);
void winograd_reduction(const WindowReduction& reduction);

constexpr int64_t kWinogradOutputs = 4;    // rows and columns of a tile of outputs
constexpr int64_t kWinogradInputs = 6;     // rows and columns of the inputs that it depends on
constexpr int64_t kWinogradPoints = 36;    // products per tile and pair of channels
constexpr int64_t kWinogradChannels = 16;  // channel counts must be multiples of this

/// A square of pixels whose rows [top, bottom) and columns [left, right) are on the image; the rest is 0.
struct WinogradPatch {
  const float* first;  // the pixel at row 0 and column 0, even if outside the image
  int64_t row_step, pixel_step;
  int64_t top, bottom, left, right;
};

/// The location of the 36 numbers of a tile: `point_step` floats apart.
struct WinogradPoints {
  float* first;
  int64_t point_step;
};

/// The outputs of a tile that are on the image: `rows` × `columns` of the 4×4.
struct WinogradTile {
  float* first;
  int64_t row_step, pixel_step, rows, columns;
  bool accumulate;
  Epilogue epilogue;  // its addend is that of `first`
};

/// Bᵀ·patch·B of a 6×6 patch of the input, for each channel.
FASTTS_PER_ISA(void, winograd_input, (const WinogradPatch& patch, int64_t channels, const WinogradPoints& to))

/// A·patch·Aᵀ of a 4×4 patch of the output's gradient, for each channel.
FASTTS_PER_ISA(void, winograd_gradient, (const WinogradPatch& patch, int64_t channels, const WinogradPoints& to))

/// The epilogue of Aᵀ·points·A, for each channel.
FASTTS_PER_ISA(void, winograd_output, (const WinogradPoints& from, int64_t channels, const WinogradTile& to))

/// G·filter·Gᵀ for `count` filters, whose nine taps are `count` floats apart.
FASTTS_PER_ISA(void, winograd_filter, (const float* taps, int64_t count, const WinogradPoints& to))

/// Gᵀ·points·G for `count` filters, summed over `sums` sets of points `sum_step` floats apart; taps `count` floats
/// apart.
FASTTS_PER_ISA(void, winograd_filter_gradient,
               (const WinogradPoints& from, int64_t sums, int64_t sum_step, int64_t count, float* taps))

}  // namespace fastts
