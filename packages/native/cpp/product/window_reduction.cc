#include <algorithm>
#include <cstring>
#include <vector>

#include "ceil_div.h"
#include "memory/scratch.h"
#include "micro/micro.h"
#include "micro/pack.h"
#include "parallel/parallel.h"
#include "product/image_copy.h"
#include "product/padding.h"
#include "product/pixel_tile.h"
#include "product/windows.h"
#include "winograd/winograd.h"

namespace fastts {
namespace {

// Floats of the image copied at a time: 256 KiB of the second-level cache.
constexpr int64_t kBlockFloats = 64 * 1024;

// How a reduction is divided into tasks: ranges of the outputs (each with its own sums, added up afterwards), times
// channel blocks, times ranges of panels.
struct Tasks {
  ImagePlan plan;
  int64_t panels, sums, panel_splits;

  int64_t count() const { return sums * plan.channel_blocks * panel_splits; }
};

double estimate(const WindowReduction& reduction, const Tasks& tasks, int64_t columns, int64_t threads) {
  const Windows& w = reduction.windows;
  const double pixels = static_cast<double>(w.images * w.out_h * w.out_w) / static_cast<double>(tasks.sums);
  const double panels = static_cast<double>(ceil_div(tasks.panels, tasks.panel_splits));
  const double depth = static_cast<double>(tasks.plan.channel_block), taps = static_cast<double>(w.taps_h * w.taps_w);
  const double read_taps = w.skip_padding ? taps_on_image(w) : taps;
  const double copied =
      0.4 * static_cast<double>(tasks.plan.blocks / tasks.sums *
                                copy_floats(w, tasks.plan.channel_block, tasks.plan.images, tasks.plan.rows));
  const double multiply = pixels * panels * (depth * read_taps + 0.3 * static_cast<double>(columns));
  const double size = static_cast<double>(tasks.panels * columns * w.channels) * taps;
  const double add =
      tasks.sums > 1 ? size * (0.3 + 0.3 * static_cast<double>(tasks.sums) / static_cast<double>(threads)) : 0;
  return static_cast<double>(ceil_div(tasks.count(), threads)) * (multiply + copied) + add;
}

Tasks plan_tasks(const WindowReduction& reduction, int64_t columns) {
  const Windows& w = reduction.windows;
  const int64_t threads = available_threads();
  Tasks best{plan_image(w, 256, 4096, kBlockFloats), ceil_div(reduction.outputs, columns), 1, 1};
  double least = -1;
  for (int64_t channels = 256; channels >= 32; channels /= 2) {
    for (int64_t sums = 1; sums <= threads; sums *= 2) {
      const int64_t pixels = std::min<int64_t>(4096, ceil_div(w.images * w.out_h * w.out_w, sums));
      Tasks tasks{plan_image(w, channels, pixels, kBlockFloats), best.panels, sums, 1};
      if (tasks.plan.blocks < sums) continue;
      for (tasks.panel_splits = 1; tasks.panel_splits <= std::min(tasks.panels, threads); ++tasks.panel_splits) {
        const double time = estimate(reduction, tasks, columns, threads);
        if (least >= 0 && time > least * 0.98) continue;
        least = time;
        best = tasks;
      }
    }
  }
  return best;
}

// Sums of one range: per channel block, per panel, [tap][channel][columns].
struct SumsLayout {
  int64_t taps, panels, columns, depth, channels;

