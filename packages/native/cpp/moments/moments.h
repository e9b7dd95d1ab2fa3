#pragma once

#include <cstdint>
#include <vector>

#include "memory/scratch.h"
#include "moments/row_moments.h"

namespace fastts {

/// Mean and biased variance of each channel.
struct Moments {
  float *mean, *variance;
};

/// Collects the moments of parts of the pixels, computed while these are cached, and merges them.
///
/// Parts merge exactly, always in the same order (Chan, Golub and LeVeque 1979).
class PartMoments {
 public:
  PartMoments(int64_t parts, int64_t channels);

  /// Computes the moments of `width` channels, from `channel` on, of a part's pixels. Several threads may call at once.
  void take(int64_t part, int64_t channel, int64_t width, const float* x, int64_t pixels, int64_t pixel_step);

  void join(const Moments& into) const;

 private:
  const double* mean(int64_t part) const { return sums_.data() + part * 2 * channels_; }

  int64_t channels_;
  std::vector<int64_t> pixels_;  // of each part
  Scratch<double> sums_;         // of each part: means, then deviations
};

}  // namespace fastts
