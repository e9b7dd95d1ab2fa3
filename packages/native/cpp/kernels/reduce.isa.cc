// Reductions: x is seen as [a, b, c, d], and b and d are reduced, so that y is [a, c].

#include <math.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "memory/scratch.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

constexpr int64_t kLanes = 64;     // independent sums, so that additions need not wait for each other
constexpr int64_t kBlock = 32;     // additions in single precision before a sum moves to double
constexpr int64_t kColumns = 256;  // columns whose sums stay in the first-level cache
constexpr int64_t kParts = 16;     // parts that a long reduction is divided into, for any number of threads

// An operation reduces elements to Lane (fast) within a block and to Wide (exact) across blocks.
template <class LaneOf, class WideOf>
struct Sum {
  using Lane = LaneOf;
  using Wide = WideOf;
  FASTTS_INLINE Lane start() { return 0; }
  template <class T>
  FASTTS_INLINE T join(T all, T next) {
    return all + next;
  }
};

struct Product {
  using Lane = double;
  using Wide = double;
  FASTTS_INLINE double start() { return 1.0; }
  FASTTS_INLINE double join(double all, double next) { return all * next; }
};

// The limits below and above every value of a type.
FASTTS_INLINE float lowest(float) { return -INFINITY; }
FASTTS_INLINE int32_t lowest(int32_t) { return INT32_MIN; }
FASTTS_INLINE float highest(float) { return INFINITY; }
FASTTS_INLINE int32_t highest(int32_t) { return INT32_MAX; }

template <class In>
struct Largest {
  using Lane = In;
  using Wide = In;
  FASTTS_INLINE In start() { return lowest(In{}); }
  // Once NaN, always NaN.
  FASTTS_INLINE In join(In all, In next) { return next > all || next != next ? next : all; }
};

template <class In>
struct Smallest {
  using Lane = In;
  using Wide = In;
  FASTTS_INLINE In start() { return highest(In{}); }
  FASTTS_INLINE In join(In all, In next) { return next < all || next != next ? next : all; }
};

struct EveryOne {
  using Lane = uint8_t;
  using Wide = uint8_t;
  FASTTS_INLINE uint8_t start() { return 1; }
  FASTTS_INLINE uint8_t join(uint8_t all, uint8_t next) { return all && next; }
};

struct AnyOne {
  using Lane = uint8_t;
  using Wide = uint8_t;
  FASTTS_INLINE uint8_t start() { return 0; }
  FASTTS_INLINE uint8_t join(uint8_t all, uint8_t next) { return all || next; }
};

// Reduces a run of adjacent elements.
template <class Op, class In>
typename Op::Wide run(const In* FASTTS_RESTRICT x, int64_t n, typename Op::Wide all) {
  using Lane = typename Op::Lane;
  int64_t i = 0;
  while (n - i >= kLanes) {
    Lane lanes[kLanes];
    for (int64_t l = 0; l < kLanes; ++l) lanes[l] = Op::start();
    const int64_t end = i + smaller((n - i) / kLanes, kBlock) * kLanes;
    for (; i < end; i += kLanes) {
      for (int64_t l = 0; l < kLanes; ++l) lanes[l] = Op::join(lanes[l], static_cast<Lane>(x[i + l]));
    }
    for (int64_t l = 0; l < kLanes; ++l) all = Op::join(all, static_cast<typename Op::Wide>(lanes[l]));
  }
  for (; i < n; ++i) all = Op::join(all, static_cast<typename Op::Wide>(x[i]));
  return all;
}

// Reduces `rows` rows of `width` (at most kColumns) into `all`; rows are `step` apart.
template <class Op, class In>
void columns(const In* FASTTS_RESTRICT x, int64_t rows, int64_t step, int64_t width, typename Op::Wide* all) {
  using Lane = typename Op::Lane;
  Lane lanes[kColumns];
  for (int64_t r = 0; r < rows;) {
    for (int64_t i = 0; i < width; ++i) lanes[i] = Op::start();
    const int64_t end = smaller(r + kBlock, rows);
    for (; r < end; ++r) {
      const In* FASTTS_RESTRICT row = x + r * step;
      for (int64_t i = 0; i < width; ++i) lanes[i] = Op::join(lanes[i], static_cast<Lane>(row[i]));
    }
    for (int64_t i = 0; i < width; ++i) all[i] = Op::join(all[i], static_cast<typename Op::Wide>(lanes[i]));
  }
}

