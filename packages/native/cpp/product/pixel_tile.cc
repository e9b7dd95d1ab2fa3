#include "product/pixel_tile.h"

#include "ceil_div.h"
#include "product/padding.h"

namespace fastts {
namespace {

int64_t image_pixels(const Windows& w) { return w.out_h * w.out_w; }

// The pixels of all rows, as segments over which both the windows and the packed gradient advance evenly.
std::vector<Segment> pixel_runs(const Windows& w, const ImageCopy& copy, const OutputBlock& block, int64_t begin,
                                int64_t end, int64_t columns) {
  std::vector<Segment> runs;
  const bool rows_join = copy.output_step_h == w.out_w * copy.output_step_w;
  const int64_t stretch = rows_join ? block.rows * w.out_w : w.out_w;
  for (int64_t pixel = begin; pixel < end;) {
    const int64_t next = std::min(end, (pixel / stretch + 1) * stretch);
    const int64_t row = pixel / w.out_w, x = pixel % w.out_w;
    runs.push_back({row / block.rows * copy.image_step + row % block.rows * copy.output_step_h + x * copy.output_step_w,
                    (pixel - begin) * columns, next - pixel});
    pixel = next;
  }
  return runs;
}

// The pixels of an image that have the tap (i, j) on the image, each as a segment over `images` images.
std::vector<Segment> image_runs(const Windows& w, const ImageCopy& copy, int64_t i, int64_t j, int64_t first_window,
                                int64_t images, int64_t columns) {
  std::vector<Segment> runs;
  for (int64_t y = 0; y < w.out_h; ++y) {
    for (int64_t x = 0; x < w.out_w; ++x) {
      if (!is_on_image(w, y, i, x, j)) continue;
      runs.push_back(
          {first_window + y * copy.output_step_h + x * copy.output_step_w, (y * w.out_w + x) * columns, images});
    }
  }
  return runs;
}

}  // namespace

int64_t pixel_tiles(const Windows& w, const OutputBlock& block) {
  if (w.skip_padding) return ceil_div(block.images, kTilePixels / image_pixels(w));
  return ceil_div(block.pixels(w), kTilePixels);
}

PixelTile pixel_tile(const Windows& w, const ImageCopy& copy, const OutputBlock& block, int64_t index,
                     int64_t columns) {
  const int64_t tiles = pixel_tiles(w, block), unit = w.skip_padding ? image_pixels(w) : 1;
  const int64_t units = block.pixels(w) / unit;
  const int64_t first = units * index / tiles, last = units * (index + 1) / tiles;
  PixelTile tile{first * unit, last * unit, copy.output_step_w, columns, {}};
  if (!w.skip_padding) {
    tile.segments.push_back(pixel_runs(w, copy, block, tile.begin, tile.end, columns));
    return tile;
  }
  tile.a_step = copy.image_step;
  tile.b_step = unit * columns;
  const int64_t first_window = copy.first_window + first * copy.image_step;
  for (int64_t i = 0; i < w.taps_h; ++i) {
    for (int64_t j = 0; j < w.taps_w; ++j) {
      tile.segments.push_back(image_runs(w, copy, i, j, first_window, last - first, columns));
    }
  }
  return tile;
}

}  // namespace fastts
