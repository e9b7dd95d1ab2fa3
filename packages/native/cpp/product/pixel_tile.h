#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "micro/micro.h"
#include "product/image_copy.h"
#include "product/windows.h"

namespace fastts {

/// The most pixels whose gradient a reduction packs at a time: with 32 columns, 24 KiB of the first-level cache.
constexpr int64_t kTilePixels = 192;

/// Some of a block's outputs, of which a reduction multiplies the windows and the packed gradient.
struct PixelTile {
  int64_t begin, end;      // pixels of the block
  int64_t a_step, b_step;  // floats between the windows, and between the gradients, of a segment
  /// Runs of pixels or, where padding is skipped, for each tap those pixels that have it on the image, in all images.
  /// An `a_offset` is from the tap's place in the copy on, a `b_offset` from the packed gradient on.
  std::vector<std::vector<Segment>> segments;

  const std::vector<Segment>& of_tap(int64_t tap) const {
    return segments[segments.size() == 1 ? 0 : static_cast<std::size_t>(tap)];
  }
};

/// How many tiles a block is divided into.
int64_t pixel_tiles(const Windows& windows, const OutputBlock& block);

/// The tile `index` of a block; the packed gradient has `columns` floats per pixel.
PixelTile pixel_tile(const Windows& windows, const ImageCopy& copy, const OutputBlock& block, int64_t index,
                     int64_t columns);

}  // namespace fastts
