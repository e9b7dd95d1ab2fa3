#pragma once

namespace fastts {

/// GFLOP/s of multiply-adds on registers alone, on all threads: the best of what `seconds` have time for.
double peak_gflops(double seconds);

}  // namespace fastts
