#pragma once

#include <cstdint>
#include <vector>

#include "micro/micro.h"
#include "product/windows.h"

namespace fastts {

/// A part of the outputs: `images` whole images, or `rows` rows of one.
struct OutputBlock {
  int64_t image, images, row, rows;

  int64_t pixels(const Windows& windows) const { return images * rows * windows.out_w; }
};

/// How the outputs are divided so that the part of the image that a block reads, `channel_block` channels deep and with
/// its border of zeros, stays in the second-level cache.
struct ImagePlan {
  int64_t channel_block;  // channels copied at a time
  int64_t channel_blocks;
  int64_t images, rows;  // of a full block
  int64_t blocks_h;      // blocks per image; 1 if a block holds whole images
  int64_t blocks;

  OutputBlock block(const Windows& windows, int64_t index) const;
  int64_t channels(const Windows& windows, int64_t channel_block_index) const;
};

/// Blocks of at most `max_pixels` outputs, at least one row each, with at most `max_channels` channels at a time, whose
/// copies take at most `max_floats`. With `Windows::skip_padding`, blocks are whole images, at least one.
ImagePlan plan_image(const Windows& windows, int64_t max_channels, int64_t max_pixels, int64_t max_floats);

/// A copy of the part of an image that an OutputBlock reads, with a border of zeros, or with `Windows::skip_padding` of
/// whole images as they are. Channels are adjacent, pixels `pixel_step` floats apart.
struct ImageCopy {
  const float* floats;
  int64_t pixel_step, row_step, image_step;
  int64_t first_window;                  // where the block's first window starts: not on the copy if in skipped padding
  int64_t output_step_h, output_step_w;  // floats between the windows of neighboring outputs
  int64_t tap_step_h, tap_step_w;        // floats between neighboring taps
};

/// The layout of the copy for a block of `rows` output rows; `floats` is null.
ImageCopy copy_layout(const Windows& windows, int64_t channel_block, int64_t rows);

/// Number of floats that the copy of a block needs.
int64_t copy_floats(const Windows& windows, int64_t channel_block, int64_t images, int64_t rows);

/// The memory range that contains everything `block` reads, with all channels of the image.
struct ImageRegion {
  const float* begin;
  const float* end;

  int64_t lines() const { return (end - begin + kLineFloats - 1) / kLineFloats; }
};
ImageRegion image_region(const Windows& windows, const OutputBlock& block);

/// Copies `channels` channels from `first_channel` of what `block` reads into this thread's scratch memory; makes no
/// copy if the image can be read as it is.
ImageCopy copy_image(const Windows& windows, const OutputBlock& block, int64_t channel_block, int64_t first_channel,
                     int64_t channels);

}  // namespace fastts
