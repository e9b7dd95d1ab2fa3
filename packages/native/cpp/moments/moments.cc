#include "moments/moments.h"

#include "parallel/parallel.h"

namespace fastts {

PartMoments::PartMoments(int64_t parts, int64_t channels)
    : channels_(channels), pixels_(static_cast<size_t>(parts)), sums_(parts * 2 * channels) {}

void PartMoments::take(int64_t part, int64_t channel, int64_t width, const float* x, int64_t pixels,
                       int64_t pixel_step) {
  if (channel == 0) pixels_[static_cast<size_t>(part)] = pixels;
  double* const mean = sums_.data() + part * 2 * channels_ + channel;
  FASTTS_BY_ISA(row_moments)(x, pixels, pixel_step, width, {mean, mean + channels_});
}

void PartMoments::join(const Moments& into) const {
  parallel_for(channels_, 256, [&](int64_t begin, int64_t end) {
    std::vector<double> means(static_cast<size_t>(end - begin)), deviations(means.size());
    double count = 0;
    for (int64_t part = 0; part < static_cast<int64_t>(pixels_.size()); ++part) {
      const double pixels = static_cast<double>(pixels_[static_cast<size_t>(part)]), joined = count + pixels;
      const double share = pixels / joined, weight = count * share;
      const double *mean_of = mean(part) + begin, *deviation_of = mean_of + channels_;
      for (size_t i = 0; i < means.size(); ++i) {
        const double difference = mean_of[i] - means[i];
        means[i] += difference * share;
        deviations[i] += deviation_of[i] + difference * difference * weight;
      }
      count = joined;
    }
    for (size_t i = 0; i < means.size(); ++i) {
      into.mean[begin + static_cast<int64_t>(i)] = static_cast<float>(means[i]);
      into.variance[begin + static_cast<int64_t>(i)] = static_cast<float>(deviations[i] / count);
    }
  });
}

}  // namespace fastts
