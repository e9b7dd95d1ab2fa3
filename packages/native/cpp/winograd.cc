#include "winograd.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "micro.h"
#include "moments.h"
#include "pack.h"
#include "parallel.h"

namespace fastts {
namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

std::atomic<Winograd>& when() {
  static const char* const wanted = std::getenv("FASTTS_WINOGRAD");
  static std::atomic<Winograd> is{wanted && std::strcmp(wanted, "0") == 0 ? Winograd::never : Winograd::where_faster};
  return is;
}

// Channels of a filter that are transformed at a time: their nine taps and 36 points stay in the first-level cache.
constexpr int64_t kFilterChannels = 8;
// Rows of 36 points begin this many floats after a multiple of the cache line's set cycle, so that they share no set.
constexpr int64_t kStagger = 16;

// The tiles that cover the outputs of all images.
struct Tiles {
  int64_t rows, columns, count;

  explicit Tiles(const Windows& w)
      : rows(ceil_div(w.out_h, kWinogradOutputs)), columns(ceil_div(w.out_w, kWinogradOutputs)), count(w.images * rows * columns) {}

  int64_t image(int64_t tile) const { return tile / (rows * columns); }
  int64_t y(int64_t tile) const { return tile / columns % rows * kWinogradOutputs; }
  int64_t x(int64_t tile) const { return tile % columns * kWinogradOutputs; }

