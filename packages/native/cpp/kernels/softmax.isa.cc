// Softmax and its logarithm over rows.

#include <math.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/vector_math.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

constexpr int64_t kLanes = 16;

FASTTS_INLINE float largest(const float* x, int64_t n) {
  float most = x[0];
  for (int64_t i = 1; i < n; ++i) most = x[i] > most || x[i] != x[i] ? x[i] : most;
  return most;
}

FASTTS_INLINE double total(const float* x, int64_t n) {
  double lanes[kLanes] = {0};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t l = 0; l < kLanes; ++l) lanes[l] += x[i + l];
  }
  double all = 0;
  for (double lane : lanes) all += lane;
  for (; i < n; ++i) all += x[i];
  return all;
}

void row_softmax(const float* FASTTS_RESTRICT x, float* FASTTS_RESTRICT y, int64_t n) {
  const float most = largest(x, n);
  for (int64_t i = 0; i < n; ++i) y[i] = exp_of(x[i] - most);
  const float scale = static_cast<float>(1.0 / total(y, n));
  for (int64_t i = 0; i < n; ++i) y[i] *= scale;
}

void row_log_softmax(const float* FASTTS_RESTRICT x, float* FASTTS_RESTRICT y, int64_t n) {
  const float most = largest(x, n);
  for (int64_t i = 0; i < n; ++i) y[i] = exp_of(x[i] - most);
  const float log_total = static_cast<float>(log(total(y, n)));
  for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - most) - log_total;
}

template <void (*Row)(const float*, float*, int64_t)>
void rows(const Args& args) {
  const int64_t n = args.length(1), width = args.integer(2, 0);
  const float* x = args.f32(0, n);
  float* y = args.f32(1, n);
  if (n == 0) return;
  args.require(width > 0 && n % width == 0, 2, "a divisor of the length of `y`");
  parallel(n / width, larger(kGrain / 8 / width, 1), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) Row(x + r * width, y + r * width, width);
  });
}

const KernelEntry kTable[] = {
    {"softmax", "x, y, width", rows<row_softmax>},
    {"logSoftmax", "x, y, width", rows<row_log_softmax>},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* softmax_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
