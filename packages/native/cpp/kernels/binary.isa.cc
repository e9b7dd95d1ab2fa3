// Element-wise kernels of two arrays: name(a, b, y, [layout]).
//
// Without `layout`, a and b each are as long as y or hold one number. With it they are broadcast: an Int32Array of
// rank, the sizes of y, the strides of a and those of b, in elements, where a stride of 0 repeats; the last strides are
// 0 or 1.

#include <math.h>
#include <string.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/vector_math.h"
#include "micro/epilogue.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

#define FASTTS_BINARY(name, expression)  \
  struct name {                          \
    template <class T>                   \
    FASTTS_INLINE T of(T a, T b) {       \
      return static_cast<T>(expression); \
    }                                    \
  };

#define FASTTS_COMPARISON(name, expression) \
  struct name {                             \
    template <class T>                      \
    FASTTS_INLINE bool of(T a, T b) {       \
      return expression;                    \
    }                                       \
  };

// clang-format off: it parses a * b as a declaration
FASTTS_BINARY(Add, a + b)
FASTTS_BINARY(Sub, a - b)
FASTTS_BINARY(Mul, a * b)
FASTTS_BINARY(Div, a / b)
FASTTS_BINARY(SquaredDifference, (a - b) * (a - b))
// NaN if either is NaN.
FASTTS_BINARY(Max, a != a ? a : (a > b ? a : b))
FASTTS_BINARY(Min, a != a ? a : (a < b ? a : b))
FASTTS_BINARY(Prelu, a < 0 ? b * a : a)
// a: the gradient, b: the output
FASTTS_BINARY(ReluGrad, b > 0 ? a : 0)
FASTTS_BINARY(EluGrad, b >= 0 ? a : a * (b + 1))
// a: the gradient, b: the input
FASTTS_BINARY(GeluGrad, a * gelu_slope_of(b))
FASTTS_BINARY(MishGrad, a * mish_slope_of(b))
FASTTS_BINARY(SiluGrad, a * silu_slope_of(b))

FASTTS_COMPARISON(Equal, a == b)
FASTTS_COMPARISON(NotEqual, a != b)
FASTTS_COMPARISON(Less, a < b)
FASTTS_COMPARISON(LessEqual, a <= b)
FASTTS_COMPARISON(Greater, a > b)
FASTTS_COMPARISON(GreaterEqual, a >= b)
FASTTS_COMPARISON(And, a && b)
FASTTS_COMPARISON(Or, a || b)
// clang-format on

struct AddRelu {
  FASTTS_INLINE float of(float a, float b) {
    const float sum = a + b;
    return !(sum <= 0.0f) ? sum : 0.0f;
  }
};

struct Pow {
  FASTTS_INLINE float of(float a, float b) { return powf(a, b); }
};

// Integers wrap around, as in JavaScript's typed arrays.
template <class Op>
struct Wrapped {
  FASTTS_INLINE int32_t of(int32_t a, int32_t b) {
    return static_cast<int32_t>(Op::of(static_cast<uint32_t>(a), static_cast<uint32_t>(b)));
  }
};

struct FloorDiv {
  FASTTS_INLINE int32_t of(int32_t a, int32_t b) {
    if (b == 0) return 0;
    if (b == -1) return static_cast<int32_t>(0u - static_cast<uint32_t>(a));
    const int32_t quotient = a / b;
    return quotient - ((a % b != 0) && ((a < 0) != (b < 0)));
  }
};

constexpr int64_t kShortRow = 64;
constexpr int64_t kTile = 1024;

// One row; a step of 0 repeats that side's first element.
template <class Op, class In, class Out>
FASTTS_INLINE void row(const In* FASTTS_RESTRICT a, int64_t step_a, const In* FASTTS_RESTRICT b, int64_t step_b,
                       Out* FASTTS_RESTRICT y, int64_t n) {
  if (step_a && step_b) {
    for (int64_t i = 0; i < n; ++i) y[i] = static_cast<Out>(Op::of(a[i], b[i]));
  } else if (step_a) {
    const In other = b[0];
    for (int64_t i = 0; i < n; ++i) y[i] = static_cast<Out>(Op::of(a[i], other));
  } else {
    const In other = a[0];
    for (int64_t i = 0; i < n; ++i) y[i] = static_cast<Out>(Op::of(other, b[i]));
  }
}

