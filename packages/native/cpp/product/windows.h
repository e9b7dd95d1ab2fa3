#pragma once

#include <cstdint>

#include "micro/epilogue.h"

namespace fastts {

struct Moments;  // moments/moments.h

/// The windows of a convolution on an image [images, height, width, channels].
///
/// Tap (i, j) of output (y, x) reads row y·step_h − top + i·tap_step_h and column x·step_w − left + j·tap_step_w;
/// positions outside the image read as 0. A pixel's channels are adjacent, and pixels are `pixel_step` floats apart.
struct Windows {
  const float* image;
  int64_t images, height, width, channels, pixel_step;
  int64_t taps_h, taps_w, tap_step_h, tap_step_w;
  int64_t step_h, step_w, top, left;
  int64_t out_h, out_w;
  /// Products skip the taps outside the image. Only the direct algorithm reads this, and chooses it
  /// (product/padding.h).
  bool skip_padding = false;
};

/// Steps in floats along each axis of a filter: tap row, tap column, input channel, output channel.
struct FilterSteps {
  int64_t tap_h, tap_w, channel, output;
};

/// out[y, x, n] = epilogue((out[y, x, n] +) Σ windows(y, x, tap, channel) · filter(tap, channel, n)).
///
/// Forward convolutions, input gradients and matrix products all have this form. Output channels are adjacent in
/// `out`. If `moments` is not null, it receives those of `out`, whose pixels must then be contiguous.
struct WindowProduct {
  Windows windows;
  const float* filter;
  FilterSteps filter_steps;
  int64_t outputs;
  float* out;
  int64_t out_image_step, out_row_step, out_pixel_step;
  bool accumulate;
  Epilogue epilogue;
  const Moments* moments;
};

/// The epilogue of the output channels from `column` on.
Epilogue from_column(Epilogue epilogue, int64_t column);

void window_product(const WindowProduct& product);

/// filter(tap, channel, n) (+)= Σ over images, y, x of windows(y, x, tap, channel) · gradient(image, y, x, n).
///
/// Filter gradients and products with a transposed first matrix have this form. gradient's pixels are `pixel_step`
/// floats apart, its images and rows are contiguous, and its channels are `channel_step` apart; `filter_steps.output`
/// is 1.
struct WindowReduction {
  Windows windows;
  const float* gradient;
  int64_t gradient_pixel_step, gradient_channel_step;
  int64_t outputs;
  float* filter;
  FilterSteps filter_steps;
  bool accumulate;
};

void window_reduction(const WindowReduction& reduction);

}  // namespace fastts
