#include "winograd/tiles.h"
#include "memory/scratch.h"

#include <cstring>

namespace fastts {

WinogradTile output_tile(const WindowProduct& product, const Tiles& tiles, int64_t tile, int64_t first_output) {
  const Windows& w = product.windows;
  const int64_t y = tiles.y(tile), x = tiles.x(tile);
  const int64_t at = tiles.image(tile) * product.out_image_step + y * product.out_row_step + x * product.out_pixel_step;
  WinogradTile to;
  to.first = product.out + at + first_output;
  to.row_step = product.out_row_step;
  to.pixel_step = product.out_pixel_step;
  to.rows = std::min(kWinogradOutputs, w.out_h - y);
  to.columns = std::min(kWinogradOutputs, w.out_w - x);
  to.accumulate = product.accumulate;
  to.epilogue = from_column(product.epilogue, first_output);
  if (to.epilogue.addend) to.epilogue.addend += at;
  return to;
}

WinogradPatch gradient_patch(const WindowReduction& reduction, const Tiles& tiles, int64_t tile, int64_t first_output) {
  const Windows& w = reduction.windows;
  const int64_t step = reduction.gradient_pixel_step;
  const float* const image = reduction.gradient + first_output + tiles.image(tile) * w.out_h * w.out_w * step;
  return patch_at(image, w.out_h, w.out_w, step, tiles.y(tile), tiles.x(tile), kWinogradOutputs);
}

void transform_filter(const WindowProduct& product, int64_t panel, int64_t channel, int64_t channels,
                      const WinogradPoints& to) {
  const auto pack = FASTTS_BY_ISA(pack_panel);
  const FilterSteps& steps = product.filter_steps;
  const int64_t columns = FASTTS_BY_ISA(tile_size)().columns, column = panel * columns;
  float* const taps = thread_scratch(Use::taps, 9 * kFilterChannels * columns);
  for (int64_t tap = 0; tap < 9; ++tap) {
    pack(product.filter + tap / 3 * steps.tap_h + tap % 3 * steps.tap_w + channel * steps.channel +
             column * steps.output,
         steps.channel, steps.output, channels, std::min(columns, product.outputs - column), columns,
         taps + tap * channels * columns);
  }
  FASTTS_BY_ISA(winograd_filter)(taps, channels * columns, to);
}

void transform_filter_gradient(const WindowReduction& reduction, int64_t panel, int64_t channel, int64_t channels,
                               const WinogradPoints& from, int64_t sums, int64_t sum_step) {
  const FilterSteps& steps = reduction.filter_steps;
  const int64_t columns = FASTTS_BY_ISA(tile_size)().columns, column = panel * columns;
  const int64_t n = std::min(columns, reduction.outputs - column);
  float* const taps = thread_scratch(Use::taps, 9 * kFilterChannels * columns);
  FASTTS_BY_ISA(winograd_filter_gradient)(from, sums, sum_step, channels * columns, taps);
  for (int64_t tap = 0; tap < 9; ++tap) {
    float* const out = reduction.filter + tap / 3 * steps.tap_h + tap % 3 * steps.tap_w + column;
    for (int64_t c = 0; c < channels; ++c) {
      std::memcpy(out + (channel + c) * steps.channel, taps + (tap * channels + c) * columns,
                  static_cast<size_t>(n) * sizeof(float));
    }
  }
}

}  // namespace fastts
