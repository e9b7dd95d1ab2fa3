#include "memory/scratch.h"
#include "product/windows.h"

#include <algorithm>
#include <vector>

#include "ceil_div.h"
#include "micro/micro.h"
#include "micro/pack.h"
#include "moments/moments.h"
#include "parallel/parallel.h"
#include "product/image_copy.h"
#include "product/padding.h"
#include "winograd/winograd.h"

namespace fastts {
namespace {

// Floats of the image copied at a time. While the filter stays in the second-level cache, blocks are small, so that the
// next one can be prefetched; a larger filter is reloaded from farther away for each block, so blocks are larger.
int64_t block_floats(const WindowProduct& product) {
  const Windows& w = product.windows;
  const bool filter_stays = w.taps_h * w.taps_w * w.channels * product.outputs <= 128 * 1024;
  return (filter_stays ? 32 : 64) * 1024;
}

// How a product is divided into tasks: runs of output blocks, times ranges of panels of the filter.
struct Tasks {
  ImagePlan plan;
  int64_t runs;
  int64_t panels, splits;
};

// Channels at a time: a panel of the filter (taps × channels × columns) should fit in the second-level cache as well.
int64_t max_channels(const Windows& windows, int64_t columns) {
  constexpr int64_t kPanelFloats = 72 * 1024;
  const int64_t taps = windows.taps_h * windows.taps_w;
  return std::min<int64_t>(512, std::max<int64_t>(16, kPanelFloats / (taps * columns)));
}

// Estimated time, in multiply-add cycles of the micro-kernel, until the last thread is done.
double estimate(const WindowProduct& product, const Tasks& tasks, int64_t columns, int64_t threads) {
  const Windows& w = product.windows;
  const ImagePlan& plan = tasks.plan;
  const double panels = static_cast<double>(ceil_div(tasks.panels, tasks.splits));
  const double k = static_cast<double>(w.taps_h * w.taps_w * w.channels);
  const double read = w.skip_padding ? taps_on_image(w) * static_cast<double>(w.channels) : k;
  const double multiply = static_cast<double>(plan.images * plan.rows * w.out_w) * read * panels;
  const double copy = 0.4 * static_cast<double>(copy_floats(w, w.channels, plan.images, plan.rows));
  const double weights = k * panels * static_cast<double>(columns) / 4;
  const int64_t blocks = ceil_div(tasks.runs * tasks.splits, threads) * ceil_div(plan.blocks, tasks.runs);
  return static_cast<double>(blocks) * (multiply + copy + weights + 2000);
}

Tasks plan_tasks(const WindowProduct& product, int64_t columns) {
  const Windows& w = product.windows;
  const int64_t threads = available_threads();
  const int64_t panels = ceil_div(product.outputs, columns);
  Tasks best{plan_image(w, max_channels(w, columns), 2048, block_floats(product)), 1, panels, 1};
  if (threads == 1) return best;
  double least = -1;
  for (int64_t pixels = 2048; pixels >= 32; pixels = pixels * 3 / 4) {
    Tasks tasks{plan_image(w, max_channels(w, columns), pixels, block_floats(product)), 1, panels, 1};
    tasks.runs = std::min(tasks.plan.blocks, threads * 4);
    for (tasks.splits = 1; tasks.splits <= std::min(panels, threads); ++tasks.splits) {
      const double time = estimate(product, tasks, columns, threads);
      if (least >= 0 && time > least * 0.98) continue;
      least = time;
      best = tasks;
    }
  }
  return best;
}

// The filter in panels: for each channel block, for each panel, for each tap, a row per channel.
const float* pack_filter(const WindowProduct& product, const Tasks& tasks, int64_t columns) {
  const Windows& w = product.windows;
  const FilterSteps& steps = product.filter_steps;
  const int64_t taps = w.taps_h * w.taps_w, depth = tasks.plan.channel_block;
  const auto pack = FASTTS_BY_ISA(pack_panel);
  float* packed = thread_scratch(Use::panels, taps * w.channels * tasks.panels * columns);
  const int64_t blocks = tasks.plan.channel_blocks;
  const int64_t grain = std::max<int64_t>(1, 16384 / (depth * columns));
  parallel_for(blocks * tasks.panels * taps, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t tap = i % taps, panel = i / taps % tasks.panels, block = i / taps / tasks.panels;
      const int64_t channels = tasks.plan.channels(w, block), column = panel * columns;
      pack(product.filter + tap / w.taps_w * steps.tap_h + tap % w.taps_w * steps.tap_w +
               block * depth * steps.channel + column * steps.output,
           steps.channel, steps.output, channels, std::min(columns, product.outputs - column), columns,
           packed + (block * depth * tasks.panels + panel * channels) * taps * columns + tap * channels * columns);
    }
  });
  return packed;
}