// [rows, width] to [width] for any width; narrow rows are processed several at a time.
template <class Op, class In>
void all_columns(const In* x, int64_t rows, int64_t width, typename Op::Wide* all) {
  for (int64_t i = 0; i < width; ++i) all[i] = Op::start();
  if (width >= 32) {
    for (int64_t at = 0; at < width; at += kColumns) {
      columns<Op>(x + at, rows, width, smaller(kColumns, width - at), all + at);
    }
    return;
  }
  const int64_t together = kColumns / width, wide = together * width;
  typename Op::Wide folded[kColumns];
  for (int64_t i = 0; i < wide; ++i) folded[i] = Op::start();
  columns<Op>(x, rows / together, wide, wide, folded);
  for (int64_t i = 0; i < wide; ++i) all[i % width] = Op::join(all[i % width], folded[i]);
  const int64_t done = rows / together * together;
  columns<Op>(x + done * width, rows - done, width, width, all);
}

template <class Out, class Wide>
FASTTS_INLINE Out result(Wide all, double scale) {
  return static_cast<Out>(scale == 1.0 ? all : static_cast<Wide>(static_cast<double>(all) * scale));
}

// [b, c] to [c], with the rows divided into parts for the threads.
template <class Op, class In, class Out>
void reduce_rows(const In* x, Out* y, int64_t b, int64_t c, double scale) {
  using Wide = typename Op::Wide;
  const Scratch<Wide> memory(c * kParts);
  Wide* const parts = memory.data();
  parallel(kParts, 1, [=](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t from = b * p / kParts, to = b * (p + 1) / kParts;
      all_columns<Op>(x + from * c, to - from, c, parts + p * c);
    }
  });
  for (int64_t i = 0; i < c; ++i) {
    Wide all = Op::start();
    for (int64_t p = 0; p < kParts; ++p) all = Op::join(all, parts[p * c + i]);
    y[i] = result<Out>(all, scale);
  }
}

// All of x to one value.
template <class Op, class In, class Out>
void reduce_everything(const In* x, Out* y, int64_t n, double scale) {
  using Wide = typename Op::Wide;
  Wide parts[kParts];
  Wide* into = parts;
  parallel(kParts, larger(kParts * kGrain / larger(n, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t from = n * p / kParts, to = n * (p + 1) / kParts;
      into[p] = run<Op>(x + from, to - from, static_cast<Wide>(Op::start()));
    }
  });
  Wide all = Op::start();
  for (Wide part : parts) all = Op::join(all, part);
  *y = result<Out>(all, scale);
}

template <class Op, class In, class Out>
void reduce(const In* x, Out* y, int64_t a, int64_t b, int64_t c, int64_t d, double scale) {
  using Wide = typename Op::Wide;
  if (d > 1 || c == 1) {
    if (a * c == 1) return reduce_everything<Op>(x, y, b * d, scale);
    parallel(a * c, larger(kGrain / larger(b * d, 1), 1), [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        Wide all = Op::start();
        const In* from = x + (i / c * b * c + i % c) * d;
        if (c == 1) {
          all = run<Op>(from, b * d, all);
        } else {
          for (int64_t k = 0; k < b; ++k) all = run<Op>(from + k * c * d, d, all);
        }
        y[i] = result<Out>(all, scale);
      }
    });
    return;
  }
  if (a < 4 && b * c > kGrain) {
    for (int64_t i = 0; i < a; ++i) reduce_rows<Op>(x + i * b * c, y + i * c, b, c, scale);
    return;
  }
  parallel(a, larger(kGrain / larger(b * c, 1), 1), [=](int64_t begin, int64_t end) {
    const Scratch<Wide> memory(c);
    Wide* const all = memory.data();
    for (int64_t i = begin; i < end; ++i) {
      all_columns<Op>(x + i * b * c, b, c, all);
      for (int64_t k = 0; k < c; ++k) y[i * c + k] = result<Out>(all[k], scale);
    }
  });
}

struct Shape {
  int64_t a, b, c, d;
  int64_t in, out;  // number of elements
};