  /// Pixels, of all images, before those of the row of tiles that `tile` begins.
  int64_t first_pixel(const Windows& w, int64_t tile) const {
    return (tile / (rows * columns) * w.out_h + y(tile)) * w.out_w;
  }
};

// The `side` pixels square from (y, x) on of an image of pixels.
WinogradPatch patch_at(const float* image, int64_t height, int64_t width, int64_t pixel_step, int64_t y, int64_t x, int64_t side) {
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

WinogradPatch input_patch(const Windows& w, const Tiles& tiles, int64_t tile) {
  const float* const image = w.image + tiles.image(tile) * w.height * w.width * w.pixel_step;
  return patch_at(image, w.height, w.width, w.pixel_step, tiles.y(tile) - w.top, tiles.x(tile) - w.left, kWinogradInputs);
}

// Points of `tiles` tiles with `channels` numbers each: [point][tile][channel].
struct PointsLayout {
  int64_t tile_step, point_step;

  PointsLayout(int64_t tiles, int64_t channels)
      : tile_step(channels + kStagger), point_step(tiles * tile_step + kStagger) {}

  int64_t floats() const { return kWinogradPoints * point_step; }
};

// Points of a filter: [point][panel][channel][column].
struct FilterLayout {
  int64_t channels, panels, columns;

  int64_t point_step() const { return panels * channels * columns + kStagger; }
  int64_t offset(int64_t panel, int64_t channel) const { return (panel * channels + channel) * columns; }
  int64_t floats() const { return kWinogradPoints * point_step(); }
  int64_t bytes() const { return floats() * static_cast<int64_t>(sizeof(float)); }
};

FilterLayout filter_layout(const Windows& w, int64_t outputs) {
  const int64_t columns = FASTTS_BY_ISA(tile_size)().columns;
  return {w.channels, ceil_div(outputs, columns), columns};
}

// How the tiles, and the panels of the filter, are cut into tasks.
struct Plan {
  int64_t tiles;   // of a block
  int64_t blocks;
  int64_t splits;  // stretches of panels
  int64_t sums;    // of a reduction: stretches of blocks with sums of their own
  double time;
};

// Estimates are in cycles in which a row of the micro-kernel's tile is multiplied by a row of a panel.

// A tile's transforms work on one vector at a time, of which a row of a panel has two or more.
double transform_time(const FilterLayout& layout, int64_t tiles, int64_t channels, double each) {
  return each * static_cast<double>(tiles * channels) / static_cast<double>(layout.columns / 2);
}

double filter_time(const FilterLayout& layout, int64_t threads) {
  return static_cast<double>(layout.bytes()) / (6.0 * static_cast<double>(threads));
}

// The points of a block of tiles for which a thread has room in its caches.
int64_t most_tiles(int64_t channels) {
  constexpr int64_t kBlockFloats = 160 * 1024;
  return std::min<int64_t>(96, std::max<int64_t>(24, kBlockFloats / (kWinogradPoints * channels)));
}

Plan plan_product(const Windows& w, int64_t outputs, const FilterLayout& layout) {
  const Tiles tiles(w);
  const int64_t threads = available_threads();
  Plan best{};
  best.time = -1;
  for (int64_t splits = 1; splits <= std::min(layout.panels, threads); ++splits) {
    const int64_t panels = ceil_div(layout.panels, splits), width = std::min(panels * layout.columns, outputs);
    const int64_t least = ceil_div(tiles.count, most_tiles(w.channels + width));
    for (int64_t blocks = least; blocks <= least + 2 * threads && blocks <= tiles.count; ++blocks) {
      // Whole rows of tiles, whose outputs are one stretch of memory.
      const int64_t each = ceil_div(ceil_div(tiles.count, blocks), tiles.columns) * tiles.columns;
      const double products = static_cast<double>(kWinogradPoints * panels) *
                              (static_cast<double>(each * w.channels) + 100.0 + static_cast<double>(w.channels * layout.columns) / 16);
      const double time = static_cast<double>(ceil_div(ceil_div(tiles.count, each) * splits, threads)) *
                          (transform_time(layout, each, w.channels, 110) + transform_time(layout, each, width, 90) + products);
      if (best.time >= 0 && time > best.time * 0.99) continue;
      best = {each, ceil_div(tiles.count, each), splits, 1, time};
    }
  }
  best.time += filter_time(layout, threads);
  return best;
}

Plan plan_reduction(const Windows& w, int64_t outputs, const FilterLayout& layout) {
  const Tiles tiles(w);
  const int64_t threads = available_threads();
  Plan best{};
  best.time = -1;
  for (int64_t splits = 1; splits <= std::min(layout.panels, threads); ++splits) {
    const int64_t panels = ceil_div(layout.panels, splits), width = std::min(panels * layout.columns, outputs);
    const int64_t sums = std::min(std::max<int64_t>(1, threads / splits), tiles.count);
    const int64_t blocks = ceil_div(ceil_div(tiles.count, 2 * most_tiles(w.channels + width)), sums) * sums;
    const int64_t each = ceil_div(tiles.count, blocks);
    const double products = static_cast<double>(kWinogradPoints * panels * w.channels) * (static_cast<double>(each) + 6);
    const double time =
        static_cast<double>(ceil_div(sums * splits, threads) * (blocks / sums)) *
            (transform_time(layout, each, w.channels, 110) + transform_time(layout, each, width, 100) + products) +
        filter_time(layout, threads) * static_cast<double>(sums);
    if (best.time >= 0 && time > best.time * 0.98) continue;
    const int64_t made = ceil_div(tiles.count, each);
    best = {each, made, splits, std::min(sums, made), time};
  }
  return best;
}

// What the direct algorithm takes, whose micro-kernels run at some nine tenths of the peak.
double direct_time(const Windows& w, const FilterLayout& layout) {
  return 1.1 * static_cast<double>(w.images * w.out_h * w.out_w * 9 * w.channels * layout.panels) /
         static_cast<double>(available_threads());
}

bool is_possible(const Windows& w, int64_t outputs) {
  return w.taps_h == 3 && w.taps_w == 3 && w.tap_step_h == 1 && w.tap_step_w == 1 && w.step_h == 1 && w.step_w == 1 &&
         w.channels % kWinogradChannels == 0 && outputs % kWinogradChannels == 0;
}

template <class PlanFor>
bool serves(const Windows& w, int64_t outputs, const PlanFor& plan) {
  const Winograd wanted = when().load(std::memory_order_relaxed);
  if (wanted == Winograd::never || !is_possible(w, outputs)) return false;
  const FilterLayout layout = filter_layout(w, outputs);
  return wanted == Winograd::where_possible || plan(w, outputs, layout).time < 0.95 * direct_time(w, layout);
}

// The filter's points, for the channels and outputs of a product.
const float* transform_filter(const WindowProduct& product, const FilterLayout& layout) {
  const auto pack = FASTTS_BY_ISA(pack_panel);
  const auto transform = FASTTS_BY_ISA(winograd_filter);
  const FilterSteps& steps = product.filter_steps;
  float* const points = scratch(Scratch::panels, layout.floats());
  const int64_t stretches = ceil_div(layout.channels, kFilterChannels);
  parallel_for(layout.panels * stretches, 1, [&](int64_t begin, int64_t end) {
    float* const taps = scratch(Scratch::sums, 9 * kFilterChannels * layout.columns);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t panel = i / stretches, channel = i % stretches * kFilterChannels, column = panel * layout.columns;
      const int64_t channels = std::min(kFilterChannels, layout.channels - channel);
      for (int64_t tap = 0; tap < 9; ++tap) {
        pack(product.filter + tap / 3 * steps.tap_h + tap % 3 * steps.tap_w + channel * steps.channel + column * steps.output,
             steps.channel, steps.output, channels, std::min(layout.columns, product.outputs - column), layout.columns,
             taps + tap * channels * layout.columns);
      }
      transform(taps, channels * layout.columns, {points + layout.offset(panel, channel), layout.point_step()});
    }
  });
  return points;
}

// The rows of a block's tiles in its points.
std::vector<int64_t> tile_rows(int64_t tiles, const PointsLayout& layout) {
  std::vector<int64_t> rows(static_cast<size_t>(tiles));
  for (int64_t i = 0; i < tiles; ++i) rows[static_cast<size_t>(i)] = i * layout.tile_step;
  return rows;
}

}  // namespace

