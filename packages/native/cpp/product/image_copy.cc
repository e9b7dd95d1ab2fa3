#include "product/image_copy.h"
#include "memory/scratch.h"

#include <algorithm>
#include <cstring>

#include "ceil_div.h"
#include "micro/pack.h"

namespace fastts {
namespace {

// Floats between the images of a copy, so that the same pixels of several images do not share cache sets.
constexpr int64_t kStagger = kLineFloats;

// With a single tap the pixels between windows are never read: copy only every step-th.
int64_t copy_step(int64_t taps, int64_t step, bool skip_padding) { return taps == 1 && !skip_padding ? step : 1; }

int64_t copy_step_h(const Windows& w) { return copy_step(w.taps_h, w.step_h, w.skip_padding); }
int64_t copy_step_w(const Windows& w) { return copy_step(w.taps_w, w.step_w, w.skip_padding); }

int64_t copy_height(const Windows& w, int64_t rows) {
  if (w.skip_padding) return w.height;
  return (rows - 1) * (w.step_h / copy_step_h(w)) + (w.taps_h - 1) * w.tap_step_h + 1;
}

int64_t copy_width(const Windows& w) {
  if (w.skip_padding) return w.width;
  return (w.out_w - 1) * (w.step_w / copy_step_w(w)) + (w.taps_w - 1) * w.tap_step_w + 1;
}

// Where padding is skipped, or there is none and every pixel is its own window, the image is read in place, unless the
// pixels of one tile of the product are such a power of two apart that they compete for a few sets of the first-level
// cache.
bool serves_as_it_is(const Windows& w) {
  if (w.skip_padding) return w.height * w.width * w.pixel_step % 512 != 0;
  return w.taps_h * w.taps_w == 1 && w.step_h == 1 && w.step_w == 1 && w.top == 0 && w.left == 0 &&
         w.out_h == w.height && w.out_w == w.width && w.pixel_step % 512 != 0;
}

// Copies `count` pixels of one row from column `x` on, `step` apart; zeros outside the image.
void copy_row(const float* row, int64_t width, int64_t image_step, int64_t x, int64_t step, int64_t count,
              int64_t channels, float* out, int64_t out_step) {
  const int64_t before = std::min(count, x < 0 ? ceil_div(-x, step) : 0);
  const int64_t end = std::max(before, x >= width ? 0 : std::min(count, (width - 1 - x) / step + 1));
  std::memset(out, 0, static_cast<size_t>(before * out_step) * sizeof(float));
  if (channels == image_step && channels == out_step && step == 1) {
    std::memcpy(out + before * out_step, row + (x + before) * image_step,
                static_cast<size_t>((end - before) * channels) * sizeof(float));
  } else {
    for (int64_t i = before; i < end; ++i) {
      std::memcpy(out + i * out_step, row + (x + i * step) * image_step, static_cast<size_t>(channels) * sizeof(float));
    }
  }
  std::memset(out + end * out_step, 0, static_cast<size_t>((count - end) * out_step) * sizeof(float));
}

}  // namespace

OutputBlock ImagePlan::block(const Windows& windows, int64_t index) const {
  const int64_t image = index / blocks_h * images, row = index % blocks_h * rows;
  return {image, std::min(images, windows.images - image), row, std::min(rows, windows.out_h - row)};
}

int64_t ImagePlan::channels(const Windows& windows, int64_t index) const {
  return std::min(channel_block, windows.channels - index * channel_block);
}

int64_t copy_floats(const Windows& windows, int64_t channel_block, int64_t images, int64_t rows) {
  return images * (copy_height(windows, rows) * copy_width(windows) * channel_block + kStagger);
}

ImagePlan plan_image(const Windows& windows, int64_t max_channels, int64_t max_pixels, int64_t max_floats) {
  ImagePlan plan;
  plan.channel_blocks = std::max<int64_t>(ceil_div(windows.channels, max_channels), 1);
  plan.channel_block = ceil_div(windows.channels, plan.channel_blocks);
  if (plan.channel_blocks > 1) {
    plan.channel_block = ceil_div(plan.channel_block, 16) * 16;
    plan.channel_blocks = ceil_div(windows.channels, plan.channel_block);
  }
  const auto fits = [&](int64_t images, int64_t rows) {
    return images * rows * windows.out_w <= max_pixels &&
           copy_floats(windows, plan.channel_block, images, rows) <= max_floats;
  };
  plan.images = 1;
  plan.rows = windows.out_h;
  plan.blocks_h = 1;
  if (windows.skip_padding || fits(1, windows.out_h)) {
    const int64_t most =
        std::min(max_pixels / (windows.out_h * windows.out_w),
                 max_floats / std::max<int64_t>(copy_floats(windows, plan.channel_block, 1, windows.out_h), 1));
    plan.images = ceil_div(windows.images, ceil_div(windows.images, std::max<int64_t>(most, 1)));
  } else {
    int64_t low = 1, high = windows.out_h;  // at least one row, even if it does not fit
    while (high - low > 1) {
      const int64_t middle = (low + high) / 2;
      (fits(1, middle) ? low : high) = middle;
    }
    plan.blocks_h = ceil_div(windows.out_h, low);
    plan.rows = ceil_div(windows.out_h, plan.blocks_h);
    plan.blocks_h = ceil_div(windows.out_h, plan.rows);
  }
  plan.blocks = ceil_div(windows.images, plan.images) * plan.blocks_h;
  return plan;
}

ImageCopy copy_layout(const Windows& windows, int64_t channel_block, int64_t rows) {
  ImageCopy copy;
  const bool as_it_is = serves_as_it_is(windows);
  copy.floats = nullptr;
  copy.pixel_step = as_it_is ? windows.pixel_step : channel_block;
  copy.row_step = (as_it_is ? windows.width : copy_width(windows)) * copy.pixel_step;
  copy.image_step = as_it_is ? windows.height * copy.row_step : copy_height(windows, rows) * copy.row_step + kStagger;
  copy.output_step_h = windows.step_h / copy_step_h(windows) * copy.row_step;
  copy.output_step_w = windows.step_w / copy_step_w(windows) * copy.pixel_step;
  copy.tap_step_h = windows.tap_step_h * copy.row_step;
  copy.tap_step_w = windows.tap_step_w * copy.pixel_step;
  copy.first_window = windows.skip_padding ? -windows.top * copy.row_step - windows.left * copy.pixel_step : 0;
  return copy;
}

ImageRegion image_region(const Windows& w, const OutputBlock& block) {
  const auto on_image = [&](int64_t row) { return std::min(std::max<int64_t>(row, 0), w.height); };
  const int64_t first = block.row * w.step_h - w.top;
  const int64_t last = (block.row + block.rows - 1) * w.step_h - w.top + (w.taps_h - 1) * w.tap_step_h;
  const int64_t row_step = w.width * w.pixel_step;
  const float* const image = w.image + block.image * w.height * row_step;
  const float* const last_image = image + (block.images - 1) * w.height * row_step;
  return {image + on_image(first) * row_step, last_image + on_image(last + 1) * row_step};
}

ImageCopy copy_image(const Windows& windows, const OutputBlock& block, int64_t channel_block, int64_t first_channel,
                     int64_t channels) {
  ImageCopy copy = copy_layout(windows, channel_block, block.rows);
  if (serves_as_it_is(windows)) {
    copy.floats = windows.image + block.image * copy.image_step + block.row * copy.row_step + first_channel;
    return copy;
  }
  float* out = thread_scratch(Use::image, copy_floats(windows, channel_block, block.images, block.rows));
  copy.floats = out;
  const int64_t height = copy_height(windows, block.rows), width = copy_width(windows);
  const int64_t step_h = copy_step_h(windows), step_w = copy_step_w(windows);
  const int64_t first_row = windows.skip_padding ? 0 : block.row * windows.step_h - windows.top;
  const int64_t first_column = windows.skip_padding ? 0 : -windows.left;
  for (int64_t image = 0; image < block.images; ++image, out += kStagger) {
    const float* from =
        windows.image + (block.image + image) * windows.height * windows.width * windows.pixel_step + first_channel;
    for (int64_t i = 0; i < height; ++i, out += copy.row_step) {
      const int64_t y = first_row + i * step_h;
      if (y < 0 || y >= windows.height) {
        std::memset(out, 0, static_cast<size_t>(copy.row_step) * sizeof(float));
      } else {
        copy_row(from + y * windows.width * windows.pixel_step, windows.width, windows.pixel_step, first_column, step_w,
                 width, channels, out, channel_block);
      }
    }
  }
  return copy;
}

}  // namespace fastts
