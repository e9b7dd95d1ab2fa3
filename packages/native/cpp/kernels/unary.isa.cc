// Element-wise kernels of one array: name(x, y, [first number, [second number]]).

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
  const int64_t n = length(args, 1);
  const float* x = f32(args, 0, n);
  float* y = f32(args, 1, n);
  Parameters p{0.0f, 0.0f};
  if (given(args, 2)) p.a = static_cast<float>(number(args, 2));
  if (given(args, 3)) p.b = static_cast<float>(number(args, 3));
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    const float* FASTTS_RESTRICT from = x;
    float* FASTTS_RESTRICT to = y;
    const Parameters local = p;  // in registers, so that choosing one needs no branch
    for (int64_t i = begin; i < end; ++i) to[i] = Op::of(from[i], local);
  });
}

// logicalNot(x, y), on booleans
void logical_not(const Args& args) {
  const int64_t n = length(args, 1);
  const uint8_t* x = u8(args, 0, n);
  uint8_t* y = u8(args, 1, n);
  parallel(n, 4 * kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = x[i] ? 0 : 1;
  });
}

// fill(y, value)
void fill(const Args& args) {
  const int64_t n = length(args, 0);
  const float value = static_cast<float>(number(args, 1));
  float* y = f32(args, 0, n);
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

// toFloat(x, y): x int32 or bool
void to_float(const Args& args) {
  const int64_t n = length(args, 1);
  float* y = f32(args, 1, n);
  if (args.at[0].kind == Arg::i32) return cast_to_float(i32(args, 0, n), y, n);
  cast_to_float(u8(args, 0, n), y, n);
}

// toInt(x, y): rounds toward zero; values out of range wrap around, NaN and infinities give 0, as in JavaScript
void to_int(const Args& args) {
  const int64_t n = length(args, 1);
  const float* x = f32(args, 0, n);
  int32_t* y = i32(args, 1, n);
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

// toBool(x, y): x float32 or int32
void to_bool(const Args& args) {
  const int64_t n = length(args, 1);
  uint8_t* y = u8(args, 1, n);
  if (args.at[0].kind == Arg::i32) {
    const int32_t* x = i32(args, 0, n);
    for (int64_t i = 0; i < n; ++i) y[i] = x[i] != 0;
    return;
  }
  const float* x = f32(args, 0, n);
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = x[i] != 0.0f;
  });
}

const KernelEntry kTable[] = {
    {"abs", unary<Abs>},
    {"ceil", unary<Ceil>},
    {"clip", unary<Clip>},
    {"cos", unary<Cos>},
    {"elu", unary<Elu>},
    {"erf", unary<Erf>},
    {"exp", unary<Exp>},
    {"expm1", unary<Expm1>},
    {"floor", unary<Floor>},
    {"gelu", unary<Gelu>},
    {"leakyRelu", unary<LeakyRelu>},
    {"log", unary<Log>},
    {"log1p", unary<Log1p>},
    {"mish", unary<Mish>},
    {"neg", unary<Neg>},
    {"reciprocal", unary<Reciprocal>},
    {"relu", unary<Relu>},
    {"relu6", unary<Relu6>},
    {"round", unary<Round>},
    {"rsqrt", unary<Rsqrt>},
    {"selu", unary<Selu>},
    {"sigmoid", unary<Sigmoid>},
    {"sign", unary<Sign>},
    {"silu", unary<Silu>},
    {"sin", unary<Sin>},
    {"softplus", unary<Softplus>},
    {"sqrt", unary<Sqrt>},
    {"square", unary<Square>},
    {"step", unary<Step>},
    {"tanh", unary<Tanh>},
    {"logicalNot", logical_not},
    {"fill", fill},
    {"toFloat", to_float},
    {"toInt", to_int},
    {"toBool", to_bool},
    {nullptr, nullptr},
};

}  // namespace

const KernelEntry* unary_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
