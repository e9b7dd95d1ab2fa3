#pragma once

#include <cstdint>

#include "isa/isa.h"
#include "micro/epilogue.h"

// The micro-kernels under all dense products: a tile of c stays in registers while k advances.

namespace fastts {

/// Tile size of an instruction set's micro-kernels: `rows` × `columns` floats of c in registers. B panels are
/// `columns` wide.
struct TileSize {
  int64_t rows, columns;
};

/// A segment of k, `length` values: a's start at `a_offset` and b's at `b_offset`.
struct Segment {
  int64_t a_offset, b_offset, length;
};

/// Memory to prefetch into the second-level cache during a product: a few cache lines every few steps of k.
struct Prefetch {
  const float* next;
  const float* end;
  int64_t lines;           // for each kPrefetchSteps values of k and tile
  const float* then_next;  // continues here when the first range is done
  const float* then_end;
};
constexpr int64_t kPrefetchSteps = 16, kLineFloats = 16;

/// c[c_rows[r] + j] = epilogue((c[c_rows[r] + j] +) Σ_k a[a_rows[r] + k] · b[k·columns + j]); k iterates over the
/// segments, whose offsets are added to `a_rows[r]` and `b`.
///
/// Any number of rows m; n columns, at most TileSize::columns. `b` is one packed panel, whose rows are `columns` wide
/// for any n. The epilogue's arrays start at column 0, and its addend's rows at `c_rows`.
struct RowsPanel {
  const float* a;
  const int64_t* a_rows;
  int64_t m;
  const Segment* segments;
  int64_t segment_count;
  const float* b;
  float* c;
  const int64_t* c_rows;
  int64_t n;
  bool accumulate;
  Epilogue epilogue;
  Prefetch* prefetch;  // may be null
};

/// c[r·c_step + j] (+)= Σ_k a[k·a_step + r] · b[k·b_step + j]: the m values of a for one k are adjacent. In each
/// segment k starts from 0, `a` at its `a_offset` and `b` at its `b_offset`.
///
/// n is at most TileSize::columns; b's rows must be readable up to the next multiple of the vector width.
struct ColumnsPanel {
  const float* a;
  int64_t a_step;
  int64_t m;
  const Segment* segments;
  int64_t segment_count;
  const float* b;
  int64_t b_step;
  float* c;
  int64_t c_step;
  int64_t n;
  bool accumulate;
  Prefetch* prefetch;  // may be null
};

FASTTS_PER_ISA(TileSize, tile_size, ())
FASTTS_PER_ISA(void, rows_panel, (const RowsPanel& panel))
FASTTS_PER_ISA(void, columns_panel, (const ColumnsPanel& panel))

/// Executes rounds × (rows × columns of the tile) multiply-adds on registers only: a benchmark's peak.
FASTTS_PER_ISA(float, fma_rounds, (int64_t rounds))

}  // namespace fastts
