// One optimizer step of one parameter in one pass. The formulas are fastai 2.8's (fastai/optimizer.py).

#include <math.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/arguments.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

struct Adam {
  float rate, keep, take, sqr_keep, sqr_take, debias, eps, decay, l2;
};

FASTTS_INLINE void adam_range(const Adam& by, int64_t n, const float* p, const float* g, const float* a, const float* s,
                              float* to_p, float* to_a, float* to_s) {
  const Adam of = by;
  for (int64_t i = 0; i < n; ++i) {
    const float gradient = g[i] + of.l2 * p[i];
    const float average = a[i] * of.keep + gradient * of.take;
    const float square = s[i] * of.sqr_keep + gradient * gradient * of.sqr_take;
    to_a[i] = average;
    to_s[i] = square;
    to_p[i] = p[i] * of.decay - of.rate * average / (sqrtf(square * of.debias) + of.eps);
  }
}

// In place if all three new arrays are the old ones.
void adam_step(const Args& args) {
  const int64_t n = args.length(0);
  const float* param = args.f32(0, n);
  const float* grad = args.f32(1, n);
  const float* avg = args.f32(2, n);
  const float* sqr_avg = args.f32(3, n);
  float* new_param = args.f32(4, n);
  float* new_avg = args.f32(5, n);
  float* new_sqr_avg = args.f32(6, n);
  args.require(new_param != param || (new_avg == avg && new_sqr_avg == sqr_avg), 5,
               "`avg` where `newParam` is `param`");
  const AdamStep s = args.numbers<AdamStep>(7);
  Adam by;
  by.eps = static_cast<float>(s.eps);
  by.decay = s.decoupled ? static_cast<float>(1.0 - s.lr * s.wd) : 1.0f;
  by.l2 = s.decoupled ? 0.0f : static_cast<float>(s.wd);
  by.keep = static_cast<float>(s.mom), by.take = static_cast<float>(1.0 - s.mom);
  by.sqr_keep = static_cast<float>(s.sqr_mom), by.sqr_take = static_cast<float>(1.0 - s.sqr_mom);
  by.rate = static_cast<float>(s.lr / (1.0 - pow(s.mom, s.step)));
  by.debias = static_cast<float>(1.0 / (1.0 - pow(s.sqr_mom, s.step)));
  parallel(n, kGrain / 2, [=](int64_t begin, int64_t end) {
    const float* FASTTS_RESTRICT g = grad + begin;
    float* FASTTS_RESTRICT to_p = new_param + begin;
    float* FASTTS_RESTRICT to_a = new_avg + begin;
    float* FASTTS_RESTRICT to_s = new_sqr_avg + begin;
    if (new_param == param) {
      adam_range(by, end - begin, to_p, g, to_a, to_s, to_p, to_a, to_s);
    } else {
      const float* FASTTS_RESTRICT p = param + begin;
      const float* FASTTS_RESTRICT a = avg + begin;
      const float* FASTTS_RESTRICT s = sqr_avg + begin;
      adam_range(by, end - begin, p, g, a, s, to_p, to_a, to_s);
    }
  });
}

struct Sgd {
  float rate, keep, decay, l2;
};

FASTTS_INLINE void sgd_range(const Sgd& by, int64_t n, const float* p, const float* g, float* to_p) {
  const Sgd of = by;
  for (int64_t i = 0; i < n; ++i) to_p[i] = p[i] * of.decay - of.rate * (g[i] + of.l2 * p[i]);
}

FASTTS_INLINE void momentum_range(const Sgd& by, int64_t n, const float* p, const float* g, const float* a, float* to_p,
                                  float* to_a) {
  const Sgd of = by;
  for (int64_t i = 0; i < n; ++i) {
    const float average = a[i] * of.keep + (g[i] + of.l2 * p[i]);
    to_a[i] = average;
    to_p[i] = p[i] * of.decay - of.rate * average;
  }
}

// In place if all new arrays are the old ones. Without momentum, avg and newAvg are null.
void sgd_step(const Args& args) {
  const int64_t n = args.length(0);
  const float* param = args.f32(0, n);
  const float* grad = args.f32(1, n);
  const float* avg = args.f32_or_null(2, n);
  float* new_param = args.f32(3, n);
  float* new_avg = args.f32_or_null(4, n);
  args.require(!avg == !new_avg, 4, "given if and only if `avg` is");
  args.require(new_param != param || new_avg == avg, 4, "`avg` where `newParam` is `param`");
  const SgdStep s = args.numbers<SgdStep>(5);
  Sgd by;
  by.rate = static_cast<float>(s.lr), by.keep = static_cast<float>(s.mom);
  by.decay = s.decoupled ? static_cast<float>(1.0 - s.lr * s.wd) : 1.0f;
  by.l2 = s.decoupled ? 0.0f : static_cast<float>(s.wd);
  parallel(n, kGrain / 2, [=](int64_t begin, int64_t end) {
    const int64_t count = end - begin;
    const float* FASTTS_RESTRICT g = grad + begin;
    float* FASTTS_RESTRICT to_p = new_param + begin;
    float* FASTTS_RESTRICT to_a = avg ? new_avg + begin : nullptr;
    if (new_param == param) {
      if (avg) {
        momentum_range(by, count, to_p, g, to_a, to_p, to_a);
      } else {
        sgd_range(by, count, to_p, g, to_p);
      }
    } else {
      const float* FASTTS_RESTRICT p = param + begin;
      const float* FASTTS_RESTRICT a = avg ? avg + begin : nullptr;
      if (avg) {
        momentum_range(by, count, p, g, a, to_p, to_a);
      } else {
        sgd_range(by, count, p, g, to_p);
      }
    }
  });
}

const KernelEntry kTable[] = {
    {"adamStep", "param, grad, avg, sqrAvg, newParam, newAvg, newSqrAvg, step", adam_step},
    {"sgdStep", "param, grad, avg, newParam, newAvg, step", sgd_step},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* optimizer_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