// The segments of the taps of a run of rows and one of columns, from their first tap on.
std::vector<Segment> segments_of(const Windows& w, const ImageCopy& copy, const TapRun& rows, const TapRun& columns,
                                 int64_t channels, int64_t panel_columns) {
  std::vector<Segment> segments;
  const int64_t filter_step = channels * panel_columns;
  const bool row_is_one = w.tap_step_w == 1 && channels == copy.pixel_step;
  for (int64_t i = 0; i < rows.taps; ++i) {
    const int64_t first_tap = (rows.tap + i) * w.taps_w + columns.tap;
    if (row_is_one) {
      segments.push_back({i * copy.tap_step_h, first_tap * filter_step, columns.taps * channels});
      continue;
    }
    for (int64_t j = 0; j < columns.taps; ++j) {
      segments.push_back({i * copy.tap_step_h + j * copy.tap_step_w, (first_tap + j) * filter_step, channels});
    }
  }
  return segments;
}

// Outputs of a block that multiply the same taps.
struct OutputGroup {
  int64_t rows, columns;               // of each image
  std::vector<Segment> segments;       // of every channel block but the last
  std::vector<Segment> last_segments;  // of the last
  std::vector<int64_t> windows;        // for each output, the offset of its first tap in the copy
  std::vector<int64_t> outs;           // and of its pixel in `out`

  // A truncated block has a prefix of a full one's outputs.
  int64_t outputs(const OutputBlock& block) const { return block.images * std::min(rows, block.rows) * columns; }
};

// All outputs of a block or, where padding is skipped, one group per set of taps on the image.
std::vector<OutputGroup> output_groups(const WindowProduct& product, const ImagePlan& plan, int64_t panel_columns) {
  const Windows& w = product.windows;
  const ImageCopy copy = copy_layout(w, plan.channel_block, plan.rows);
  const int64_t last_channels = plan.channels(w, plan.channel_blocks - 1);
  const std::vector<TapRun> all_rows{{0, plan.rows, 0, w.taps_h}}, all_columns{{0, w.out_w, 0, w.taps_w}};
  std::vector<OutputGroup> groups;
  for (const TapRun& rows : w.skip_padding ? row_runs(w) : all_rows) {
    for (const TapRun& columns : w.skip_padding ? column_runs(w) : all_columns) {
      OutputGroup group{rows.outputs, columns.outputs, {}, {}, {}, {}};
      group.segments = segments_of(w, copy, rows, columns, plan.channel_block, panel_columns);
      group.last_segments = segments_of(w, copy, rows, columns, last_channels, panel_columns);
      const int64_t first = copy.first_window + rows.tap * copy.tap_step_h + columns.tap * copy.tap_step_w;
      for (int64_t image = 0; image < plan.images; ++image) {
        for (int64_t y = rows.output; y < rows.output + rows.outputs; ++y) {
          for (int64_t x = columns.output; x < columns.output + columns.outputs; ++x) {
            group.windows.push_back(first + image * copy.image_step + y * copy.output_step_h + x * copy.output_step_w);
            group.outs.push_back(image * product.out_image_step + y * product.out_row_step +
                                 x * product.out_pixel_step);
          }
        }
      }
      groups.push_back(std::move(group));
    }
  }
  return groups;
}

// The memory that the next block reads, divided over the products of this one with `panels` panels.
Prefetch prefetch_of(const Windows& w, const OutputBlock& next, const OutputBlock& block,
                     const std::vector<OutputGroup>& groups, int64_t panels, int64_t tile_rows) {
  int64_t steps = 0;
  for (const OutputGroup& group : groups) {
    const int64_t tiles = ceil_div(group.outputs(block), tile_rows);
    for (const Segment& segment : group.segments) steps += tiles * ceil_div(segment.length, kPrefetchSteps);
  }
  const ImageRegion region = image_region(w, next);
  return {region.begin, region.end, ceil_div(region.lines(), std::max<int64_t>(1, panels * steps)), nullptr, nullptr};
}

