#pragma once

// The numbers that kernels take by name, such as `ConvShape` (conv/conv.h), and the least value of each.

#include <cstdint>

#include "addon/kernel.h"
#include "named_numbers.h"

namespace fastts {

/// Sizes of the input and output images, NHWC.
FASTTS_NUMBERS(ImageShape, int64_t, n, h, w, c, oh, ow);
constexpr int64_t kImageLeast[] = {0, 0, 0, 0, 0, 0};

/// Windows of kh × kw adjacent pixels, as in a ConvShape, on each channel.
FASTTS_NUMBERS(PoolShape, int64_t, n, ih, iw, c, oh, ow, kh, kw, sh, sw, pt, pl);
constexpr int64_t kPoolLeast[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, -kMostElements, -kMostElements};

/// c [batch, m, n] from a and b, whose matrices are a stride apart; a stride of 0 uses one matrix for all.
FASTTS_NUMBERS(MatMulShape, int64_t, batch, m, n, k, transpose_a, transpose_b, stride_a, stride_b);
constexpr int64_t kMatMulLeast[] = {0, 0, 0, 0, 0, 0, 0, 0};

/// y [batch, outer, count, width] from x [batch, outer, size, width] and indices [batch, count].
FASTTS_NUMBERS(GatherShape, int64_t, batch, outer, size, count, width);
constexpr int64_t kGatherLeast[] = {0, 0, 0, 0, 0};

/// An image's size, and the box of it that is used.
FASTTS_NUMBERS(BoxedPicture, int64_t, height, width, box_left, box_top, box_width, box_height);
constexpr int64_t kBoxedLeast[] = {1, 1, 0, 0, 1, 1};

/// How the boxes of a batch become images: resized to height × width; that part reduced by averaging to the shrunk
/// size; the result sampled to the output's size.
FASTTS_NUMBERS(PicturePlan, int64_t, channels, height, width, part_left, part_top, part_width, part_height,
               shrunk_height, shrunk_width, out_height, out_width, outside, sampling);
constexpr int64_t kPlanLeast[] = {1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0};

/// How a coordinate outside the image is handled.
FASTTS_CHOICES(Outside, fill, border, reflection, symmetric, wrap);

/// `nearest_even` rounds halves to even, as PyTorch does; `nearest_up` rounds them up, as TensorFlow.js does.
FASTTS_CHOICES(Sampling, bilinear, nearest_even, nearest_up);

FASTTS_NUMBERS(AdamStep, double, lr, mom, sqr_mom, eps, wd, decoupled, step);
FASTTS_NUMBERS(SgdStep, double, lr, mom, wd, decoupled);

}  // namespace fastts
