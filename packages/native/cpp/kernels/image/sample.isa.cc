// Images, NHWC, sampled under a projective map.

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/arguments.h"
#include "kernels/image/sample_row.h"
#include "memory/scratch.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

// projectiveSample(image, matrices, y, ImageShape, outside, sampling, fill, whether one matrix serves all images)
void projective_sample(const Args& args) {
  const ImageShape s = numbers<ImageShape>(args, 3);
  const int64_t n = s.n, h = s.h, w = s.w, c = s.c, oh = s.oh, ow = s.ow;
  const Outside outside = static_cast<Outside>(integer(args, 4));
  const Sampling sampling = static_cast<Sampling>(integer(args, 5));
  const float fill = static_cast<float>(number(args, 6));
  const int64_t step = integer(args, 7) ? 0 : 8;
  const float* image = f32(args, 0, n * h * w * c);
  const float* matrices = f32(args, 1, step ? n * 8 : 8);
  float* y = f32(args, 2, n * oh * ow * c);
  const SampleRow sample = row_sampler(outside, c);
  const Scratch<float> memory(c);
  float* const fills = memory.data();
  for (int64_t i = 0; i < c; ++i) fills[i] = fill;
  parallel(n * oh, larger(kGrain / 8 / larger(ow * c, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t b = r / oh;
      const Picture picture{image + b * h * w * c, h, w, c};
      sample(picture, matrices + b * step, r % oh, ow, sampling, fills, y + r * ow * c);
    }
  });
}

const KernelEntry kTable[] = {{"projectiveSample", projective_sample}, {nullptr, nullptr}};

}  // namespace

const KernelEntry* image_sample_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
