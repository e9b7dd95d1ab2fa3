#include "micro/micro.h"

#include "isa/vec.h"

namespace fastts {
namespace FASTTS_ISA_NS {
namespace {

// Tile shapes: as many accumulators as fit in the registers beside one row of b and one value of a.
#if defined(FASTTS_ISA_AVX512)
constexpr int kRows = 12, kVecs = 2;  // 24 of 32 registers
#elif defined(FASTTS_ISA_AVX2)
constexpr int kRows = 6, kVecs = 2;  // 12 of 16
#elif defined(FASTTS_ISA_NEON)
constexpr int kRows = 6, kVecs = 4;  // 24 of 32
#else
constexpr int kRows = 4, kVecs = 2;  // 8 of the 16 that SSE has
#endif
constexpr int kColumns = kVecs * kWidth;

// The loops over a tile are small so that compilers fully unroll them and keep the tile in registers.

template <int R, int V>
FASTTS_INLINE void start(Vec (&tile)[R][V]) {
  FASTTS_UNROLL
  for (int r = 0; r < R; ++r) {
    FASTTS_UNROLL
    for (int v = 0; v < V; ++v) tile[r][v] = zero();
  }
}

// c is added last, so that a long sum is a sum of shorter ones, with less rounding.
template <int R, int V>
FASTTS_INLINE void add_to(Vec (&tile)[R][V], const float* c, const int64_t* c_rows) {
  FASTTS_UNROLL
  for (int r = 0; r < R; ++r) {
    FASTTS_UNROLL
    for (int v = 0; v < V; ++v) tile[r][v] = add(tile[r][v], load(c + c_rows[r] + v * kWidth));
  }
}

template <int R, int V>
FASTTS_INLINE void scale_and_shift(Vec (&tile)[R][V], const float* scale, const float* bias) {
  FASTTS_UNROLL
  for (int v = 0; v < V; ++v) {
    const Vec factor = scale ? load(scale + v * kWidth) : broadcast(1), shift = bias ? load(bias + v * kWidth) : zero();
    FASTTS_UNROLL
    for (int r = 0; r < R; ++r) tile[r][v] = fma(tile[r][v], factor, shift);
  }
}

template <int R, int V>
FASTTS_INLINE void activate(Vec (&tile)[R][V], Activation activation) {
  if (activation == Activation::none) return;
  const Vec low = zero();  // first, so that NaN stays NaN
  FASTTS_UNROLL
  for (int r = 0; r < R; ++r) {
    FASTTS_UNROLL
    for (int v = 0; v < V; ++v) tile[r][v] = max(low, tile[r][v]);
  }
  if (activation == Activation::relu) return;
  const Vec high = broadcast(6);
  FASTTS_UNROLL
  for (int r = 0; r < R; ++r) {
    FASTTS_UNROLL
    for (int v = 0; v < V; ++v) tile[r][v] = min(high, tile[r][v]);
  }
}

// Prefetches the output while k runs: a store that misses the caches would stall those after it.
template <int R, int V>
FASTTS_INLINE void announce(const float* c, const int64_t* c_rows) {
  FASTTS_UNROLL
  for (int r = 0; r < R; ++r) {
    FASTTS_UNROLL
    for (int v = 0; v < V; v += kLineFloats / kWidth) prefetch_to_write(c + c_rows[r] + v * kWidth);
  }
}

template <int R, int V>
FASTTS_INLINE void apply(const Epilogue& epilogue, Vec (&tile)[R][V], const int64_t* c_rows) {
  if (epilogue.scale || epilogue.bias) scale_and_shift<R, V>(tile, epilogue.scale, epilogue.bias);
  if (epilogue.addend) add_to<R, V>(tile, epilogue.addend, c_rows);
  activate<R, V>(tile, epilogue.activation);
}

template <int R, int V>
FASTTS_INLINE void finish(const Vec (&tile)[R][V], float* c, const int64_t* c_rows) {
  FASTTS_UNROLL
  for (int r = 0; r < R; ++r) {
    FASTTS_UNROLL
    for (int v = 0; v < V; ++v) store(c + c_rows[r] + v * kWidth, tile[r][v]);
  }
}

FASTTS_INLINE void prefetch_some(Prefetch* ahead) {
  if (!ahead) return;
  for (int64_t i = 0; i < ahead->lines; ++i) {
    if (ahead->next >= ahead->end) {
      ahead->next = ahead->then_next;
      ahead->end = ahead->then_end;
      ahead->then_next = ahead->then_end;
      if (ahead->next >= ahead->end) return;
    }
    prefetch(ahead->next);
    ahead->next += kLineFloats;
  }
}

// ---- rows: each row of a has its own address

template <int R, int V>
struct RowsTile {
  static void run(const RowsPanel& p, const int64_t* a_rows, const int64_t* c_rows) {
    const float* a[R];
    FASTTS_UNROLL
    for (int r = 0; r < R; ++r) a[r] = p.a + a_rows[r];
    announce<R, V>(p.c, c_rows);
    Vec tile[R][V];
    start<R, V>(tile);
    for (const Segment *s = p.segments, *end = s + p.segment_count; s < end; ++s) {
      const float* b = p.b + s->b_offset;
      const int64_t last = s->a_offset + s->length;
      for (int64_t k = s->a_offset; k < last;) {
        const int64_t stop = p.prefetch && last - k > kPrefetchSteps ? k + kPrefetchSteps : last;
        for (; k < stop; ++k) {
          Vec row[V];
          FASTTS_UNROLL
          for (int v = 0; v < V; ++v) row[v] = load(b + v * kWidth);
          b += kColumns;
          FASTTS_UNROLL
          for (int r = 0; r < R; ++r) {
            const Vec value = broadcast(a[r][k]);
            FASTTS_UNROLL
            for (int v = 0; v < V; ++v) tile[r][v] = fma(value, row[v], tile[r][v]);
          }
        }
        prefetch_some(p.prefetch);
      }
    }
    if (p.accumulate) add_to<R, V>(tile, p.c, c_rows);
    apply<R, V>(p.epilogue, tile, c_rows);
    finish<R, V>(tile, p.c, c_rows);
  }
};

// ---- columns: the rows of a are adjacent

template <int R, int V>
struct ColumnsTile {
  static void run(const ColumnsPanel& p, int64_t first, const int64_t* c_rows) {
    announce<R, V>(p.c, c_rows);
    Vec tile[R][V];
    start<R, V>(tile);
    const int64_t a_step = p.a_step, b_step = p.b_step;
    for (const Segment *s = p.segments, *end = s + p.segment_count; s < end; ++s) {
      const float* a = p.a + s->a_offset + first;
      const float* b = p.b + s->b_offset;
      for (int64_t k = 0; k < s->length;) {
        const int64_t stop = p.prefetch && s->length - k > kPrefetchSteps ? k + kPrefetchSteps : s->length;
        for (; k < stop; ++k) {
          Vec row[V];
          FASTTS_UNROLL
          for (int v = 0; v < V; ++v) row[v] = load(b + v * kWidth);
          b += b_step;
          FASTTS_UNROLL
          for (int r = 0; r < R; ++r) {
            const Vec value = broadcast(a[r]);
            FASTTS_UNROLL
            for (int v = 0; v < V; ++v) tile[r][v] = fma(value, row[v], tile[r][v]);
          }
          a += a_step;
        }
        prefetch_some(p.prefetch);
      }
    }
    if (p.accumulate) add_to<R, V>(tile, p.c, c_rows);
    finish<R, V>(tile, p.c, c_rows);
  }
};

template <template <int, int> class Tile, int V, int R, class Panel, class A>
void run_tile(const Panel& panel, int64_t rows, A a, const int64_t* c_rows) {
  if constexpr (R > 1) {
    if (rows < R) return run_tile<Tile, V, R - 1>(panel, rows, a, c_rows);
  }
  Tile<R, V>::run(panel, a, c_rows);
}

template <template <int, int> class Tile, int V, class Panel, class A>
void run_width(const Panel& panel, int64_t rows, A a, const int64_t* c_rows) {
  if constexpr (V > 1) {
    if (panel.n <= (V - 1) * kWidth) return run_width<Tile, V - 1>(panel, rows, a, c_rows);
  }
  run_tile<Tile, V, kRows>(panel, rows, a, c_rows);
}

// A tile whose last vector is partial works on full-width copies of c and of its epilogue's operands.

void set_addend(RowsPanel& panel, const float* addend) { panel.epilogue.addend = addend; }
void set_addend(ColumnsPanel&, const float*) {}
const float* addend_of(const RowsPanel& panel) { return panel.epilogue.addend; }
const float* addend_of(const ColumnsPanel&) { return nullptr; }

void copy_tile(const float* from, const int64_t* from_rows, int64_t rows, int64_t n, float* to) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < kColumns; ++j) to[r * kColumns + j] = from && j < n ? from[from_rows[r] + j] : 0;
  }
}

