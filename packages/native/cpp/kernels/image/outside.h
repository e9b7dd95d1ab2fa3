#pragma once

// Maps a coordinate outside an image to a pixel.

#include <math.h>

#include "isa/inline.h"
#include "kernels/arguments.h"

namespace fastts {

FASTTS_INLINE float clamped(float x, float size) {
  const float most = size - 1.0f;
  const float raised = x > 0.0f ? x : 0.0f;  // NaN becomes 0
  return raised < most ? raised : most;
}

// About the centers of the border's pixels, as PyTorch's grid_sample with align_corners does.
FASTTS_INLINE float reflected(float x, float size) {
  const float span = size - 1.0f;
  if (span <= 0.0f) return 0.0f;
  const float distance = fabsf(x);
  const float turns = floorf(distance / span);
  const float rest = distance - turns * span;
  const bool odd = turns - 2.0f * floorf(turns * 0.5f) != 0.0f;
  return clamped(odd ? span - rest : rest, size);
}

// About the image's edge: [dcba|abcd|dcba].
FASTTS_INLINE float mirrored(float x, float size) {
  if (size <= 1.0f) return 0.0f;
  const float period = 2.0f * size;
  if (x < 0.0f) {
    x = period * truncf(-x / period) + x;
    x = x < -size ? x + period : -x - 1.0f;
  } else if (x > size - 1.0f) {
    x -= period * truncf(x / period);
    x = x >= size ? period - x - 1.0f : x;
  }
  return clamped(x, size);
}

FASTTS_INLINE float wrapped(float x, float size) {
  if (size <= 1.0f) return 0.0f;
  const float period = size - 1.0f;
  if (x < 0.0f) {
    x += size * (truncf(-x / period) + 1.0f);
  } else if (x > period) {
    x -= size * truncf(x / period);
  }
  return clamped(x, size);
}

template <Outside outside>
FASTTS_INLINE float mapped(float x, float size) {
  switch (outside) {
    case Outside::border:
      return clamped(x, size);
    case Outside::reflection:
      return reflected(x, size);
    case Outside::symmetric:
      return mirrored(x, size);
    case Outside::wrap:
      return wrapped(x, size);
    default:
      // Far outside is equivalent to just outside, and fits an integer; NaN is outside too.
      x = x > -2.0f ? x : -2.0f;
      return x < size + 1.0f ? x : size + 1.0f;
  }
}

}  // namespace fastts