// y [rows, n] where one side is the same short row each time: that row is repeated to a length that suits a vector
// loop.
template <class Op, class In, class Out>
void tiled(const In* a, const In* b, bool repeat_a, Out* y, int64_t rows, int64_t n) {
  In tile[kTile];
  const int64_t repeats = kTile / n;
  const In* repeated = repeat_a ? a : b;
  for (int64_t r = 0; r < repeats; ++r) {
    for (int64_t i = 0; i < n; ++i) tile[r * n + i] = repeated[i];
  }
  const In* tile_start = tile;
  const int64_t width = repeats * n, total = rows * n;
  const int64_t tiles = (total + width - 1) / width;
  parallel(tiles, larger(kGrain / width, 1), [=](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const int64_t at = t * width;
      row<Op>(repeat_a ? tile_start : a + at, 1, repeat_a ? b + at : tile_start, 1, y + at, smaller(width, total - at));
    }
  });
}

template <class Op, class In, class Out>
void broadcast(const In* a, const In* b, Out* y, const int32_t* layout) {
  const int32_t rank = layout[0];
  const int32_t* sizes = layout + 1;
  const int32_t* steps_a = sizes + rank;
  const int32_t* steps_b = steps_a + rank;
  const int64_t n = sizes[rank - 1];
  int64_t rows = 1;
  for (int32_t d = 0; d < rank - 1; ++d) rows *= sizes[d];
  const int64_t step_a = steps_a[rank - 1], step_b = steps_b[rank - 1];
  if (rank == 2 && n < kShortRow && step_a && step_b && (steps_a[0] == 0 || steps_b[0] == 0)) {
    return tiled<Op>(a, b, steps_a[0] == 0, y, rows, n);
  }
  parallel(rows, larger(kGrain / n, 1), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      int64_t rest = r, at_a = 0, at_b = 0;
      for (int32_t d = rank - 2; d >= 0; --d) {
        const int64_t index = rest % sizes[d];
        rest /= sizes[d];
        at_a += index * steps_a[d];
        at_b += index * steps_b[d];
      }
      row<Op>(a + at_a, step_a, b + at_b, step_b, y + r * n, n);
    }
  });
}

template <class Op, class In, class Out>
void run(const Args& args, const In* a, const In* b, Out* y) {
  const int64_t n = length(args, 2);
  if (n == 0) return;
  if (given(args, 3)) return broadcast<Op>(a, b, y, i32(args, 3, 4));
  const int64_t step_a = length(args, 0) == 1 && n > 1 ? 0 : 1;
  const int64_t step_b = length(args, 1) == 1 && n > 1 ? 0 : 1;
  if (!step_a && !step_b) bad_argument(3, "a layout when both sides hold one number");
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    row<Op>(a + begin * step_a, step_a, b + begin * step_b, step_b, y + begin, end - begin);
  });
}

template <class Op>
void floats(const Args& args) {
  run<Op>(args, f32(args, 0, 1), f32(args, 1, 1), f32(args, 2, 0));
}

template <class Op>
void ints(const Args& args) {
  run<Op>(args, i32(args, 0, 1), i32(args, 1, 1), i32(args, 2, 0));
}

template <class Op>
void bools(const Args& args) {
  run<Op>(args, u8(args, 0, 1), u8(args, 1, 1), u8(args, 2, 0));
}

template <class Op>
void compare(const Args& args) {
  if (args.at[0].kind == Arg::f32) return run<Op>(args, f32(args, 0, 1), f32(args, 1, 1), u8(args, 2, 0));
  if (args.at[0].kind == Arg::i32) return run<Op>(args, i32(args, 0, 1), i32(args, 1, 1), u8(args, 2, 0));
  bools<Op>(args);
}

