// Element-wise kernels of two arrays.
//
// Without `layout`, a and b each are as long as y or hold one number. With it they are broadcast: the rank, the sizes
// of y, the strides of a and those of b, in elements, where a stride of 0 repeats; the last strides are 0 or 1.

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

constexpr int kMaxRank = 8;

struct Layout {
  int64_t rank;
  int64_t sizes[kMaxRank], steps_a[kMaxRank], steps_b[kMaxRank];
};

// Argument 3: sizes from 1 whose product is the length of y, and strides that stay inside a and b.
Layout layout_argument(const Args& args) {
  Layout l;
  args.integers(3, 0, 1, &l.rank);
  args.require(l.rank >= 1 && l.rank <= kMaxRank, 3, "a layout of 1 to 8 dimensions");
  args.integers(3, 1, l.rank, l.sizes);
  args.integers(3, 1 + l.rank, l.rank, l.steps_a);
  args.integers(3, 1 + 2 * l.rank, l.rank, l.steps_b);
  int64_t outputs = 1, inputs_a = 1, inputs_b = 1;
  for (int64_t d = 0; d < l.rank; ++d) {
    args.require(l.sizes[d] >= 1 && l.steps_a[d] >= 0 && l.steps_b[d] >= 0, 3,
                 "a layout of sizes from 1 and strides from 0");
    outputs = args.elements(outputs, l.sizes[d]);
    inputs_a = args.elements(inputs_a + args.elements(l.sizes[d] - 1, l.steps_a[d]));
    inputs_b = args.elements(inputs_b + args.elements(l.sizes[d] - 1, l.steps_b[d]));
  }
  const int64_t step_a = l.steps_a[l.rank - 1], step_b = l.steps_b[l.rank - 1];
  args.require(step_a <= 1 && step_b <= 1 && step_a + step_b > 0, 3,
               "a layout whose last strides are 0 or 1, not both 0");
  args.require(outputs == args.length(2), 3, "a layout of as many elements as `y` has");
  args.require(inputs_a <= args.length(0), 3, "a layout that stays inside `a`");
  args.require(inputs_b <= args.length(1), 3, "a layout that stays inside `b`");
  return l;
}

template <class Op, class In, class Out>
void broadcast(const In* a, const In* b, Out* y, const Layout& l) {
  const int64_t n = l.sizes[l.rank - 1];
  int64_t rows = 1;
  for (int64_t d = 0; d < l.rank - 1; ++d) rows *= l.sizes[d];
  const int64_t step_a = l.steps_a[l.rank - 1], step_b = l.steps_b[l.rank - 1];
  if (l.rank == 2 && n < kShortRow && step_a && step_b) {
    if (l.steps_a[0] == 0 && l.steps_b[0] == n) return tiled<Op>(a, b, true, y, rows, n);
    if (l.steps_b[0] == 0 && l.steps_a[0] == n) return tiled<Op>(a, b, false, y, rows, n);
  }
  parallel(rows, larger(kGrain / n, 1), [=, &l](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      int64_t rest = r, at_a = 0, at_b = 0;
      for (int64_t d = l.rank - 2; d >= 0; --d) {
        const int64_t index = rest % l.sizes[d];
        rest /= l.sizes[d];
        at_a += index * l.steps_a[d];
        at_b += index * l.steps_b[d];
      }
      row<Op>(a + at_a, step_a, b + at_b, step_b, y + r * n, n);
    }
  });
}

template <class Op, class In, class Out>
void run(const Args& args, const In* a, const In* b, Out* y) {
  const int64_t n = args.length(2);
  if (n == 0) return;
  if (args.given(3)) return broadcast<Op>(a, b, y, layout_argument(args));
  const int64_t step_a = args.length(0) == 1 && n > 1 ? 0 : 1;
  const int64_t step_b = args.length(1) == 1 && n > 1 ? 0 : 1;
  args.require(step_a == 0 || args.length(0) >= n, 0, "as long as `y`, or one number");
  args.require(step_b == 0 || args.length(1) >= n, 1, "as long as `y`, or one number");
  args.require(step_a || step_b, 3, "given when both sides hold one number");
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    row<Op>(a + begin * step_a, step_a, b + begin * step_b, step_b, y + begin, end - begin);
  });
}