FASTTS_INLINE Shape shape_argument(const Args& args) {
  Shape s{args.integer(2, 0), args.integer(3, 0), args.integer(4, 0), args.integer(5, 0), 0, 0};
  s.in = args.elements(s.a, s.b, s.c, s.d);
  s.out = args.elements(s.a, s.c);
  return s;
}

template <class Op, class In, class Out>
void reduce(const In* x, Out* y, const Shape& s, double scale = 1.0) {
  if (s.in > 0) return reduce<Op>(x, y, s.a, s.b, s.c, s.d, scale);
  for (int64_t i = 0; i < s.out; ++i) y[i] = result<Out>(static_cast<typename Op::Wide>(Op::start()), scale);
}

template <template <class> class Op>
void extreme(const Args& args) {
  const Shape s = shape_argument(args);
  if (args.kind(0) == Arg::i32) return reduce<Op<int32_t>>(args.i32(0, s.in), args.i32(1, s.out), s);
  reduce<Op<float>>(args.f32(0, s.in), args.f32(1, s.out), s);
}

void sum(const Args& args) {
  const Shape s = shape_argument(args);
  switch (args.kind(0)) {
    case Arg::i32:
      return reduce<Sum<int64_t, int64_t>>(args.i32(0, s.in), args.i32(1, s.out), s);
    case Arg::u8:
      return reduce<Sum<int64_t, int64_t>>(args.u8(0, s.in), args.i32(1, s.out), s);
    default:
      return reduce<Sum<float, double>>(args.f32(0, s.in), args.f32(1, s.out), s);
  }
}

// To float32, for any type of x.
void mean(const Args& args) {
  const Shape s = shape_argument(args);
  const double scale = 1.0 / static_cast<double>(args.elements(s.b, s.d));
  switch (args.kind(0)) {
    case Arg::i32:
      return reduce<Sum<double, double>>(args.i32(0, s.in), args.f32(1, s.out), s, scale);
    case Arg::u8:
      return reduce<Sum<double, double>>(args.u8(0, s.in), args.f32(1, s.out), s, scale);
    default:
      return reduce<Sum<float, double>>(args.f32(0, s.in), args.f32(1, s.out), s, scale);
  }
}

void product(const Args& args) {
  const Shape s = shape_argument(args);
  reduce<Product>(args.f32(0, s.in), args.f32(1, s.out), s);
}

template <class Op>
void truth(const Args& args) {
  const Shape s = shape_argument(args);
  reduce<Op>(args.u8(0, s.in), args.u8(1, s.out), s);
}

// The index of the first extreme value; x is [a, b, c], reduced over b.
template <class In, bool kLargest>
void arg_extreme(const In* x, int32_t* y, const Shape& s) {
  if (s.out == 0) return;
  const int64_t b = s.b, c = s.c;
  parallel(s.a, larger(kGrain / larger(b * c, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t a = begin; a < end; ++a) {
      const In* from = x + a * b * c;
      for (int64_t k = 0; k < c; ++k) {
        In best = from[k];
        int32_t at = 0;
        for (int64_t i = 1; i < b; ++i) {
          const In next = from[i * c + k];
          if (kLargest ? next > best : next < best) {
            best = next;
            at = static_cast<int32_t>(i);
          }
        }
        y[a * c + k] = at;
      }
    }
  });
}

template <bool kLargest>
void arg_extreme_of(const Args& args) {
  const Shape s = shape_argument(args);
  args.integer(3, 1, INT32_MAX);
  args.integer(5, 1, 1);
  int32_t* y = args.i32(1, s.out);
  if (args.kind(0) == Arg::i32) return arg_extreme<int32_t, kLargest>(args.i32(0, s.in), y, s);
  arg_extreme<float, kLargest>(args.f32(0, s.in), y, s);
}

constexpr const char* kParameters = "x, y, a, b, c, d";

const KernelEntry kTable[] = {
    {"sum", kParameters, sum},
    {"mean", kParameters, mean},
    {"prod", kParameters, product},
    {"max", kParameters, extreme<Largest>},
    {"min", kParameters, extreme<Smallest>},
    {"all", kParameters, truth<EveryOne>},
    {"any", kParameters, truth<AnyOne>},
    {"argMax", kParameters, arg_extreme_of<true>},
    {"argMin", kParameters, arg_extreme_of<false>},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* reduce_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
