// Kernels that move elements of any type: transposing, slicing, padding, joining, repeating and reversing are all
// `copy` with other strides.

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
    memcpy(y, x, sizeof(T) * n);
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

// copy(x, y, layout): an Int32Array of rank, sizes, strides in x, strides in y, and the start offsets in x and in y
void copy(const Args& args) {
  const int32_t* layout = i32(args, 2, 3);
  Copy c;
  c.rank = layout[0];
  if (c.rank < 1 || c.rank > kMaxRank) bad_argument(2, "a layout of 1 to 8 dimensions");
  for (int64_t d = 0; d < c.rank; ++d) {
    c.sizes[d] = layout[1 + d];
    c.from[d] = layout[1 + c.rank + d];
    c.to[d] = layout[1 + 2 * c.rank + d];
  }
  const int64_t start_x = layout[1 + 3 * c.rank], start_y = layout[2 + 3 * c.rank];
  if (args.at[0].kind == Arg::u8) return copy_strided(u8(args, 0, 1) + start_x, u8(args, 1, 1) + start_y, c);
  // Any type of four bytes is copied as such.
  if (args.at[0].kind != args.at[1].kind || args.at[0].kind == Arg::number) bad_argument(1, "of the same type");
  copy_strided(static_cast<const int32_t*>(args.at[0].data) + start_x, static_cast<int32_t*>(args.at[1].data) + start_y,
               c);
}

// gather(x, indices, y, GatherShape)
void gather(const Args& args) {
  const GatherShape s = numbers<GatherShape>(args, 3);
  const int64_t bytes = s.width * (args.at[0].kind == Arg::u8 ? 1 : 4);
  const uint8_t* x = static_cast<const uint8_t*>(args.at[0].data);
  uint8_t* y = static_cast<uint8_t*>(args.at[2].data);
  const int32_t* indices = i32(args, 1, s.batch * s.count);
  parallel(s.batch * s.outer * s.count, larger(4 * kGrain / larger(bytes, 1), 1), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t outside = i / s.count;
      const int64_t index = indices[outside / s.outer * s.count + i % s.count];
      memcpy(y + i * bytes, x + (outside * s.size + index) * bytes, bytes);
    }
  });
}

const KernelEntry kTable[] = {{"copy", copy}, {"gather", gather}, {nullptr, nullptr}};

}  // namespace

const KernelEntry* copy_kernels() { return kTable; }

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
