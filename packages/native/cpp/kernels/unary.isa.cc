// Element-wise kernels of one array.

#include <math.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/vector_math.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

struct Parameters {
  float a, b;
};

#define FASTTS_UNARY(name, expression)                                                     \
  struct name {                                                                            \
    FASTTS_INLINE float of(float x, const Parameters& p) { return (void)p, (expression); } \
  };

// NaN stays NaN in all of these but Sign: comparisons with it are false.
FASTTS_UNARY(Abs, fabsf(x))
FASTTS_UNARY(Ceil, ceilf(x))
FASTTS_UNARY(Clip, x > p.b ? p.b : (x < p.a ? p.a : x))
FASTTS_UNARY(Cos, cosf(x))
FASTTS_UNARY(Elu, x >= 0.0f ? x : expm1_of(x))
FASTTS_UNARY(Erf, erf_of(x))
FASTTS_UNARY(Exp, exp_of(x))
FASTTS_UNARY(Expm1, expm1_of(x))
FASTTS_UNARY(Floor, floorf(x))
FASTTS_UNARY(Gelu, gelu_of(x))
FASTTS_UNARY(LeakyRelu, x < 0.0f ? p.a * x : x)
FASTTS_UNARY(Log, log_of(x))
FASTTS_UNARY(Log1p, log1p_of(x))
FASTTS_UNARY(Mish, mish_of(x))
FASTTS_UNARY(Neg, -x)
FASTTS_UNARY(Reciprocal, 1.0f / x)
FASTTS_UNARY(Relu, !(x <= 0.0f) ? x : 0.0f)
FASTTS_UNARY(Relu6, x > 6.0f ? 6.0f : (!(x <= 0.0f) ? x : 0.0f))
FASTTS_UNARY(Round, rintf(x))
FASTTS_UNARY(Rsqrt, 1.0f / sqrtf(x))
FASTTS_UNARY(Selu,
             x >= 0.0f ? 1.0507009873554804934193349852946f * x : 1.7580993408473768599402175208123f * expm1_of(x))
FASTTS_UNARY(Sigmoid, sigmoid_of(x))
FASTTS_UNARY(Sign, x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : 0.0f))
FASTTS_UNARY(Silu, silu_of(x))
FASTTS_UNARY(Sin, sinf(x))
FASTTS_UNARY(Softplus, softplus_of(x))
FASTTS_UNARY(Sqrt, sqrtf(x))
FASTTS_UNARY(Square, (x * x))
FASTTS_UNARY(Step, x > 0.0f ? 1.0f : (x == x ? p.a : x))
FASTTS_UNARY(Tanh, tanh_of(x))

template <class Op>
void unary(const Args& args) {
  const int64_t n = args.length(1);
  const float* x = args.f32(0, n);
  float* y = args.f32(1, n);
  Parameters p{0.0f, 0.0f};
  if (args.given(2)) p.a = static_cast<float>(args.number(2));
  if (args.given(3)) p.b = static_cast<float>(args.number(3));
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    const float* FASTTS_RESTRICT from = x;
    float* FASTTS_RESTRICT to = y;
    const Parameters local = p;  // in registers, so that choosing one needs no branch
    for (int64_t i = begin; i < end; ++i) to[i] = Op::of(from[i], local);
  });
}

// On booleans.
void logical_not(const Args& args) {
  const int64_t n = args.length(1);
  const uint8_t* x = args.u8(0, n);
  uint8_t* y = args.u8(1, n);
  parallel(n, 4 * kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = x[i] ? 0 : 1;
  });
}

void fill(const Args& args) {
  const int64_t n = args.length(0);
  const float value = static_cast<float>(args.number(1));
  float* y = args.f32(0, n);
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = value;
  });
}

template <class From>
void cast_to_float(const From* x, float* y, int64_t n) {
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = static_cast<float>(x[i]);
  });
}

// x: int32 or bool
void to_float(const Args& args) {
  const int64_t n = args.length(1);
  float* y = args.f32(1, n);
  if (args.kind(0) == Arg::i32) return cast_to_float(args.i32(0, n), y, n);
  cast_to_float(args.u8(0, n), y, n);
}

// Rounds toward zero; values out of range wrap around, NaN and infinities give 0, as in JavaScript
void to_int(const Args& args) {
  const int64_t n = args.length(1);
  const float* x = args.f32(0, n);
  int32_t* y = args.i32(1, n);
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (fabsf(x[i]) < 2147483648.0f) {
        y[i] = static_cast<int32_t>(x[i]);
      } else {
        const double wrapped = fmod(static_cast<double>(x[i]), 4294967296.0);
        y[i] = wrapped == wrapped ? static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(wrapped))) : 0;
      }
    }
  });
}

// x: float32 or int32
void to_bool(const Args& args) {
  const int64_t n = args.length(1);
  uint8_t* y = args.u8(1, n);
  if (args.kind(0) == Arg::i32) {
    const int32_t* x = args.i32(0, n);
    for (int64_t i = 0; i < n; ++i) y[i] = x[i] != 0;
    return;
  }
  const float* x = args.f32(0, n);
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = x[i] != 0.0f;
  });
}

const KernelEntry kTable[] = {
    {"abs", "x, y", unary<Abs>},
    {"ceil", "x, y", unary<Ceil>},
    {"clip", "x, y, least, most", unary<Clip>},
    {"cos", "x, y", unary<Cos>},
    {"elu", "x, y", unary<Elu>},
    {"erf", "x, y", unary<Erf>},
    {"exp", "x, y", unary<Exp>},
    {"expm1", "x, y", unary<Expm1>},
    {"floor", "x, y", unary<Floor>},
    {"gelu", "x, y", unary<Gelu>},
    {"leakyRelu", "x, y, slope", unary<LeakyRelu>},
    {"log", "x, y", unary<Log>},
    {"log1p", "x, y", unary<Log1p>},
    {"mish", "x, y", unary<Mish>},
    {"neg", "x, y", unary<Neg>},
    {"reciprocal", "x, y", unary<Reciprocal>},
    {"relu", "x, y", unary<Relu>},
    {"relu6", "x, y", unary<Relu6>},
    {"round", "x, y", unary<Round>},
    {"rsqrt", "x, y", unary<Rsqrt>},
    {"selu", "x, y", unary<Selu>},
    {"sigmoid", "x, y", unary<Sigmoid>},
    {"sign", "x, y", unary<Sign>},
    {"silu", "x, y", unary<Silu>},
    {"sin", "x, y", unary<Sin>},
    {"softplus", "x, y", unary<Softplus>},
    {"sqrt", "x, y", unary<Sqrt>},
    {"square", "x, y", unary<Square>},
    {"step", "x, y, slope", unary<Step>},
    {"tanh", "x, y", unary<Tanh>},
    {"logicalNot", "x, y", logical_not},
    {"fill", "y, value", fill},
    {"toFloat", "x, y", to_float},
    {"toInt", "x, y", to_int},
    {"toBool", "x, y", to_bool},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* unary_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