  int64_t offset(int64_t block, int64_t panel, int64_t block_channels) const {
    return (block * depth * panels + panel * block_channels) * taps * columns;
  }
  int64_t floats() const { return taps * channels * panels * columns; }
};

// What the tile after `tile` of this block, and the next block, will read: the gradient, then part of the image.
Prefetch prefetch_of(const WindowReduction& reduction, const Tasks& tasks, const OutputBlock& block,
                     int64_t block_index, int64_t end_block, int64_t tile, int64_t tiles, int64_t tile_steps) {
  const Windows& w = reduction.windows;
  Prefetch ahead = {};
  if (reduction.gradient_channel_step == 1 && tasks.panel_splits == 1) {
    const int64_t first_pixel = (block.image * w.out_h + block.row) * w.out_w, pixels = block.pixels(w);
    const int64_t last = w.images * w.out_h * w.out_w;
    const int64_t begin = first_pixel + pixels * (tile + 1) / tiles, end = first_pixel + pixels * (tile + 2) / tiles;
    ahead.next = reduction.gradient + std::min(begin, last) * reduction.gradient_pixel_step;
    ahead.end = reduction.gradient + std::min(end, last) * reduction.gradient_pixel_step;
  }
  if (block_index + 1 < end_block && tasks.plan.channel_blocks == 1) {
    const ImageRegion region = image_region(w, tasks.plan.block(w, block_index + 1));
    const int64_t size = region.end - region.begin;
    ahead.then_next = region.begin + size * tile / tiles;
    ahead.then_end = region.begin + size * (tile + 1) / tiles;
  }
  const int64_t lines =
      ceil_div(ahead.end - ahead.next, kLineFloats) + ceil_div(ahead.then_end - ahead.then_next, kLineFloats);
  ahead.lines = ceil_div(lines, tile_steps);
  return ahead;
}

// Adds the contribution of one block of outputs to one channel block and the panels [first, last).
void reduce_block(const WindowReduction& reduction, const Tasks& tasks, int64_t block_index, int64_t end_block,
                  TileSize tile_size, int64_t channel_block, int64_t first_panel, int64_t end_panel, bool accumulate,
                  float* sums) {
  const Windows& w = reduction.windows;
  const OutputBlock block = tasks.plan.block(w, block_index);
  const int64_t columns = tile_size.columns;
  const auto pack = FASTTS_BY_ISA(pack_panel);
  const auto multiply = FASTTS_BY_ISA(columns_panel);
  const int64_t depth = tasks.plan.channel_block, channels = tasks.plan.channels(w, channel_block);
  const SumsLayout layout{w.taps_h * w.taps_w, tasks.panels, columns, depth, w.channels};
  const ImageCopy copy = copy_image(w, block, depth, channel_block * depth, channels);
  float* const packed = thread_scratch(Use::tile, kTilePixels * columns);
  const int64_t tiles = pixel_tiles(w, block);
  const int64_t first_pixel = (block.image * w.out_h + block.row) * w.out_w;
  // The taps of a row are one run of adjacent values if they are adjacent in both the copy and the filter.
  const bool row_is_one =
      !w.skip_padding && w.tap_step_w == 1 && channels == copy.pixel_step &&
      (sums != nullptr || reduction.filter_steps.tap_w == channels * reduction.filter_steps.channel);

  for (int64_t index = 0; index < tiles; ++index) {
    const PixelTile tile = pixel_tile(w, copy, block, index, columns);
    const int64_t pixels = tile.end - tile.begin;
    const int64_t products = (end_panel - first_panel) * w.taps_h * ceil_div(w.taps_w * channels, tile_size.rows);
    Prefetch ahead = prefetch_of(reduction, tasks, block, block_index, end_block, index, tiles,
                                 products * ceil_div(pixels, kPrefetchSteps));
    for (int64_t p = first_panel; p < end_panel; ++p) {
      ColumnsPanel panel;
      panel.n = std::min(columns, reduction.outputs - p * columns);
      pack(reduction.gradient + (first_pixel + tile.begin) * reduction.gradient_pixel_step +
               p * columns * reduction.gradient_channel_step,
           reduction.gradient_pixel_step, reduction.gradient_channel_step, pixels, panel.n, columns, packed);
      panel.a_step = tile.a_step;
      panel.b = packed;
      panel.b_step = tile.b_step;
      panel.prefetch = ahead.lines > 0 ? &ahead : nullptr;
      panel.accumulate = accumulate || index > 0;
      panel.c_step = sums ? columns : reduction.filter_steps.channel;
      float* const c = sums ? sums + layout.offset(channel_block, p, channels)
                            : reduction.filter + channel_block * depth * reduction.filter_steps.channel + p * columns;
      for (int64_t i = 0; i < w.taps_h; ++i) {
        for (int64_t j = 0; j < (row_is_one ? 1 : w.taps_w); ++j) {
          const std::vector<Segment>& segments = tile.of_tap(i * w.taps_w + j);
          panel.a = copy.floats + i * copy.tap_step_h + j * copy.tap_step_w;
          panel.segments = segments.data();
          panel.segment_count = static_cast<int64_t>(segments.size());
          panel.m = row_is_one ? w.taps_w * channels : channels;
          panel.c = sums ? c + (i * w.taps_w + j) * channels * columns
                         : c + i * reduction.filter_steps.tap_h + j * reduction.filter_steps.tap_w;
          multiply(panel);
        }
      }
    }
  }
}

// filter (+)= the sum over all ranges, always added in the same order.
void add_up(const WindowReduction& reduction, const Tasks& tasks, int64_t columns, const float* sums) {
  const Windows& w = reduction.windows;
  const int64_t depth = tasks.plan.channel_block;
  const SumsLayout layout{w.taps_h * w.taps_w, tasks.panels, columns, depth, w.channels};
  const int64_t size = layout.floats();
  parallel_for(layout.taps * w.channels, std::max<int64_t>(1, 8192 / reduction.outputs),
               [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t tap = i / w.channels, channel = i % w.channels, block = channel / depth;
      const int64_t channels = tasks.plan.channels(w, block);
      float* out = reduction.filter + tap / w.taps_w * reduction.filter_steps.tap_h +
                   tap % w.taps_w * reduction.filter_steps.tap_w + channel * reduction.filter_steps.channel;
      for (int64_t p = 0; p < tasks.panels; ++p) {
        const float* from = sums + layout.offset(block, p, channels) + (tap * channels + channel % depth) * columns;
        const int64_t n = std::min(columns, reduction.outputs - p * columns);
        for (int64_t j = 0; j < n; ++j) {
          float total = reduction.accumulate ? out[p * columns + j] : 0;
          for (int64_t s = 0; s < tasks.sums; ++s) total += from[s * size + j];
          out[p * columns + j] = total;
        }
      }
    }
  });
}

// The gradient of the taps that no output reads.
void clear_other_taps(const WindowReduction& reduction, const ReadTaps& read) {
  const Windows& w = reduction.windows;
  const FilterSteps& steps = reduction.filter_steps;
  parallel_for(w.taps_h * w.taps_w * w.channels, std::max<int64_t>(1, 8192 / reduction.outputs),
               [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t channel = i % w.channels, y = i / w.channels / w.taps_w, x = i / w.channels % w.taps_w;
      if (y >= read.first_h && y < read.first_h + read.taps_h && x >= read.first_w && x < read.first_w + read.taps_w) {
        continue;
      }
      std::memset(reduction.filter + y * steps.tap_h + x * steps.tap_w + channel * steps.channel, 0,
                  static_cast<size_t>(reduction.outputs) * sizeof(float));
    }
  });
}

