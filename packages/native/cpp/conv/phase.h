#pragma once

#include <cstdint>

#include "conv/conv.h"

namespace fastts {

/// The taps that reach the input positions phase, phase + stride, … along one axis: the input gradient of a strided
/// convolution is, for each phase, a convolution of the output's gradient with stride 1.
///
/// With position = phase + stride·t, tap k reads gradient t + (phase + pad − dilation·k) / stride. The taps are in
/// descending order, so that they read the gradient from left to right.
struct Phase {
  int64_t positions;
  int64_t taps;
  int64_t last_tap, step;  // taps last_tap, last_tap − step, …
  int64_t first;           // gradient position that last_tap reads for t = 0
  int64_t tap_step;        // between the gradient positions of neighboring taps
};

Phase find_phase(int64_t phase, int64_t size, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad);

/// Fills the input positions (phase_h + i·sh, phase_w + j·sw), which no tap reaches, with those of `from` or, if it is
/// null, with zeros.
void fill_phase(const ConvShape& shape, int64_t phase_h, int64_t phase_w, const float* from, float* dx);

}  // namespace fastts
