#pragma once

#include <cstdint>

#include "conv/conv.h"
#include "isa/isa.h"

namespace fastts {

/// Whether each output channel depends on one of several input channels: the case that the functions below handle.
bool is_depthwise(const ConvShape& shape);

void depthwise_forward(const ConvShape& shape, const float* x, const float* w, const float* bias, Activation activation,
                       float* y);
void depthwise_input_grad(const ConvShape& shape, const float* dy, const float* w, float* dx);
void depthwise_filter_grad(const ConvShape& shape, const float* x, const float* dy, float* dw);

/// A row of windows on a padded image and the corresponding filter, all steps in floats. Channels are adjacent.
struct DepthwiseRow {
  const float* image;  // the first tap of the first output
  int64_t output_step, tap_step_h, tap_step_w;
  int64_t taps_h, taps_w, channels, outputs;
  int64_t filter_step_h, filter_step_w;
};

/// out[x, c] = activation(Σ_taps image · filter + bias); bias may be null.
FASTTS_PER_ISA(void, depthwise_row,
               (const DepthwiseRow& row, const float* filter, const float* bias, Activation activation, float* out,
                int64_t out_step))

/// filter[tap, c] += Σ_x image · gradient[x, c].
FASTTS_PER_ISA(void, depthwise_row_grad,
               (const DepthwiseRow& row, const float* gradient, int64_t gradient_step, float* filter))

}  // namespace fastts
