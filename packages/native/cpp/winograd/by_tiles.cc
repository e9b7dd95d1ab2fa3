#include <vector>

#include "memory/scratch.h"
#include "moments/moments.h"
#include "parallel/parallel.h"
#include "winograd/tiles.h"

namespace fastts {
namespace {

FilterLayout filter_layout(const Windows& w, int64_t outputs) {
  const int64_t columns = FASTTS_BY_ISA(tile_size)().columns;
  return {w.channels, ceil_div(outputs, columns), columns};
}

// How the tiles, and the panels of the filter, are divided into tasks.
struct Plan {
  int64_t tiles;  // per block
  int64_t blocks;
  int64_t splits;  // ranges of panels
  int64_t sums;    // of a reduction: ranges of blocks with separate sums
  double time;
};

// Cost of writing and reading all points of a filter.
double filter_time(const FilterLayout& layout, int64_t threads) {
  return static_cast<double>(layout.bytes()) / (6.0 * static_cast<double>(threads));
}

// The number of points of a block of tiles that fits in a thread's caches.
int64_t most_tiles(int64_t channels) {
  constexpr int64_t kBlockFloats = 160 * 1024;
  return std::min<int64_t>(96, std::max<int64_t>(24, kBlockFloats / (kWinogradPoints * channels)));
}

Plan plan_product(const Windows& w, int64_t outputs) {
  const FilterLayout layout = filter_layout(w, outputs);
  const Tiles tiles(w);
  const int64_t threads = available_threads();
  Plan best{};
  best.time = -1;
  for (int64_t splits = 1; splits <= std::min(layout.panels, threads); ++splits) {
    const int64_t panels = ceil_div(layout.panels, splits), width = std::min(panels * layout.columns, outputs);
    const int64_t least = ceil_div(tiles.count, most_tiles(w.channels + width));
    for (int64_t blocks = least; blocks <= least + 2 * threads && blocks <= tiles.count; ++blocks) {
      // Whole rows of tiles, whose outputs are contiguous in memory.
      const int64_t each = ceil_div(ceil_div(tiles.count, blocks), tiles.columns) * tiles.columns;
      const double products =
          static_cast<double>(kWinogradPoints * panels) *
          (static_cast<double>(each * w.channels) + 100.0 + static_cast<double>(w.channels * layout.columns) / 16);
      const double time =
          static_cast<double>(ceil_div(ceil_div(tiles.count, each) * splits, threads)) *
          (transform_time(each * w.channels, kInputTime) + transform_time(each * width, kOutputTime) + products);
      if (best.time >= 0 && time > best.time * 0.99) continue;
      best = {each, ceil_div(tiles.count, each), splits, 1, time};
    }
  }
  best.time += filter_time(layout, threads);
  return best;
}

Plan plan_reduction(const Windows& w, int64_t outputs) {
  const FilterLayout layout = filter_layout(w, outputs);
  const Tiles tiles(w);
  const int64_t threads = available_threads();
  Plan best{};
  best.time = -1;
  for (int64_t splits = 1; splits <= std::min(layout.panels, threads); ++splits) {
    const int64_t panels = ceil_div(layout.panels, splits), width = std::min(panels * layout.columns, outputs);
    const int64_t sums = std::min(std::max<int64_t>(1, threads / splits), tiles.count);
    const int64_t blocks = ceil_div(ceil_div(tiles.count, 2 * most_tiles(w.channels + width)), sums) * sums;
    const int64_t each = ceil_div(tiles.count, blocks);
    const double products =
        static_cast<double>(kWinogradPoints * panels * w.channels) * (static_cast<double>(each) + 6);
    const double time =
        static_cast<double>(ceil_div(sums * splits, threads) * (blocks / sums)) *
            (transform_time(each * w.channels, kInputTime) + transform_time(each * width, kGradientTime) + products) +
        filter_time(layout, threads) * static_cast<double>(sums);
    if (best.time >= 0 && time > best.time * 0.98) continue;
    const int64_t made = ceil_div(tiles.count, each);
    best = {each, made, splits, std::min(sums, made), time};
  }
  return best;
}

// The filter's points, for the channels and outputs of a product.
const float* all_filter_points(const WindowProduct& product, const FilterLayout& layout) {
  float* const points = thread_scratch(Use::panels, layout.floats());
  const int64_t stretches = ceil_div(layout.channels, kFilterChannels);
  parallel_for(layout.panels * stretches, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t panel = i / stretches, channel = i % stretches * kFilterChannels;
      transform_filter(product, panel, channel, std::min(kFilterChannels, layout.channels - channel),
                       {points + layout.offset(panel, channel), layout.point_step()});
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

void product_by_tiles(const WindowProduct& product) {
  const Windows& w = product.windows;
  const auto transform_in = FASTTS_BY_ISA(winograd_input);
  const auto transform_out = FASTTS_BY_ISA(winograd_output);
  const auto multiply = FASTTS_BY_ISA(rows_panel);
  const FilterLayout filter = filter_layout(w, product.outputs);
  const Tiles tiles(w);
  const Plan plan = plan_product(w, product.outputs);
  const float* const filter_points = all_filter_points(product, filter);

  const int64_t most_outputs = std::min(product.outputs, ceil_div(filter.panels, plan.splits) * filter.columns);
  const PointsLayout inputs(plan.tiles, w.channels), outputs(plan.tiles, most_outputs);
  const std::vector<int64_t> input_rows = tile_rows(plan.tiles, inputs), output_rows = tile_rows(plan.tiles, outputs);
  const Segment all_channels{0, 0, w.channels};
  PartMoments moments(product.moments ? plan.blocks : 0, product.outputs);

  parallel_tasks(plan.blocks * plan.splits, [&](int64_t task) {
    const int64_t split = task % plan.splits, block = task / plan.splits;
    const int64_t first_panel = filter.panels * split / plan.splits,
                  end_panel = filter.panels * (split + 1) / plan.splits;
    const int64_t first_output = first_panel * filter.columns;
    const int64_t count = std::min(product.outputs, end_panel * filter.columns) - first_output;
    const int64_t first_tile = block * plan.tiles, block_tiles = std::min(plan.tiles, tiles.count - first_tile);
    float* const in = thread_scratch(Use::image, inputs.floats());
    float* const out = thread_scratch(Use::tile, outputs.floats());

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
      transform_out({out + i * outputs.tile_step, outputs.point_step}, count,
                    output_tile(product, tiles, first_tile + i, first_output));
    }
    if (product.moments) {
      const int64_t first = tiles.first_pixel(w, first_tile), end = tiles.first_pixel(w, first_tile + block_tiles);
      moments.take(block, first_output, count, product.out + first * product.out_pixel_step + first_output, end - first,
                   product.out_pixel_step);
    }
  });
  if (product.moments) moments.join(*product.moments);
}

void reduction_by_tiles(const WindowReduction& reduction) {
  const Windows& w = reduction.windows;
  const auto transform_in = FASTTS_BY_ISA(winograd_input);
  const auto transform_gradient = FASTTS_BY_ISA(winograd_gradient);
  const auto multiply = FASTTS_BY_ISA(columns_panel);
  const FilterLayout filter = filter_layout(w, reduction.outputs);
  const Tiles tiles(w);
  const Plan plan = plan_reduction(w, reduction.outputs);
  float* const sums = thread_scratch(Use::sums, filter.floats() * plan.sums);

  const int64_t most_outputs = std::min(reduction.outputs, ceil_div(filter.panels, plan.splits) * filter.columns);
  const PointsLayout inputs(plan.tiles, w.channels), outputs(plan.tiles, most_outputs);

  parallel_tasks(plan.sums * plan.splits, [&](int64_t task) {
    const int64_t split = task % plan.splits, stretch = task / plan.splits;
    const int64_t first_panel = filter.panels * split / plan.splits,
                  end_panel = filter.panels * (split + 1) / plan.splits;
    const int64_t first_output = first_panel * filter.columns;
    const int64_t count = std::min(reduction.outputs, end_panel * filter.columns) - first_output;
    const int64_t first_block = plan.blocks * stretch / plan.sums, end_block = plan.blocks * (stretch + 1) / plan.sums;
    float* const in = thread_scratch(Use::image, inputs.floats());
    float* const out = thread_scratch(Use::tile, outputs.floats());
    for (int64_t block = first_block; block < end_block; ++block) {
      const int64_t first_tile = block * plan.tiles, block_tiles = std::min(plan.tiles, tiles.count - first_tile);
      for (int64_t i = 0; i < block_tiles; ++i) {
        const int64_t tile = first_tile + i;
        transform_in(input_patch(w, tiles, tile), w.channels, {in + i * inputs.tile_step, inputs.point_step});
        transform_gradient(gradient_patch(reduction, tiles, tile, first_output), count,
                           {out + i * outputs.tile_step, outputs.point_step});
      }
      const Segment all_tiles{0, 0, block_tiles};
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

  const int64_t stretches = ceil_div(filter.channels, kFilterChannels);
  parallel_for(filter.panels * stretches, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t panel = i / stretches, channel = i % stretches * kFilterChannels;
      transform_filter_gradient(reduction, panel, channel, std::min(kFilterChannels, filter.channels - channel),
                                {sums + filter.offset(panel, channel), filter.point_step()}, plan.sums,
                                filter.floats());
    }
  });
}

double product_time(const Windows& w, int64_t outputs) { return plan_product(w, outputs).time; }

double reduction_time(const Windows& w, int64_t outputs) { return plan_reduction(w, outputs).time; }

}  // namespace

const WinogradOrder winograd_by_tiles{product_time, reduction_time, product_by_tiles, reduction_by_tiles};

}  // namespace fastts
