// Kernels that move elements of any type: transposing, slicing, padding, joining, repeating and reversing are all
// `copy` with other strides. A caller may pass overlapping arrays: the result is then undefined, but stays inside them.

#include <string.h>

#include "addon/kernel.h"
#include "isa/inline.h"
#include "kernels/arguments.h"
#include "parallel/ranges.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

constexpr int kMaxRank = 8;
constexpr int64_t kTile = 16;  // a square of which source and target of a transposition fit in cache

struct Copy {
  int64_t rank;
  int64_t sizes[kMaxRank], from[kMaxRank], to[kMaxRank];
};

template <class T>
FASTTS_INLINE void copy_run(const T* x, int64_t from, T* y, int64_t to, int64_t n) {
  if (from == 1 && to == 1) {
    memmove(y, x, sizeof(T) * n);
  } else if (from == 0 && to == 1) {
    const T value = *x;
    for (int64_t i = 0; i < n; ++i) y[i] = value;
  } else if (from == -1 && to == 1) {
    for (int64_t i = 0; i < n; ++i) y[i] = x[-i];
  } else {
    for (int64_t i = 0; i < n; ++i) y[i * to] = x[i * from];
  }
}

// The offset of element `index` of the first `dims` dimensions.
FASTTS_INLINE void offsets(const Copy& c, int64_t dims, int64_t index, int64_t* in_x, int64_t* in_y) {
  *in_x = *in_y = 0;
  for (int64_t d = dims - 1; d >= 0; --d) {
    const int64_t at = index % c.sizes[d];
    index /= c.sizes[d];
    *in_x += at * c.from[d];
    *in_y += at * c.to[d];
  }
}

FASTTS_INLINE int64_t count_of(const Copy& c, int64_t dims) {
  int64_t count = 1;
  for (int64_t d = 0; d < dims; ++d) count *= c.sizes[d];
  return count;
}

// Adjacent in y along the last dimension, adjacent in x along the one before it: copied by squares.
template <class T>
void copy_squares(const T* x, T* y, const Copy& c) {
  const int64_t d = c.rank - 2, rows = c.sizes[d], columns = c.sizes[d + 1];
  const int64_t from = c.from[d + 1], to = c.to[d];
  const int64_t bands = (rows + kTile - 1) / kTile;
  parallel(count_of(c, d) * bands, larger(kGrain / (kTile * columns), 1), [=, &c](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      int64_t in_x, in_y;
      offsets(c, d, task / bands, &in_x, &in_y);
      const int64_t first = task % bands * kTile, last = smaller(first + kTile, rows);
      for (int64_t column = 0; column < columns; column += kTile) {
        const int64_t edge = smaller(column + kTile, columns);
        for (int64_t r = first; r < last; ++r) {
          const T* FASTTS_RESTRICT of = x + in_x + r;
          T* FASTTS_RESTRICT into = y + in_y + r * to;
          for (int64_t k = column; k < edge; ++k) into[k] = of[k * from];
        }
      }
    }
  });
}

template <class T>
void copy_strided(const T* x, T* y, Copy c) {
  const int64_t last = c.rank - 1;
  if (c.to[last] == 1 && c.from[last] > 1) {
    for (int64_t d = 0; d < last; ++d) {
      if (c.from[d] != 1 || c.sizes[d] < 4) continue;
      const int64_t other = last - 1, size = c.sizes[d], from = c.from[d], to = c.to[d];
      c.sizes[d] = c.sizes[other], c.from[d] = c.from[other], c.to[d] = c.to[other];
      c.sizes[other] = size, c.from[other] = from, c.to[other] = to;
      return copy_squares(x, y, c);
    }
  }
  const int64_t n = c.sizes[last], from = c.from[last], to = c.to[last];
  parallel(count_of(c, last), larger(kGrain / larger(n, 1), 1), [=, &c](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t in_x, in_y;
      offsets(c, last, i, &in_x, &in_y);
      copy_run(x + in_x, from, y + in_y, to, n);
    }
  });
}

// Whether all elements that the strides reach from `start` are among the first `length`.
bool is_inside(const Copy& c, const int64_t* strides, int64_t start, int64_t length) {
  // In double precision, which cannot overflow, and is exact up to 2^53.
  double first = static_cast<double>(start), last = first;
  for (int64_t d = 0; d < c.rank; ++d) {
    const double reach = static_cast<double>(c.sizes[d] - 1) * static_cast<double>(strides[d]);
    (reach < 0 ? first : last) += reach;
  }
  return first >= 0 && last < static_cast<double>(length);
}

// The layout is the rank, the sizes, the strides in x, those in y, and the start offsets in x and in y.
void copy(const Args& args) {
  Copy c;
  int64_t starts[2];
  args.integers(2, 0, 1, &c.rank);
  args.require(c.rank >= 1 && c.rank <= kMaxRank, 2, "a layout of 1 to 8 dimensions");
  args.integers(2, 1, c.rank, c.sizes);
  args.integers(2, 1 + c.rank, c.rank, c.from);
  args.integers(2, 1 + 2 * c.rank, c.rank, c.to);
  args.integers(2, 1 + 3 * c.rank, 2, starts);
  int64_t least = kMostElements;
  for (int64_t d = 0; d < c.rank; ++d) least = smaller(least, c.sizes[d]);
  args.require(least >= 0, 2, "a layout of sizes from 0");
  const uint8_t* x = args.bytes(0, 0);
  uint8_t* y = args.bytes(1, 0);
  args.require(args.kind(0) == args.kind(1), 1, "an array of the same type as `x`");
  if (least == 0) return;
  args.require(is_inside(c, c.from, starts[0], args.length(0)), 2, "a layout that stays inside `x`");
  args.require(is_inside(c, c.to, starts[1], args.length(1)), 2, "a layout that stays inside `y`");
  if (args.kind(0) == Arg::u8) return copy_strided(x + starts[0], y + starts[1], c);
  // Any type of four bytes is copied as such.
  copy_strided(reinterpret_cast<const int32_t*>(x) + starts[0], reinterpret_cast<int32_t*>(y) + starts[1], c);
}

void gather(const Args& args) {
  const GatherShape s = args.numbers<GatherShape>(3, kGatherLeast);
  const int64_t outputs = args.elements(s.batch, s.outer, s.count, s.width);
  const uint8_t* x = args.bytes(0, args.elements(s.batch, s.outer, s.size, s.width));
  // Each is read once, so that nothing can change it after the check.
  const volatile int32_t* indices = args.i32(1, args.elements(s.batch, s.count));
  uint8_t* y = args.bytes(2, outputs);
  args.require(args.kind(0) == args.kind(2), 2, "an array of the same type as `x`");
  if (outputs == 0) return;
  const int64_t bytes = s.width * (args.kind(0) == Arg::u8 ? 1 : 4);
  parallel(s.batch * s.outer * s.count, larger(4 * kGrain / larger(bytes, 1), 1),
           [=, &args](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t outside = i / s.count;
      const int64_t index = indices[outside / s.outer * s.count + i % s.count];
      args.require(index >= 0 && index < s.size, 1, "indices from 0 to less than the size of the dimension");
      memmove(y + i * bytes, x + (outside * s.size + index) * bytes, bytes);
    }
  });
}

const KernelEntry kTable[] = {
    {"copy", "x, y, layout", copy},
    {"gather", "x, indices, y, shape", gather},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const KernelEntry* copy_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
