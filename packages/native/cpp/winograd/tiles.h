#pragma once

// Shared by both orders of Winograd's algorithm: the layout of tiles, and of their points and a filter's.

#include <algorithm>
#include <cstdint>

#include "ceil_div.h"
#include "micro/micro.h"
#include "micro/pack.h"
#include "winograd/winograd.h"

namespace fastts {

/// Channels of a filter that are transformed at a time: their nine taps and 36 points stay in the first-level cache.
constexpr int64_t kFilterChannels = 8;
/// Floats added to strides of points and tiles that would be powers of two, so that they do not share cache sets.
constexpr int64_t kStagger = 16;

/// The tiles that cover the outputs of all images.
struct Tiles {
  int64_t rows, columns, count;

  explicit Tiles(const Windows& w)
      : rows(ceil_div(w.out_h, kWinogradOutputs)),
        columns(ceil_div(w.out_w, kWinogradOutputs)),
        count(w.images * rows * columns) {}

  int64_t image(int64_t tile) const { return tile / (rows * columns); }
  int64_t y(int64_t tile) const { return tile / columns % rows * kWinogradOutputs; }
  int64_t x(int64_t tile) const { return tile % columns * kWinogradOutputs; }

  /// Number of pixels, over all images, before the row of tiles that starts with `tile`.
  int64_t first_pixel(const Windows& w, int64_t tile) const {
    return (tile / (rows * columns) * w.out_h + y(tile)) * w.out_w;
  }
};

/// The `side` × `side` pixels of an image that start at (y, x).
inline WinogradPatch patch_at(const float* image, int64_t height, int64_t width, int64_t pixel_step, int64_t y,
                              int64_t x, int64_t side) {
  WinogradPatch patch;
  patch.row_step = width * pixel_step;
  patch.pixel_step = pixel_step;
  patch.first = image + y * patch.row_step + x * pixel_step;
  patch.top = -y;
  patch.bottom = std::min(side, height - y);
  patch.left = -x;
  patch.right = std::min(side, width - x);
  return patch;
}

inline WinogradPatch input_patch(const Windows& w, const Tiles& tiles, int64_t tile) {
  const float* const image = w.image + tiles.image(tile) * w.height * w.width * w.pixel_step;
  return patch_at(image, w.height, w.width, w.pixel_step, tiles.y(tile) - w.top, tiles.x(tile) - w.left,
                  kWinogradInputs);
}

/// Points of `tiles` tiles with `channels` numbers each: [point][tile][channel].
struct PointsLayout {
  int64_t tile_step, point_step;

  PointsLayout(int64_t tiles, int64_t channels)
      : tile_step(channels + kStagger), point_step(tiles * tile_step + kStagger) {}

  int64_t floats() const { return kWinogradPoints * point_step; }
};

/// Points of a filter: [point][panel][channel][column].
struct FilterLayout {
  int64_t channels, panels, columns;

  int64_t point_step() const { return panels * channels * columns + kStagger; }
  int64_t offset(int64_t panel, int64_t channel) const { return (panel * channels + channel) * columns; }
  int64_t floats() const { return kWinogradPoints * point_step(); }
  int64_t bytes() const { return floats() * static_cast<int64_t>(sizeof(float)); }
};

/// The outputs of a tile: its position in a product's output, with the epilogue of its channels from `first_output`
/// on.
WinogradTile output_tile(const WindowProduct& product, const Tiles& tiles, int64_t tile, int64_t first_output);

/// The pixels of the gradient, from channel `first_output` on, that a tile covers.
WinogradPatch gradient_patch(const WindowReduction& reduction, const Tiles& tiles, int64_t tile, int64_t first_output);

/// Points of the columns of one panel, for `channels` channels from `channel` on, at most kFilterChannels.
void transform_filter(const WindowProduct& product, int64_t panel, int64_t channel, int64_t channels,
                      const WinogradPoints& to);

/// The filter's gradient for the columns of one panel and as many channels, from its points in `sums` sets.
void transform_filter_gradient(const WindowReduction& reduction, int64_t panel, int64_t channel, int64_t channels,
                               const WinogradPoints& from, int64_t sums, int64_t sum_step);

/// Cycles per vector for each transform. Multiplying one row of the micro-kernel's tile by one panel row takes 1.
constexpr double kInputTime = 110, kOutputTime = 90, kGradientTime = 100, kFilterTime = 110;

/// Cycles for the transforms of `count` channels of tiles or taps.
inline double transform_time(int64_t count, double each) {
  return each * static_cast<double>(count) / static_cast<double>(FASTTS_BY_ISA(tile_size)().columns / 2);
}

/// An order in which the algorithm can run, with its estimated time.
struct WinogradOrder {
  double (*product_time)(const Windows& windows, int64_t outputs);
  double (*reduction_time)(const Windows& windows, int64_t outputs);
  void (*product)(const WindowProduct& product);
  void (*reduction)(const WindowReduction& reduction);
};

/// Computes all of the filter's points first, then processes block after block of tiles: for many tiles.
extern const WinogradOrder winograd_by_tiles;
/// Computes all tiles' points first, then processes panel after panel of the filter: for large filters.
extern const WinogradOrder winograd_by_panels;

}  // namespace fastts