void use_winograd(Winograd wanted) { when().store(wanted); }

bool winograd_serves(const WindowProduct& product) {
  return serves(product.windows, product.outputs, plan_product);
}

bool winograd_serves(const WindowReduction& reduction) {
  return !reduction.accumulate && reduction.gradient_channel_step == 1 &&
         serves(reduction.windows, reduction.outputs, plan_reduction);
}

void winograd_product(const WindowProduct& product) {
  const Windows& w = product.windows;
  const auto transform_in = FASTTS_BY_ISA(winograd_input);
  const auto transform_out = FASTTS_BY_ISA(winograd_output);
  const auto multiply = FASTTS_BY_ISA(rows_panel);
  const FilterLayout filter = filter_layout(w, product.outputs);
  const Tiles tiles(w);
  const Plan plan = plan_product(w, product.outputs, filter);
  const float* const filter_points = transform_filter(product, filter);

  const int64_t most_outputs = std::min(product.outputs, ceil_div(filter.panels, plan.splits) * filter.columns);
  const PointsLayout inputs(plan.tiles, w.channels), outputs(plan.tiles, most_outputs);
  const std::vector<int64_t> input_rows = tile_rows(plan.tiles, inputs), output_rows = tile_rows(plan.tiles, outputs);
  const Segment all_channels{0, w.channels};
  PartMoments moments(product.moments ? plan.blocks : 0, product.outputs);

  parallel_tasks(plan.blocks * plan.splits, [&](int64_t task) {
    const int64_t split = task % plan.splits, block = task / plan.splits;
    const int64_t first_panel = filter.panels * split / plan.splits, end_panel = filter.panels * (split + 1) / plan.splits;
    const int64_t first_output = first_panel * filter.columns;
    const int64_t count = std::min(product.outputs, end_panel * filter.columns) - first_output;
    const int64_t first_tile = block * plan.tiles, block_tiles = std::min(plan.tiles, tiles.count - first_tile);
    float* const in = scratch(Scratch::image, inputs.floats());
    float* const out = scratch(Scratch::tile, outputs.floats());

    for (int64_t i = 0; i < block_tiles; ++i) {
      transform_in(input_patch(w, tiles, first_tile + i), w.channels, {in + i * inputs.tile_step, inputs.point_step});
    }
    RowsPanel panel = {};
    panel.a_rows = input_rows.data();
    panel.m = block_tiles;
    panel.segments = &all_channels;
    panel.segment_count = 1;
    panel.c_rows = output_rows.data();
    for (int64_t point = 0; point < kWinogradPoints; ++point) {
      panel.a = in + point * inputs.point_step;
      for (int64_t p = first_panel; p < end_panel; ++p) {
        panel.b = filter_points + point * filter.point_step() + filter.offset(p, 0);
        panel.c = out + point * outputs.point_step + (p - first_panel) * filter.columns;
        panel.n = std::min(filter.columns, product.outputs - p * filter.columns);
        multiply(panel);
      }
    }
    for (int64_t i = 0; i < block_tiles; ++i) {
      const int64_t tile = first_tile + i, y = tiles.y(tile), x = tiles.x(tile);
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
      transform_out({out + i * outputs.tile_step, outputs.point_step}, count, to);
    }
    if (product.moments) {
      const int64_t first = tiles.first_pixel(w, first_tile), end = tiles.first_pixel(w, first_tile + block_tiles);
      moments.take(block, first_output, count, product.out + first * product.out_pixel_step + first_output, end - first,
                   product.out_pixel_step);
    }
  });
  if (product.moments) moments.join(*product.moments);
}

