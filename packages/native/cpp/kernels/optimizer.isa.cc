// One optimiser step of one parameter in one pass. The formulas are fastai 2.8's (fastai/optimizer.py).

#include "kernel_isa.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

// adamStep(param, grad, avg, sqrAvg, newParam, newAvg, newSqrAvg, lr, mom, sqrMom, eps, wd, decoupled, step)
void adam_step(const Args& args) {
  const int64_t n = length(args, 0);
  const float* param = f32(args, 0, n);
  const float* grad = f32(args, 1, n);
  const float* avg = f32(args, 2, n);
  const float* sqr_avg = f32(args, 3, n);
  float* new_param = f32(args, 4, n);
  float* new_avg = f32(args, 5, n);
  float* new_sqr_avg = f32(args, 6, n);
  const double lr = number(args, 7), mom = number(args, 8), sqr_mom = number(args, 9), wd = number(args, 11);
  const bool decoupled = number(args, 12) != 0;
  const double step = number(args, 13);
  const float eps = static_cast<float>(number(args, 10));
  const float decay = decoupled ? static_cast<float>(1.0 - lr * wd) : 1.0f;
  const float l2 = decoupled ? 0.0f : static_cast<float>(wd);
  const float keep = static_cast<float>(mom), take = static_cast<float>(1.0 - mom);
  const float sqr_keep = static_cast<float>(sqr_mom), sqr_take = static_cast<float>(1.0 - sqr_mom);
  const float rate = static_cast<float>(lr / (1.0 - pow(mom, step)));
  const float debias = static_cast<float>(1.0 / (1.0 - pow(sqr_mom, step)));
  parallel(n, kGrain / 2, [=](int64_t begin, int64_t end) {
    const float* FASTTS_RESTRICT p = param;
    const float* FASTTS_RESTRICT g = grad;
    const float* FASTTS_RESTRICT a = avg;
    const float* FASTTS_RESTRICT s = sqr_avg;
    float* FASTTS_RESTRICT to_p = new_param;
    float* FASTTS_RESTRICT to_a = new_avg;
    float* FASTTS_RESTRICT to_s = new_sqr_avg;
    for (int64_t i = begin; i < end; ++i) {
      const float gradient = g[i] + l2 * p[i];
      const float average = a[i] * keep + gradient * take;
      const float square = s[i] * sqr_keep + gradient * gradient * sqr_take;
      to_a[i] = average;
      to_s[i] = square;
      to_p[i] = p[i] * decay - rate * average / (sqrtf(square * debias) + eps);
    }
  });
}

// sgdStep(param, grad, avg or null, newParam, newAvg or null, lr, mom, wd, decoupled)
void sgd_step(const Args& args) {
  const int64_t n = length(args, 0);
  const float* param = f32(args, 0, n);
  const float* grad = f32(args, 1, n);
  const float* avg = f32_or_null(args, 2, n);
  float* new_param = f32(args, 3, n);
  float* new_avg = avg ? f32(args, 4, n) : nullptr;
  const double lr = number(args, 5), wd = number(args, 7);
  const bool decoupled = number(args, 8) != 0;
  const float rate = static_cast<float>(lr), keep = static_cast<float>(number(args, 6));
  const float decay = decoupled ? static_cast<float>(1.0 - lr * wd) : 1.0f;
  const float l2 = decoupled ? 0.0f : static_cast<float>(wd);
  parallel(n, kGrain / 2, [=](int64_t begin, int64_t end) {
    const float* FASTTS_RESTRICT p = param;
    const float* FASTTS_RESTRICT g = grad;
    float* FASTTS_RESTRICT to_p = new_param;
    if (!avg) {
      for (int64_t i = begin; i < end; ++i) to_p[i] = p[i] * decay - rate * (g[i] + l2 * p[i]);
      return;
    }
    const float* FASTTS_RESTRICT a = avg;
    float* FASTTS_RESTRICT to_a = new_avg;
    for (int64_t i = begin; i < end; ++i) {
      const float average = a[i] * keep + (g[i] + l2 * p[i]);
      to_a[i] = average;
      to_p[i] = p[i] * decay - rate * average;
    }
  });
}

const KernelEntry kTable[] = {{"adamStep", adam_step}, {"sgdStep", sgd_step}, {nullptr, nullptr}};

}  // namespace

const KernelEntry* optimizer_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
