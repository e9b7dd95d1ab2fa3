#pragma once

// The numbers that kernels take by name, such as `ConvShape` (conv/conv.h).

#include <cstdint>

#include "named_numbers.h"

namespace fastts {

/// Sizes of the input and output images, NHWC.
FASTTS_NUMBERS(ImageShape, int64_t, n, h, w, c, oh, ow);

/// Windows of kh × kw pixels, as in a ConvShape, on each channel.
FASTTS_NUMBERS(PoolShape, int64_t, n, ih, iw, c, oh, ow, kh, kw, sh, sw, dh, dw, pt, pl);

/// c [batch, m, n] from a and b, whose matrices are a stride apart; a stride of 0 uses one matrix for all.
FASTTS_NUMBERS(MatMulShape, int64_t, batch, m, n, k, transpose_a, transpose_b, stride_a, stride_b);

/// y [batch, outer, count, width] from x [batch, outer, size, width] and indices [batch, count].
FASTTS_NUMBERS(GatherShape, int64_t, batch, outer, size, count, width);

/// An image's size, and the box of it that is used.
FASTTS_NUMBERS(BoxedPicture, int64_t, height, width, box_left, box_top, box_width, box_height);

/// How the boxes of a batch become images: resized to height × width; that part reduced by averaging to the shrunk
/// size; the result sampled to the output's size.
FASTTS_NUMBERS(PicturePlan, int64_t, channels, height, width, part_left, part_top, part_width, part_height,
               shrunk_height, shrunk_width, out_height, out_width, outside, sampling);

/// How a coordinate outside the image is handled.
FASTTS_CHOICES(Outside, fill, border, reflection, symmetric, wrap);

/// `nearest_even` rounds halves to even, as PyTorch does; `nearest_up` rounds them up, as TensorFlow.js does.
FASTTS_CHOICES(Sampling, bilinear, nearest_even, nearest_up);

FASTTS_NUMBERS(AdamStep, double, lr, mom, sqr_mom, eps, wd, decoupled, step);
FASTTS_NUMBERS(SgdStep, double, lr, mom, wd, decoupled);

}  // namespace fastts