template <template <int, int> class Tile, class Panel, class A>
void run(Panel& panel, int64_t rows, A a, const int64_t* c_rows) {
  if (panel.n % kWidth == 0) return run_width<Tile, kVecs>(panel, rows, a, c_rows);
  float copy[kRows * kColumns], added[kRows * kColumns];
  int64_t copy_rows[kRows];
  for (int64_t r = 0; r < rows; ++r) copy_rows[r] = r * kColumns;
  float* const c = panel.c;
  const float* const addend = addend_of(panel);
  copy_tile(panel.accumulate ? c : nullptr, c_rows, rows, panel.n, copy);
  if (addend) {
    copy_tile(addend, c_rows, rows, panel.n, added);
    set_addend(panel, added);
  }
  panel.c = copy;
  run_width<Tile, kVecs>(panel, rows, a, copy_rows);
  panel.c = c;
  set_addend(panel, addend);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < panel.n; ++j) c[c_rows[r] + j] = copy[r * kColumns + j];
  }
}

const float* widened(const float* from, int64_t n, float* to) {
  if (!from) return nullptr;
  for (int64_t j = 0; j < kColumns; ++j) to[j] = j < n ? from[j] : 0;
  return to;
}

}  // namespace

TileSize tile_size() { return {kRows, kColumns}; }

