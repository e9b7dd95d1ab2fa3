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

// `isOneForAll`: one matrix of eight numbers serves all images.
void projective_sample(const Args& args) {
  const ImageShape s = args.numbers<ImageShape>(3, kImageLeast);
  const int64_t n = s.n, h = s.h, w = s.w, c = s.c, oh = s.oh, ow = s.ow;
  const Outside outside = args.choice<Outside>(4, kOutsideNames);
  const Sampling sampling = args.choice<Sampling>(5, kSamplingNames);
  const float fill = static_cast<float>(args.number(6));
  const int64_t step = args.flag(7) ? 0 : 8, outputs = args.elements(n, oh, ow, c);
  const float* image = args.f32(0, args.elements(n, h, w, c));
  const float* matrices = args.f32(1, step ? args.elements(n, step) : 8);
  float* y = args.f32(2, outputs);
  if (outputs == 0) return;
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

const KernelEntry kTable[] = {
    {"projectiveSample", "image, matrices, y, shape, outside, sampling, fill, isOneForAll", projective_sample},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* image_sample_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