template <class Op, class IntOp>
void floats_or_ints(const Args& args) {
  if (args.at[0].kind == Arg::i32) return ints<IntOp>(args);
  floats<Op>(args);
}

// select(condition, t, e, y, width): each condition selects `width` adjacent elements
void select(const Args& args) {
  const int64_t n = length(args, 3), width = integer(args, 4);
  const uint8_t* condition = u8(args, 0, n / larger(width, 1));
  const float* t = f32(args, 1, n);
  const float* e = f32(args, 2, n);
  float* y = f32(args, 3, n);
  if (width == 1) {
    parallel(n, kGrain, [=](int64_t begin, int64_t end) {
      const float* FASTTS_RESTRICT if_true = t;
      const float* FASTTS_RESTRICT if_false = e;
      float* FASTTS_RESTRICT to = y;
      for (int64_t i = begin; i < end; ++i) {
        const float one = if_true[i], other = if_false[i];
        to[i] = condition[i] != 0 ? one : other;
      }
    });
    return;
  }
  parallel(n / width, larger(kGrain / width, 1), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) memcpy(y + i * width, (condition[i] ? t : e) + i * width, width * sizeof *y);
  });
}

// accumulate(y, x): y += x
void accumulate(const Args& args) {
  const int64_t n = length(args, 0);
  float* y = f32(args, 0, n);
  const float* x = f32(args, 1, n);
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] += x[i];
  });
}

// biasActivation(y, bias or null, columns, activation): y [rows, columns] in place
void bias_activation(const Args& args) {
  const int64_t n = length(args, 0), columns = integer(args, 2);
  const Activation activation = static_cast<Activation>(integer(args, 3));
  if (n == 0) return;
  float* y = f32(args, 0, n);
  const float* bias = f32_or_null(args, 1, columns);
  const float least = activation == Activation::none ? -INFINITY : 0.0f;
  const float most = activation == Activation::relu6 ? 6.0f : INFINITY;
  if (!bias && activation == Activation::none) return;
  parallel(n / columns, larger(kGrain / columns, 1), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      float* FASTTS_RESTRICT to = y + r * columns;
      for (int64_t i = 0; i < columns; ++i) {
        const float sum = bias ? to[i] + bias[i] : to[i];
        // NaN passes through both.
        const float raised = sum < least ? least : sum;
        to[i] = raised > most ? most : raised;
      }
    }
  });
}

const KernelEntry kTable[] = {
    {"add", floats_or_ints<Add, Wrapped<Add>>},
    {"sub", floats_or_ints<Sub, Wrapped<Sub>>},
    {"multiply", floats_or_ints<Mul, Wrapped<Mul>>},
    {"squaredDifference", floats_or_ints<SquaredDifference, Wrapped<SquaredDifference>>},
    {"maximum", floats_or_ints<Max, Max>},
    {"minimum", floats_or_ints<Min, Min>},
    {"realDiv", floats<Div>},
    {"floorDiv", ints<FloorDiv>},
    {"pow", floats<Pow>},
    {"prelu", floats<Prelu>},
    {"eluGrad", floats<EluGrad>},
    {"reluGrad", floats<ReluGrad>},
    {"geluGrad", floats<GeluGrad>},
    {"mishGrad", floats<MishGrad>},
    {"siluGrad", floats<SiluGrad>},
    {"addRelu", floats<AddRelu>},
    {"equal", compare<Equal>},
    {"notEqual", compare<NotEqual>},
    {"less", compare<Less>},
    {"lessEqual", compare<LessEqual>},
    {"greater", compare<Greater>},
    {"greaterEqual", compare<GreaterEqual>},
    {"logicalAnd", bools<And>},
    {"logicalOr", bools<Or>},
    {"select", select},
    {"accumulate", accumulate},
    {"biasActivation", bias_activation},
    {nullptr, nullptr},
};

}  // namespace

const KernelEntry* binary_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