template <class Op>
void floats(const Args& args) {
  run<Op>(args, args.f32(0, 0), args.f32(1, 0), args.f32(2, 0));
}

template <class Op>
void ints(const Args& args) {
  run<Op>(args, args.i32(0, 0), args.i32(1, 0), args.i32(2, 0));
}

template <class Op>
void bools(const Args& args) {
  run<Op>(args, args.u8(0, 0), args.u8(1, 0), args.u8(2, 0));
}

template <class Op>
void compare(const Args& args) {
  if (args.kind(0) == Arg::f32) return run<Op>(args, args.f32(0, 0), args.f32(1, 0), args.u8(2, 0));
  if (args.kind(0) == Arg::i32) return run<Op>(args, args.i32(0, 0), args.i32(1, 0), args.u8(2, 0));
  bools<Op>(args);
}

template <class Op, class IntOp>
void floats_or_ints(const Args& args) {
  if (args.kind(0) == Arg::i32) return ints<IntOp>(args);
  floats<Op>(args);
}

// Each condition selects `width` adjacent elements.
void select(const Args& args) {
  const int64_t n = args.length(3), width = args.integer(4, 0);
  const uint8_t* condition = args.u8(0, n / larger(width, 1));
  const float* t = args.f32(1, n);
  const float* e = args.f32(2, n);
  float* y = args.f32(3, n);
  if (n == 0) return;
  args.require(width > 0 && n % width == 0, 4, "a divisor of the length of `y`");
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
    for (int64_t i = begin; i < end; ++i) memmove(y + i * width, (condition[i] ? t : e) + i * width, width * sizeof *y);
  });
}

// y += x
void accumulate(const Args& args) {
  const int64_t n = args.length(0);
  float* y = args.f32(0, n);
  const float* x = args.f32(1, n);
  parallel(n, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] += x[i];
  });
}

// y [rows, columns] in place; the bias may be null
void bias_activation(const Args& args) {
  const int64_t n = args.length(0), columns = args.integer(2, 0);
  const Activation activation = args.choice<Activation>(3, kActivationNames);
  float* y = args.f32(0, n);
  const float* bias = args.f32_or_null(1, columns);
  if (n == 0) return;
  args.require(columns > 0 && n % columns == 0, 2, "a divisor of the length of `y`");
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
    {"add", "a, b, y, layout", floats_or_ints<Add, Wrapped<Add>>},
    {"sub", "a, b, y, layout", floats_or_ints<Sub, Wrapped<Sub>>},
    {"multiply", "a, b, y, layout", floats_or_ints<Mul, Wrapped<Mul>>},
    {"squaredDifference", "a, b, y, layout", floats_or_ints<SquaredDifference, Wrapped<SquaredDifference>>},
    {"maximum", "a, b, y, layout", floats_or_ints<Max, Max>},
    {"minimum", "a, b, y, layout", floats_or_ints<Min, Min>},
    {"realDiv", "a, b, y, layout", floats<Div>},
    {"floorDiv", "a, b, y, layout", ints<FloorDiv>},
    {"pow", "a, b, y, layout", floats<Pow>},
    {"prelu", "a, b, y, layout", floats<Prelu>},
    {"eluGrad", "a, b, y, layout", floats<EluGrad>},
    {"reluGrad", "a, b, y, layout", floats<ReluGrad>},
    {"geluGrad", "a, b, y, layout", floats<GeluGrad>},
    {"mishGrad", "a, b, y, layout", floats<MishGrad>},
    {"siluGrad", "a, b, y, layout", floats<SiluGrad>},
    {"addRelu", "a, b, y, layout", floats<AddRelu>},
    {"equal", "a, b, y, layout", compare<Equal>},
    {"notEqual", "a, b, y, layout", compare<NotEqual>},
    {"less", "a, b, y, layout", compare<Less>},
    {"lessEqual", "a, b, y, layout", compare<LessEqual>},
    {"greater", "a, b, y, layout", compare<Greater>},
    {"greaterEqual", "a, b, y, layout", compare<GreaterEqual>},
    {"logicalAnd", "a, b, y, layout", bools<And>},
    {"logicalOr", "a, b, y, layout", bools<Or>},
    {"select", "condition, t, e, y, width", select},
    {"accumulate", "y, x", accumulate},
    {"biasActivation", "y, bias, columns, activation", bias_activation},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* binary_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
