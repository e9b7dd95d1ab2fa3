#include "product/padding.h"

#include <algorithm>

#include "ceil_div.h"
#include "parallel/parallel.h"
#include "product/pixel_tile.h"

namespace fastts {
namespace {

struct Axis {
  int64_t size, outputs, taps, tap_step, step, before;

  // The taps of an output that are on the image.
  TapRun run(int64_t output) const {
    const int64_t first = output * step - before;
    const int64_t tap = first >= 0 ? 0 : std::min(taps, ceil_div(-first, tap_step));
    const int64_t end = first >= size ? 0 : std::min(taps, (size - 1 - first) / tap_step + 1);
    return {output, 1, tap, std::max<int64_t>(0, end - tap)};
  }
};

Axis rows(const Windows& w) { return {w.height, w.out_h, w.taps_h, w.tap_step_h, w.step_h, w.top}; }
Axis columns(const Windows& w) { return {w.width, w.out_w, w.taps_w, w.tap_step_w, w.step_w, w.left}; }

std::vector<TapRun> runs(const Axis& axis) {
  std::vector<TapRun> found;
  for (int64_t output = 0; output < axis.outputs; ++output) {
    const TapRun next = axis.run(output);
    if (!found.empty() && found.back().tap == next.tap && found.back().taps == next.taps) {
      ++found.back().outputs;
    } else {
      found.push_back(next);
    }
  }
  return found;
}

double mean_taps(const Axis& axis) {
  double sum = 0;
  for (const TapRun& run : runs(axis)) sum += static_cast<double>(run.outputs * run.taps);
  return sum / static_cast<double>(axis.outputs);
}

// The first output has the last of the taps that are read, and the last output the first of them.
void find_read_taps(const Axis& axis, int64_t& first, int64_t& taps) {
  const TapRun front = axis.run(0), back = axis.run(axis.outputs - 1);
  first = back.tap;
  taps = front.tap + front.taps - first;
  if (front.taps > 0 && back.taps > 0) return;
  first = 0;
  taps = axis.taps;
}

// Whether less than `share` of the taps are on the image.
bool has_padding(const Windows& w, double share) {
  return taps_on_image(w) < share * static_cast<double>(w.taps_h * w.taps_w);
}

// Whether a whole image, or as many of its channels as are multiplied at a time, stays in the second-level cache.
bool images_fit(const Windows& w) {
  constexpr int64_t kMostFloats = 64 * 1024, kMostChannels = 256;
  return w.height * w.width * std::min(w.channels, kMostChannels) <= kMostFloats;
}

}  // namespace

std::vector<TapRun> row_runs(const Windows& windows) { return runs(rows(windows)); }

std::vector<TapRun> column_runs(const Windows& windows) { return runs(columns(windows)); }

bool is_on_image(const Windows& w, int64_t y, int64_t i, int64_t x, int64_t j) {
  const int64_t row = y * w.step_h - w.top + i * w.tap_step_h, column = x * w.step_w - w.left + j * w.tap_step_w;
  return row >= 0 && row < w.height && column >= 0 && column < w.width;
}

double taps_on_image(const Windows& windows) { return mean_taps(rows(windows)) * mean_taps(columns(windows)); }

bool product_skips_padding(const Windows& w) {
  return has_padding(w, 0.97) && images_fit(w) && w.images >= available_threads();
}

bool reduction_skips_padding(const Windows& w) {
  return has_padding(w, 0.93) && images_fit(w) && w.images >= available_threads() &&
         kTilePixels >= 3 * w.out_h * w.out_w && w.channels >= 16;
}

ReadTaps read_taps(const Windows& windows) {
  ReadTaps read;
  find_read_taps(rows(windows), read.first_h, read.taps_h);
  find_read_taps(columns(windows), read.first_w, read.taps_w);
  return read;
}

Windows with_taps(Windows windows, const ReadTaps& taps) {
  windows.taps_h = taps.taps_h;
  windows.taps_w = taps.taps_w;
  windows.top -= taps.first_h * windows.tap_step_h;
  windows.left -= taps.first_w * windows.tap_step_w;
  return windows;
}

}  // namespace fastts