// Tiles are of nearly equal height: 12 rows followed by 1 would leave the multipliers idle during the second.

void rows_panel(const RowsPanel& given) {
  RowsPanel panel = given;
  float scale[kColumns], bias[kColumns];
  if (panel.n % kWidth) {
    panel.epilogue.scale = widened(panel.epilogue.scale, panel.n, scale);
    panel.epilogue.bias = widened(panel.epilogue.bias, panel.n, bias);
  }
  const int64_t tiles = (panel.m + kRows - 1) / kRows;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t first = panel.m * i / tiles, last = panel.m * (i + 1) / tiles;
    run<RowsTile>(panel, last - first, panel.a_rows + first, panel.c_rows + first);
  }
}

void columns_panel(const ColumnsPanel& given) {
  ColumnsPanel panel = given;
  const int64_t tiles = (panel.m + kRows - 1) / kRows;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t first = panel.m * i / tiles, last = panel.m * (i + 1) / tiles;
    int64_t c_rows[kRows];
    for (int64_t r = first; r < last; ++r) c_rows[r - first] = r * panel.c_step;
    run<ColumnsTile>(panel, last - first, first, c_rows);
  }
}

float fma_rounds(int64_t rounds) {
  Vec tile[kRows][kVecs];
  const Vec a = broadcast(1e-9f), b = broadcast(1.0f);
  for (auto& row : tile) {
    for (Vec& value : row) value = zero();
  }
  for (int64_t i = 0; i < rounds; ++i) {
    FASTTS_UNROLL
    for (int r = 0; r < kRows; ++r) {
      FASTTS_UNROLL
      for (int v = 0; v < kVecs; ++v) tile[r][v] = fma(tile[r][v], b, a);
    }
  }
  float sum[kWidth], total = 0;
  for (const auto& row : tile) {
    for (const Vec& value : row) {
      store(sum, value);
      for (float each : sum) total += each;
    }
  }
  return total;
}

}  // namespace FASTTS_ISA_NS
}  // namespace fastts
