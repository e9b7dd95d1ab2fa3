#pragma once

namespace fastts {

/// GFLOP/s of multiply-adds on registers only, on all threads: the best of the runs that fit in `seconds`.
double peak_gflops(double seconds);

}  // namespace fastts
