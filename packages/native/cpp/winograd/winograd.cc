#include "winograd/winograd.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "parallel/parallel.h"
#include "product/padding.h"
#include "winograd/tiles.h"

namespace fastts {
namespace {

std::atomic<Winograd>& when() {
  static const char* const wanted = std::getenv("FASTTS_WINOGRAD");
  static std::atomic<Winograd> is{wanted && std::strcmp(wanted, "0") == 0 ? Winograd::never : Winograd::where_faster};
  return is;
}

// The time of the direct algorithm, whose micro-kernels reach about 90% of the peak, and which skips padding.
double direct_time(const Windows& w, int64_t outputs, bool skips_padding) {
  const int64_t panels = ceil_div(outputs, FASTTS_BY_ISA(tile_size)().columns);
  const double taps = skips_padding ? taps_on_image(w) : 9;
  return 1.1 * static_cast<double>(w.images * w.out_h * w.out_w * w.channels * panels) * taps /
         static_cast<double>(available_threads());
}

bool is_possible(const Windows& w, int64_t outputs) {
  return w.taps_h == 3 && w.taps_w == 3 && w.tap_step_h == 1 && w.tap_step_w == 1 && w.step_h == 1 && w.step_w == 1 &&
         w.channels % kWinogradChannels == 0 && outputs % kWinogradChannels == 0;
}

bool serves(double time, double direct_time) {
  const Winograd wanted = when().load(std::memory_order_relaxed);
  return wanted == Winograd::where_possible || (wanted == Winograd::where_faster && time < 0.95 * direct_time);
}

// The larger of the two, the filter's points or the tiles' points, should not go through main memory.
const WinogradOrder& order_for(const Windows& w, int64_t outputs) {
  constexpr int64_t kMostFloats = 4 << 20;
  const int64_t tiles = Tiles(w).count;
  const bool is_few = tiles < outputs && kWinogradPoints * tiles * w.channels < kMostFloats;
  return is_few ? winograd_by_panels : winograd_by_tiles;
}

}  // namespace

void use_winograd(Winograd wanted) { when().store(wanted); }

bool winograd_serves(const WindowProduct& product) {
  const Windows& w = product.windows;
  return is_possible(w, product.outputs) && serves(order_for(w, product.outputs).product_time(w, product.outputs),
                                                   direct_time(w, product.outputs, product_skips_padding(w)));
}

bool winograd_serves(const WindowReduction& reduction) {
  const Windows& w = reduction.windows;
  return is_possible(w, reduction.outputs) && !reduction.accumulate && reduction.gradient_channel_step == 1 &&
         serves(order_for(w, reduction.outputs).reduction_time(w, reduction.outputs),
                direct_time(w, reduction.outputs, reduction_skips_padding(w)));
}

void winograd_product(const WindowProduct& product) { order_for(product.windows, product.outputs).product(product); }

void winograd_reduction(const WindowReduction& reduction) {
  order_for(reduction.windows, reduction.outputs).reduction(reduction);
}

}  // namespace fastts
