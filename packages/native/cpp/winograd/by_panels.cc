#include <vector>

#include "memory/scratch.h"
#include "moments/moments.h"
#include "parallel/parallel.h"
#include "winograd/tiles.h"

namespace fastts {
namespace {

// Channels whose points of a panel stay in the second-level cache.
constexpr int64_t kChannels = 128;

int64_t panels_of(int64_t outputs) { return ceil_div(outputs, FASTTS_BY_ISA(tile_size)().columns); }

// The input's points for all tiles.
float* input_points(const Windows& w, const Tiles& tiles, const PointsLayout& layout) {
  const auto transform = FASTTS_BY_ISA(winograd_input);
  float* const points = thread_scratch(Use::image, layout.floats());
  parallel_for(tiles.count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      transform(input_patch(w, tiles, i), w.channels, {points + i * layout.tile_step, layout.point_step});
    }
  });
  return points;
}

void product_by_panels(const WindowProduct& product) {
  const Windows& w = product.windows;
  const auto transform_out = FASTTS_BY_ISA(winograd_output);
  const auto multiply = FASTTS_BY_ISA(rows_panel);
  const Tiles tiles(w);
  const PointsLayout inputs(tiles.count, w.channels);
  const float* const in = input_points(w, tiles, inputs);
  const int64_t columns = FASTTS_BY_ISA(tile_size)().columns, panels = panels_of(product.outputs);
  const PointsLayout outputs(tiles.count, columns);
  std::vector<int64_t> input_rows, output_rows;
  for (int64_t i = 0; i < tiles.count; ++i) {
    input_rows.push_back(i * inputs.tile_step);
    output_rows.push_back(i * outputs.tile_step);
  }
  PartMoments moments(product.moments ? 1 : 0, product.outputs);

  parallel_tasks(panels, [&](int64_t p) {
    const int64_t first_output = p * columns, count = std::min(columns, product.outputs - first_output);
    const int64_t filter_step = std::min(kChannels, w.channels) * columns + kStagger;
    float* const filter = thread_scratch(Use::panels, kWinogradPoints * filter_step);
    float* const out = thread_scratch(Use::tile, outputs.floats());
    for (int64_t channel = 0; channel < w.channels; channel += kChannels) {
      const int64_t channels = std::min(kChannels, w.channels - channel);
      for (int64_t c = 0; c < channels; c += kFilterChannels) {
        transform_filter(product, p, channel + c, std::min(kFilterChannels, channels - c),
                         {filter + c * columns, filter_step});
      }
      const Segment these_channels{channel, 0, channels};
      RowsPanel panel = {};
      panel.a_rows = input_rows.data();
      panel.m = tiles.count;
      panel.segments = &these_channels;
      panel.segment_count = 1;
      panel.c_rows = output_rows.data();
      panel.n = count;
      panel.accumulate = channel > 0;
      for (int64_t point = 0; point < kWinogradPoints; ++point) {
        panel.a = in + point * inputs.point_step;
        panel.b = filter + point * filter_step;
        panel.c = out + point * outputs.point_step;
        multiply(panel);
      }
    }
    for (int64_t i = 0; i < tiles.count; ++i) {
      transform_out({out + i * outputs.tile_step, outputs.point_step}, count,
                    output_tile(product, tiles, i, first_output));
    }
    if (product.moments) {
      moments.take(0, first_output, count, product.out + first_output, w.images * w.out_h * w.out_w,
                   product.out_pixel_step);
    }
  });
  if (product.moments) moments.join(*product.moments);
}

void reduction_by_panels(const WindowReduction& reduction) {
  const Windows& w = reduction.windows;
  const auto transform_gradient = FASTTS_BY_ISA(winograd_gradient);
  const auto multiply = FASTTS_BY_ISA(columns_panel);
  const Tiles tiles(w);
  const PointsLayout inputs(tiles.count, w.channels), outputs(tiles.count, reduction.outputs);
  const float* const in = input_points(w, tiles, inputs);
  float* const out = thread_scratch(Use::panels, outputs.floats());
  parallel_for(tiles.count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      transform_gradient(gradient_patch(reduction, tiles, i, 0), reduction.outputs,
                         {out + i * outputs.tile_step, outputs.point_step});
    }
  });

  const int64_t columns = FASTTS_BY_ISA(tile_size)().columns, stretches = ceil_div(w.channels, kChannels);
  const Segment all_tiles{0, 0, tiles.count};
  parallel_tasks(panels_of(reduction.outputs) * stretches, [&](int64_t task) {
    const int64_t p = task / stretches, channel = task % stretches * kChannels;
    const int64_t channels = std::min(kChannels, w.channels - channel);
    const int64_t filter_step = channels * columns + kStagger;
    float* const filter = thread_scratch(Use::sums, kWinogradPoints * filter_step);
    ColumnsPanel panel = {};
    panel.a_step = inputs.tile_step;
    panel.m = channels;
    panel.segments = &all_tiles;
    panel.segment_count = 1;
    panel.b_step = outputs.tile_step;
    panel.c_step = columns;
    panel.n = std::min(columns, reduction.outputs - p * columns);
    for (int64_t point = 0; point < kWinogradPoints; ++point) {
      panel.a = in + point * inputs.point_step + channel;
      panel.b = out + point * outputs.point_step + p * columns;
      panel.c = filter + point * filter_step;
      multiply(panel);
    }
    for (int64_t c = 0; c < channels; c += kFilterChannels) {
      transform_filter_gradient(reduction, p, channel + c, std::min(kFilterChannels, channels - c),
                                {filter + c * columns, filter_step}, 1, 0);
    }
  });
}

// `panel`: the transforms and products of one panel. The result is one thread's share over all panels.
double panels_time(const Windows& w, int64_t outputs, double output_time) {
  const int64_t tiles = Tiles(w).count, columns = FASTTS_BY_ISA(tile_size)().columns, panels = panels_of(outputs);
  const double threads = static_cast<double>(available_threads());
  // A row of c is loaded and stored for each range of channels or tiles.
  const double products = static_cast<double>(kWinogradPoints * w.channels * (tiles + 12));
  const double panel =
      products + transform_time(w.channels * columns, kFilterTime) + transform_time(tiles * columns, output_time);
  return panel * static_cast<double>(ceil_div(panels, available_threads())) +
         transform_time(tiles * w.channels, kInputTime) / threads;
}

double product_time(const Windows& w, int64_t outputs) { return panels_time(w, outputs, kOutputTime); }

double reduction_time(const Windows& w, int64_t outputs) { return panels_time(w, outputs, kGradientTime); }

}  // namespace

const WinogradOrder winograd_by_panels{product_time, reduction_time, product_by_panels, reduction_by_panels};

}  // namespace fastts