// The reduction without the taps that no output reads.
WindowReduction without_unread_taps(WindowReduction reduction) {
  const ReadTaps read = read_taps(reduction.windows);
  if (!reduction.accumulate) clear_other_taps(reduction, read);
  reduction.windows = with_taps(reduction.windows, read);
  reduction.filter += read.first_h * reduction.filter_steps.tap_h + read.first_w * reduction.filter_steps.tap_w;
  return reduction;
}

// If every pixel is its own window, the rows of all images are one column.
Windows joined(Windows w) {
  const bool is_pixels = w.taps_h == 1 && w.taps_w == 1 && w.step_h == 1 && w.step_w == 1 && w.top == 0 &&
                         w.left == 0 && w.out_h == w.height && w.out_w == w.width;
  if (!is_pixels) return w;
  w.height = w.out_h = w.images * w.height * w.width;
  w.images = w.width = w.out_w = 1;
  return w;
}

}  // namespace

void window_reduction(const WindowReduction& given) {
  WindowReduction reduction = without_unread_taps(given);
  if (winograd_serves(reduction)) return winograd_reduction(reduction);
  reduction.windows = joined(reduction.windows);
  reduction.windows.skip_padding = reduction_skips_padding(reduction.windows);
  const Windows& w = reduction.windows;
  const TileSize tile = FASTTS_BY_ISA(tile_size)();
  const int64_t columns = tile.columns;
  const Tasks tasks = plan_tasks(reduction, columns);
  const SumsLayout layout{w.taps_h * w.taps_w, tasks.panels, columns, tasks.plan.channel_block, w.channels};
  float* const sums = tasks.sums > 1 ? thread_scratch(Use::sums, layout.floats() * tasks.sums) : nullptr;

  parallel_tasks(tasks.count(), [&](int64_t task) {
    const int64_t split = task % tasks.panel_splits,
                  channel_block = task / tasks.panel_splits % tasks.plan.channel_blocks;
    const int64_t stretch = task / tasks.panel_splits / tasks.plan.channel_blocks;
    const int64_t first_block = tasks.plan.blocks * stretch / tasks.sums;
    const int64_t end_block = tasks.plan.blocks * (stretch + 1) / tasks.sums;
    for (int64_t b = first_block; b < end_block; ++b) {
      reduce_block(reduction, tasks, b, end_block, tile, channel_block, tasks.panels * split / tasks.panel_splits,
                   tasks.panels * (split + 1) / tasks.panel_splits, b > first_block || (!sums && reduction.accumulate),
                   sums ? sums + stretch * layout.floats() : nullptr);
    }
  });
  if (sums) add_up(reduction, tasks, columns, sums);
}

}  // namespace fastts
