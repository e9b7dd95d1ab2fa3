// GFLOP/s of the convolutions of xresnet18 and xresnet50 and of some matrix products, compared with the peak of the
// multiply-add units. Usage: products_bench [batch] [seconds per measurement] [image size] [cold]
// With `cold`, the operands come from main memory, as in a training step: the median of calls, before each of
// which the caches are filled with other data.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "conv/conv.h"
#include "isa/isa.h"
#include "micro/peak.h"
#include "parallel/parallel.h"
#include "product/gemm.h"

using namespace fastts;

namespace {

double budget = 0.3;
bool cold = false;

// With one thread, the processor time of this process, which other processes do not increase.
double now() {
  if (num_threads() == 1) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void fill_caches() {
  static std::vector<float> other(32 << 20);
  parallel_for(static_cast<int64_t>(other.size()), 1 << 20, [](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) other[static_cast<size_t>(i)] += 1;
  });
}

template <class Body>
double cold_seconds(const Body& body) {
  std::vector<double> times;
  const double end = now() + budget;
  do {
    fill_caches();
    const double start = now();
    body();
    times.push_back(now() - start);
  } while (now() < end || times.size() < 5);
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// The shortest of repeated calls: the time on an otherwise idle machine.
template <class Body>
double seconds(const Body& body) {
  body();
  if (cold) return cold_seconds(body);
  double best = 1e30;
  const double end = now() + budget;
  do {
    const double start = now();
    body();
    best = std::min(best, now() - start);
  } while (now() < end);
  return best;
}

std::vector<float> values(int64_t count) {
  std::vector<float> made(static_cast<size_t>(count));
  unsigned state = 1;
  for (float& value : made) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / (1 << 23) - 1;
  }
  return made;
}

struct Total {
  double flops = 0, time = 0;
  void add(double f, double t) { flops += f, time += t; }
};
Total totals[3];

void bench_conv(int64_t n, int64_t size, int64_t ic, int64_t oc, int64_t kernel, int64_t stride, int64_t groups = 1) {
  const int64_t pad = kernel / 2, out = (size + 2 * pad - kernel) / stride + 1;
  const ConvShape s{n, size, size, ic, out, out, oc, kernel, kernel, stride, stride, 1, 1, pad, pad, groups};
  const std::vector<float> x = values(n * size * size * ic), w = values(kernel * kernel * ic / groups * oc);
  const std::vector<float> dy = values(n * out * out * oc);
  std::vector<float> y(dy.size()), dx(x.size()), dw(w.size());
  const double flops = 2.0 * static_cast<double>(n * out * out * oc * kernel * kernel * ic / groups);
  const double times[3] = {
      seconds([&] { conv_forward(s, x.data(), w.data(), {}, y.data()); }),
      seconds([&] { conv_input_grad(s, dy.data(), w.data(), dx.data()); }),
      seconds([&] { conv_filter_grad(s, x.data(), dy.data(), dw.data()); }),
  };
  std::printf("%4d px %4d -> %4d  %dx%d /%d", int(size), int(ic), int(oc), int(kernel), int(kernel), int(stride));
  if (groups > 1) std::printf(" groups %d", int(groups));
  for (int i = 0; i < 3; ++i) {
    std::printf("  %7.1f (%6.2f ms)", flops / times[i] * 1e-9, times[i] * 1e3);
    if (i != 1 || ic > 3) totals[i].add(flops, times[i]);  // training needs no gradient of the images
  }
  std::printf("\n");
  std::fflush(stdout);
}

void bench_gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k) {
  const std::vector<float> a = values(m * k), b = values(k * n);
  std::vector<float> c(static_cast<size_t>(m * n));
  const double time =
      seconds([&] { gemm(ta, tb, m, n, k, a.data(), ta ? m : k, b.data(), tb ? k : n, c.data(), n, false); });
  std::printf("gemm %c%c %5d x %5d x %5d  %7.1f (%6.2f ms)\n", ta ? 't' : 'n', tb ? 't' : 'n', int(m), int(n), int(k),
              2e-9 * static_cast<double>(m * n * k) / time, time * 1e3);
}

}  // namespace

int main(int count, char** arguments) {
  const int64_t n = count > 1 ? std::atoi(arguments[1]) : 16;
  if (count > 2) budget = std::atof(arguments[2]);
  const int64_t pixels = count > 3 ? std::atoi(arguments[3]) : 128;
  cold = count > 4;
  const double top = peak_gflops(budget);
  std::printf("%s, %d threads, peak %.1f GFLOP/s, batch %d, %d px\n", isa_name(isa()), num_threads(), top, int(n),
              int(pixels));
  std::printf("%-28s  %-20s%-20s%-20s\n", "", "forward", "input gradient", "filter gradient");
  const auto halved = [](int64_t size) { return (size + 1) / 2; };
  bench_conv(n, pixels, 3, 32, 3, 2);
  bench_conv(n, halved(pixels), 32, 32, 3, 1);
  bench_conv(n, halved(pixels), 32, 64, 3, 1);
  const int64_t widths[] = {64, 128, 256, 512};
  int64_t size = halved(halved(pixels));
  for (int i = 0; i < 4; ++i) {
    const int64_t width = widths[i], before = size;
    if (i > 0) {
      size = halved(before);
      bench_conv(n, before, width / 2, width, 3, 2);  // xresnet18
      bench_conv(n, size, width / 2, width, 1, 1);
      bench_conv(n, before, width, width, 3, 2);  // xresnet50
      bench_conv(n, before, width * 2, width, 1, 1);
      bench_conv(n, size, width * 2, width * 4, 1, 1);
    }
    bench_conv(n, size, width, width, 3, 1);
    bench_conv(n, size, width, width * 4, 1, 1);
    bench_conv(n, size, width * 4, width, 1, 1);
  }
  std::printf("all of these, share of peak ");
  for (const Total& total : totals) std::printf("  %6.3f %13s", total.flops / total.time * 1e-9 / top, "");
  std::printf("\n");
  bench_conv(n, 32, 128, 128, 3, 1, 128);
  bench_conv(n, 32, 128, 128, 3, 1, 32);
  bench_gemm(false, true, n, 1000, 2048);
  bench_gemm(false, false, n, 2048, 1000);
  bench_gemm(true, false, 2048, 1000, n);
  bench_gemm(false, true, 1, 1000, 512);
  bench_gemm(false, false, 512, 512, 512);
  bench_gemm(true, true, 512, 512, 512);
  bench_gemm(false, false, 2048, 2048, 2048);
  return 0;
}