// The product without the taps that no output reads: a smaller filter, of which less is packed.
WindowProduct without_unread_taps(WindowProduct product) {
  const ReadTaps read = read_taps(product.windows);
  product.windows = with_taps(product.windows, read);
  product.filter += read.first_h * product.filter_steps.tap_h + read.first_w * product.filter_steps.tap_w;
  return product;
}

}  // namespace

Epilogue from_column(Epilogue epilogue, int64_t column) {
  if (epilogue.scale) epilogue.scale += column;
  if (epilogue.bias) epilogue.bias += column;
  if (epilogue.addend) epilogue.addend += column;
  return epilogue;
}

void window_product(const WindowProduct& given) {
  WindowProduct product = without_unread_taps(given);
  if (winograd_serves(product)) return winograd_product(product);
  product.windows.skip_padding = product_skips_padding(product.windows);
  const Windows& w = product.windows;
  const TileSize tile = FASTTS_BY_ISA(tile_size)();
  const int64_t columns = tile.columns;
  const auto multiply = FASTTS_BY_ISA(rows_panel);
  const Tasks tasks = plan_tasks(product, columns);
  const ImagePlan& plan = tasks.plan;
  const float* packed = pack_filter(product, tasks, columns);

  const int64_t taps = w.taps_h * w.taps_w, depth = plan.channel_block;
  const std::vector<OutputGroup> groups = output_groups(product, plan, columns);
  PartMoments moments(product.moments ? plan.blocks : 0, product.outputs);

  parallel_tasks(tasks.runs * tasks.splits, [&](int64_t task) {
    const int64_t split = task / tasks.runs, run = task % tasks.runs;
    const int64_t first_panel = tasks.panels * split / tasks.splits;
    const int64_t end_panel = tasks.panels * (split + 1) / tasks.splits;
    const int64_t first_output = first_panel * columns, end_output = std::min(product.outputs, end_panel * columns);
    const int64_t end_block = plan.blocks * (run + 1) / tasks.runs;
    for (int64_t index = plan.blocks * run / tasks.runs; index < end_block; ++index) {
      const OutputBlock block = plan.block(w, index);
      const int64_t out_offset = block.image * product.out_image_step + block.row * product.out_row_step;
      float* const out = product.out + out_offset;
      Epilogue epilogue = product.epilogue;
      if (epilogue.addend) epilogue.addend += out_offset;
      Prefetch ahead = {};
      if (index + 1 < plan.blocks && plan.channel_blocks == 1) {
        ahead = prefetch_of(w, plan.block(w, index + 1), block, groups, end_panel - first_panel, tile.rows);
      }
      for (int64_t c = 0; c < plan.channel_blocks; ++c) {
        const bool is_last = c == plan.channel_blocks - 1;
        const int64_t channels = plan.channels(w, c);
        RowsPanel panel = {};
        panel.a = copy_image(w, block, depth, c * depth, channels).floats;
        panel.accumulate = product.accumulate || c > 0;
        panel.prefetch = ahead.lines > 0 ? &ahead : nullptr;
        for (int64_t i = first_panel; i < end_panel; ++i) {
          panel.b = packed + (c * depth * tasks.panels + i * channels) * taps * columns;
          panel.c = out + i * columns;
          panel.n = std::min(columns, product.outputs - i * columns);
          if (is_last) panel.epilogue = from_column(epilogue, i * columns);
          for (const OutputGroup& group : groups) {
            const std::vector<Segment>& segments = is_last ? group.last_segments : group.segments;
            panel.a_rows = group.windows.data();
            panel.m = group.outputs(block);
            panel.segments = segments.data();
            panel.segment_count = static_cast<int64_t>(segments.size());
            panel.c_rows = group.outs.data();
            multiply(panel);
          }
        }
      }
      if (product.moments) {
        moments.take(index, first_output, end_output - first_output, out + first_output, block.pixels(w),
                     product.out_pixel_step);
      }
    }
  });
  if (product.moments) moments.join(*product.moments);
}

}  // namespace fastts
