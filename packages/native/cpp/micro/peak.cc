#include "micro/peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "isa/isa.h"
#include "micro/micro.h"
#include "parallel/parallel.h"

namespace fastts {

double peak_gflops(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const auto rounds = FASTTS_BY_ISA(fma_rounds);
  const TileSize tile = FASTTS_BY_ISA(tile_size)();
  const int threads = num_threads();
  constexpr int64_t kRounds = 500'000;
  double best = 1e30;
  const Clock::time_point begin = Clock::now();
  do {
    const Clock::time_point start = Clock::now();
    parallel_tasks(threads, [&](int64_t) {
      volatile float keep = rounds(kRounds);
      (void)keep;
    });
    best = std::min(best, since(start));
  } while (since(begin) < seconds);
  return 2e-9 * static_cast<double>(kRounds * tile.rows * tile.columns * threads) / best;
}

}  // namespace fastts
