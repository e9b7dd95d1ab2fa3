// Resizing of images, NHWC.

#include <math.h>
#include <string.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/arguments.h"
#include "kernels/image/pixels.h"
#include "memory/scratch.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

FASTTS_INLINE int64_t input_size(const Args& args, const ImageShape& s) { return args.elements(s.n, s.h, s.w, s.c); }
FASTTS_INLINE int64_t output_size(const Args& args, const ImageShape& s) { return args.elements(s.n, s.oh, s.ow, s.c); }

// An image without pixels can be resized to such an image only.
FASTTS_INLINE void require_pixels(const Args& args, const ImageShape& s) {
  args.require(s.h > 0 && s.w > 0, 2, "of an image with at least one pixel");
}

// Each output pixel is the mean of the whole input pixels that it covers, as in PyTorch's adaptive average pooling.
void area_resize(const Args& args) {
  const ImageShape s = args.numbers<ImageShape>(2, kImageLeast);
  const int64_t n = s.n, h = s.h, w = s.w, c = s.c, oh = s.oh, ow = s.ow;
  const float* image = args.f32(0, input_size(args, s));
  float* y = args.f32(1, output_size(args, s));
  if (output_size(args, s) == 0) return;
  require_pixels(args, s);
  args.elements(h, oh);
  args.elements(w, ow);
  parallel(n * oh, 1, [=](int64_t begin, int64_t end) {
    const Scratch<float> memory(w * c);
    float* const sums = memory.data();
    for (int64_t r = begin; r < end; ++r) {
      const int64_t b = r / oh, oy = r % oh;
      const int64_t top = oy * h / oh, bottom = ((oy + 1) * h + oh - 1) / oh;
      for (int64_t i = 0; i < w * c; ++i) sums[i] = 0.0f;
      for (int64_t iy = top; iy < bottom; ++iy) {
        const float* FASTTS_RESTRICT row = image + (b * h + iy) * w * c;
        for (int64_t i = 0; i < w * c; ++i) sums[i] += row[i];
      }
      for (int64_t ox = 0; ox < ow; ++ox) {
        const int64_t left = ox * w / ow, right = ((ox + 1) * w + ow - 1) / ow;
        float* FASTTS_RESTRICT to = y + (r * ow + ox) * c;
        const float share = 1.0f / static_cast<float>((bottom - top) * (right - left));
        for (int64_t k = 0; k < c; ++k) {
          float sum = 0.0f;
          for (int64_t ix = left; ix < right; ++ix) sum += sums[ix * c + k];
          to[k] = sum * share;
        }
      }
    }
  });
}

// The position of output index `i` between two input indices.
struct Between {
  int64_t low, high;
  float part;
};

FASTTS_INLINE Between between(int64_t i, double scale, bool half_pixel, int64_t size) {
  const double at = half_pixel ? scale * (static_cast<double>(i) + 0.5) - 0.5 : scale * static_cast<double>(i);
  const int64_t low = smaller(size - 1, larger(0, static_cast<int64_t>(floor(at))));
  const int64_t high = smaller(size - 1, static_cast<int64_t>(ceil(at)));
  return Between{low, larger(high, 0), static_cast<float>(at - static_cast<double>(low))};
}

// A scale is the number of input pixels per output pixel.
FASTTS_INLINE void require_scales(const Args& args, const ImageShape& s, double scale_h, double scale_w) {
  args.require(scale_h >= 0 && scale_h <= static_cast<double>(s.h), 3, "a number from 0 to the height of the image");
  args.require(scale_w >= 0 && scale_w <= static_cast<double>(s.w), 4, "a number from 0 to the width of the image");
}

void resize_bilinear(const Args& args) {
  const ImageShape s = args.numbers<ImageShape>(2, kImageLeast);
  const double scale_h = args.number(3), scale_w = args.number(4);
  const bool half_pixel = args.flag(5);
  const float* image = args.f32(0, input_size(args, s));
  float* y = args.f32(1, output_size(args, s));
  const Scratch<Between> memory(s.ow);
  if (output_size(args, s) == 0) return;
  require_pixels(args, s);
  require_scales(args, s, scale_h, scale_w);
  Between* const columns = memory.data();
  for (int64_t ox = 0; ox < s.ow; ++ox) columns[ox] = between(ox, scale_w, half_pixel, s.w);
  parallel(s.n * s.oh, larger(kGrain / 4 / larger(s.ow * s.c, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Between row = between(r % s.oh, scale_h, half_pixel, s.h);
      const float* above = image + (r / s.oh * s.h + row.low) * s.w * s.c;
      const float* below = image + (r / s.oh * s.h + row.high) * s.w * s.c;
      for (int64_t ox = 0; ox < s.ow; ++ox) {
        const Between column = columns[ox];
        const float *a = above + column.low * s.c, *b = above + column.high * s.c;
        const float *c = below + column.low * s.c, *d = below + column.high * s.c;
        float* to = y + (r * s.ow + ox) * s.c;
        if (s.c == 3) {
          blend<3>(a, b, c, d, column.part, row.part, to, s.c);
        } else {
          blend<0>(a, b, c, d, column.part, row.part, to, s.c);
        }
      }
    }
  });
}

void resize_bilinear_grad(const Args& args) {
  const ImageShape s = args.numbers<ImageShape>(2, kImageLeast);
  const double scale_h = args.number(3), scale_w = args.number(4);
  const bool half_pixel = args.flag(5);
  const float* dy = args.f32(0, output_size(args, s));
  float* dx = args.f32(1, input_size(args, s));
  if (output_size(args, s) == 0) {
    memset(dx, 0, sizeof(float) * input_size(args, s));
    return;
  }
  require_pixels(args, s);
  require_scales(args, s, scale_h, scale_w);
  parallel(s.n, 1, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      float* picture = dx + b * s.h * s.w * s.c;
      memset(picture, 0, sizeof(float) * s.h * s.w * s.c);
      for (int64_t oy = 0; oy < s.oh; ++oy) {
        const Between row = between(oy, scale_h, half_pixel, s.h);
        for (int64_t ox = 0; ox < s.ow; ++ox) {
          const Between column = between(ox, scale_w, half_pixel, s.w);
          const float* gradient = dy + ((b * s.oh + oy) * s.ow + ox) * s.c;
          float* above = picture + row.low * s.w * s.c;
          float* below = picture + row.high * s.w * s.c;
          const int64_t left = column.low * s.c, right = column.high * s.c;
          const float bottom = row.part, top = 1.0f - bottom, east = column.part, west = 1.0f - east;
          for (int64_t k = 0; k < s.c; ++k) {
            above[left + k] += gradient[k] * top * west;
            above[right + k] += gradient[k] * top * east;
            below[left + k] += gradient[k] * bottom * west;
            below[right + k] += gradient[k] * bottom * east;
          }
        }
      }
    }
  });
}

const KernelEntry kTable[] = {
    {"areaResize", "image, y, shape", area_resize},
    {"resizeBilinear", "image, y, shape, scaleH, scaleW, halfPixelCenters", resize_bilinear},
    {"resizeBilinearGrad", "dy, dx, shape, scaleH, scaleW, halfPixelCenters", resize_bilinear_grad},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* image_resize_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