namespace {

// filter = Gᵀ·(the sum of all stretches' points)·G
void transform_gradient(const WindowReduction& reduction, const FilterLayout& layout, const float* points, int64_t sums) {
  const auto transform = FASTTS_BY_ISA(winograd_filter_gradient);
  const FilterSteps& steps = reduction.filter_steps;
  const int64_t stretches = ceil_div(layout.channels, kFilterChannels);
  parallel_for(layout.panels * stretches, 1, [&](int64_t begin, int64_t end) {
    float* const taps = scratch(Scratch::tile, 9 * kFilterChannels * layout.columns);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t panel = i / stretches, channel = i % stretches * kFilterChannels, column = panel * layout.columns;
      const int64_t channels = std::min(kFilterChannels, layout.channels - channel);
      const int64_t n = std::min(layout.columns, reduction.outputs - column);
      transform({const_cast<float*>(points) + layout.offset(panel, channel), layout.point_step()}, sums, layout.floats(),
                channels * layout.columns, taps);
      for (int64_t tap = 0; tap < 9; ++tap) {
        for (int64_t c = 0; c < channels; ++c) {
          std::memcpy(reduction.filter + tap / 3 * steps.tap_h + tap % 3 * steps.tap_w + (channel + c) * steps.channel + column,
                      taps + (tap * channels + c) * layout.columns, static_cast<size_t>(n) * sizeof(float));
        }
      }
    }
  });
}

}  // namespace

void winograd_reduction(const WindowReduction& reduction) {
  const Windows& w = reduction.windows;
  const auto transform_in = FASTTS_BY_ISA(winograd_input);
  const auto transform_gradient_patch = FASTTS_BY_ISA(winograd_gradient);
  const auto multiply = FASTTS_BY_ISA(columns_panel);
  const FilterLayout filter = filter_layout(w, reduction.outputs);
  const Tiles tiles(w);
  const Plan plan = plan_reduction(w, reduction.outputs, filter);
  float* const sums = scratch(Scratch::sums, filter.floats() * plan.sums);

  const int64_t most_outputs = std::min(reduction.outputs, ceil_div(filter.panels, plan.splits) * filter.columns);
  const PointsLayout inputs(plan.tiles, w.channels), outputs(plan.tiles, most_outputs);

  parallel_tasks(plan.sums * plan.splits, [&](int64_t task) {
    const int64_t split = task % plan.splits, stretch = task / plan.splits;
    const int64_t first_panel = filter.panels * split / plan.splits, end_panel = filter.panels * (split + 1) / plan.splits;
    const int64_t first_output = first_panel * filter.columns;
    const int64_t count = std::min(reduction.outputs, end_panel * filter.columns) - first_output;
    const int64_t first_block = plan.blocks * stretch / plan.sums, end_block = plan.blocks * (stretch + 1) / plan.sums;
    float* const in = scratch(Scratch::image, inputs.floats());
    float* const out = scratch(Scratch::tile, outputs.floats());
    for (int64_t block = first_block; block < end_block; ++block) {
      const int64_t first_tile = block * plan.tiles, block_tiles = std::min(plan.tiles, tiles.count - first_tile);
      for (int64_t i = 0; i < block_tiles; ++i) {
        const int64_t tile = first_tile + i;
        transform_in(input_patch(w, tiles, tile), w.channels, {in + i * inputs.tile_step, inputs.point_step});
        const float* const gradient = reduction.gradient + first_output +
                                      tiles.image(tile) * w.out_h * w.out_w * reduction.gradient_pixel_step;
        transform_gradient_patch(patch_at(gradient, w.out_h, w.out_w, reduction.gradient_pixel_step, tiles.y(tile),
                                          tiles.x(tile), kWinogradOutputs),
                                 count, {out + i * outputs.tile_step, outputs.point_step});
      }
      const PairedSegment all_tiles{0, 0, block_tiles};
      ColumnsPanel panel = {};
      panel.a_step = inputs.tile_step;
      panel.m = w.channels;
      panel.segments = &all_tiles;
      panel.segment_count = 1;
      panel.b_step = outputs.tile_step;
      panel.c_step = filter.columns;
      panel.accumulate = block > first_block;
      for (int64_t point = 0; point < kWinogradPoints; ++point) {
        panel.a = in + point * inputs.point_step;
        for (int64_t p = first_panel; p < end_panel; ++p) {
          panel.b = out + point * outputs.point_step + (p - first_panel) * filter.columns;
          panel.c = sums + stretch * filter.floats() + point * filter.point_step() + filter.offset(p, 0);
          panel.n = std::min(filter.columns, reduction.outputs - p * filter.columns);
          multiply(panel);
        }
      }
    }
  });
  transform_gradient(reduction, filter, sums, plan.sums);
}

}  // namespace fastts
