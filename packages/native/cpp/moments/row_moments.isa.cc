#include "moments/row_moments.h"

#include "isa/inline.h"

namespace fastts {
namespace FASTTS_ISA_NS {

constexpr int64_t kColumns = 256;  // columns whose sums stay in the first-level cache
constexpr int64_t kBlock = 32;     // additions in single precision before a sum moves to double

// Sums of differences from an estimate of the mean, so that squares do not cancel, accumulated in double across blocks.
void row_moments(const float* x, int64_t rows, int64_t row_step, int64_t width, const MomentSums& into) {
  for (int64_t at = 0; at < width; at += kColumns) {
    const int64_t n = smaller(kColumns, width - at);
    float estimate[kColumns], sums[kColumns], squares[kColumns];
    double all_sums[kColumns], all_squares[kColumns];
    const int64_t sampled = smaller(rows, 8);
    for (int64_t i = 0; i < n; ++i) estimate[i] = 0;
    for (int64_t r = 0; r < sampled; ++r) {
      for (int64_t i = 0; i < n; ++i) estimate[i] += x[r * row_step + at + i];
    }
    const float share = 1.0f / static_cast<float>(sampled);
    for (int64_t i = 0; i < n; ++i) estimate[i] *= share, all_sums[i] = 0, all_squares[i] = 0;
    for (int64_t r = 0; r < rows;) {
      for (int64_t i = 0; i < n; ++i) sums[i] = 0, squares[i] = 0;
      const int64_t end = smaller(r + kBlock, rows);
      for (; r < end; ++r) {
        const float* FASTTS_RESTRICT row = x + r * row_step + at;
        for (int64_t i = 0; i < n; ++i) {
          const float difference = row[i] - estimate[i];
          sums[i] += difference;
          squares[i] += difference * difference;
        }
      }
      for (int64_t i = 0; i < n; ++i) all_sums[i] += sums[i], all_squares[i] += squares[i];
    }
    const double count = static_cast<double>(rows);
    for (int64_t i = 0; i < n; ++i) {
      into.mean[at + i] = estimate[i] + all_sums[i] / count;
      into.deviation[at + i] = all_squares[i] - all_sums[i] * all_sums[i] / count;
    }
  }
}

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
