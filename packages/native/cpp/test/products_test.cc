// Compares every product and convolution with a plain double-precision loop, on random shapes, on every instruction
// set that this machine runs. Usage: products_test [shapes] [seed]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "conv/conv.h"
#include "isa/isa.h"
#include "moments/moments.h"
#include "parallel/parallel.h"
#include "product/gemm.h"
#include "winograd/winograd.h"

using namespace fastts;

namespace {

std::mt19937 engine;
int failures = 0;

int64_t pick(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(engine); }

std::vector<float> random_floats(int64_t count) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = uniform(engine);
  return values;
}

// Sums in double precision, and the sums of their terms' magnitudes.
struct Sums {
  std::vector<double> values, magnitudes;
  explicit Sums(int64_t count) : values(static_cast<size_t>(count)), magnitudes(static_cast<size_t>(count)) {}
  void add(int64_t i, double term) {
    values[static_cast<size_t>(i)] += term;
    magnitudes[static_cast<size_t>(i)] += std::abs(term);
  }
};

// Maximum error of a float32 sum, relative to the sum of its terms' magnitudes: n unit roundoffs for n terms in any
// order (Higham 2002, §4.2). Errors of both signs cancel, so that those of long sums stay within some √n (Higham and
// Mary 2019).
double rounding(double terms) { return 0x1p-24 * std::min(terms, 10 * std::sqrt(terms)); }

// Additional error of Winograd's algorithm, which mixes neighbors, for numbers up to 1.
double winograd_rounding(const ConvShape& s, double terms) {
  const bool possible = s.kh == 3 && s.kw == 3 && s.sh == 1 && s.sw == 1 && s.dh == 1 && s.dw == 1 &&
                        s.ic / s.groups % kWinogradChannels == 0 && s.oc / s.groups % kWinogradChannels == 0;
  return possible ? 5e-6 * std::sqrt(terms) : 0;
}

// `terms`: the number of terms in a sum.
void compare(const char* what, const std::vector<float>& got, const Sums& expected, double terms, double extra,
             const std::string& shape) {
  for (size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(got[i] - expected.values[i]);
    const double limit = rounding(terms) * expected.magnitudes[i] + extra;
    if (error <= limit) continue;
    ++failures;
    std::printf("FAIL %s %s threads=%d %s: value %d is off by %g, more than %g\n", isa_name(isa()), what, num_threads(),
                shape.c_str(), int(i), error, limit);
    return;
  }
}

int64_t in_range(int64_t i, int64_t size) { return i >= 0 && i < size; }

// Calls visit(x index, w index, y index) for each product of a convolution.
template <class Visit>
void for_each_product(const ConvShape& s, const Visit& visit) {
  const int64_t inputs = s.ic / s.groups, outputs = s.oc / s.groups;
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t oy = 0; oy < s.oh; ++oy)
      for (int64_t ox = 0; ox < s.ow; ++ox)
        for (int64_t ky = 0; ky < s.kh; ++ky)
          for (int64_t kx = 0; kx < s.kw; ++kx) {
            const int64_t y = oy * s.sh - s.pt + ky * s.dh, x = ox * s.sw - s.pl + kx * s.dw;
            if (!in_range(y, s.ih) || !in_range(x, s.iw)) continue;
            for (int64_t o = 0; o < s.oc; ++o)
              for (int64_t c = 0; c < inputs; ++c)
                visit(((n * s.ih + y) * s.iw + x) * s.ic + o / outputs * inputs + c,
                      ((ky * s.kw + kx) * inputs + c) * s.oc + o, ((n * s.oh + oy) * s.ow + ox) * s.oc + o);
          }
}

// `y`: the convolution without an epilogue.
void test_epilogue(const ConvShape& s, const std::vector<float>& x, const std::vector<float>& w,
                   const std::vector<float>& bias, Sums y, const std::string& text) {
  const std::vector<float> scale = random_floats(s.oc), addend = random_floats(int64_t(y.values.size()));
  const size_t channels = size_t(s.oc);
  const double pixels = double(y.values.size() / channels);
  Sums mean(s.oc), variance(s.oc);
  for (size_t i = 0; i < y.values.size(); ++i) {
    const size_t c = i % channels;
    y.values[i] = std::max(0.0, y.values[i] * scale[c] + bias[c] + addend[i]);
    y.magnitudes[i] = y.magnitudes[i] * std::abs(scale[c]) + std::abs(bias[c]) + std::abs(addend[i]);
    mean.values[c] += y.values[i] / pixels;
    mean.magnitudes[c] += y.magnitudes[i] / pixels;
  }
  for (size_t i = 0; i < y.values.size(); ++i) {
    const size_t c = i % channels;
    variance.values[c] += std::pow(y.values[i] - mean.values[c], 2) / pixels;
    variance.magnitudes[c] += std::pow(y.magnitudes[i] + mean.magnitudes[c], 2) / pixels;
  }
  std::vector<float> got(y.values.size(), NAN), got_mean(channels, NAN), got_variance(channels, NAN);
  const Moments moments{got_mean.data(), got_variance.data()};
  conv_forward(s, x.data(), w.data(), {scale.data(), bias.data(), addend.data(), Activation::relu}, got.data(),
               &moments);
  const double k = double(s.kh * s.kw * s.ic) + 3, winograd = winograd_rounding(s, k);
  compare("forward with scale, bias, addend and activation", got, y, k, winograd, text);
  compare("mean", got_mean, mean, k + pixels, winograd, text);
  compare("variance", got_variance, variance, 2 * (k + pixels), winograd_rounding(s, k * k), text);
}

void test_conv(const ConvShape& s) {
  char text[300];
  std::snprintf(text, sizeof text,
                "n=%d in=%dx%dx%d out=%dx%dx%d k=%dx%d stride=%dx%d dilation=%dx%d pad=%d,%d groups=%d", int(s.n),
                int(s.ih), int(s.iw), int(s.ic), int(s.oh), int(s.ow), int(s.oc), int(s.kh), int(s.kw), int(s.sh),
                int(s.sw), int(s.dh), int(s.dw), int(s.pt), int(s.pl), int(s.groups));
  const int64_t xs = s.n * s.ih * s.iw * s.ic, ws = s.kh * s.kw * s.ic / s.groups * s.oc, ys = s.n * s.oh * s.ow * s.oc;
  const std::vector<float> x = random_floats(xs), w = random_floats(ws), dy = random_floats(ys),
                           bias = random_floats(s.oc);
  Sums y(ys), dx(xs), dw(ws);
  for_each_product(s, [&](int64_t i, int64_t j, int64_t k) {
    y.add(k, double(x[i]) * w[j]);
    dx.add(i, double(dy[k]) * w[j]);
    dw.add(j, double(dy[k]) * x[i]);
  });
  // One more term each: a bias, an addend, or the sum over threads.
  const double k = double(s.kh * s.kw * s.ic / s.groups) + 1, of_x = double(s.kh * s.kw * s.oc / s.groups) + 1,
               of_w = double(s.n * s.oh * s.ow) + 1;

  std::vector<float> got(ys, NAN);
  conv_forward(s, x.data(), w.data(), {}, got.data());
  compare("forward", got, y, k, winograd_rounding(s, k), text);
  if (s.groups == 1) test_epilogue(s, x, w, bias, y, text);
  const Activation activation = pick(0, 1) ? Activation::relu : Activation::relu6;
  for (int64_t i = 0; i < ys; ++i) {
    y.add(i, bias[i % s.oc]);
    y.values[i] = std::max(0.0, y.values[i]);
    if (activation == Activation::relu6) y.values[i] = std::min(6.0, y.values[i]);
  }
  std::fill(got.begin(), got.end(), NAN);
  conv_forward(s, x.data(), w.data(), {nullptr, bias.data(), nullptr, activation}, got.data());
  compare("forward with bias and activation", got, y, k, winograd_rounding(s, k), text);

  got.assign(xs, NAN);
  conv_input_grad(s, dy.data(), w.data(), got.data());
  compare("input gradient", got, dx, of_x, winograd_rounding(s, of_x), text);
  if (s.groups == 1) {
    const std::vector<float> addend = random_floats(xs);
    for (int64_t i = 0; i < xs; ++i) dx.add(i, addend[i]);
    got.assign(xs, NAN);
    conv_input_grad(s, dy.data(), w.data(), got.data(), addend.data());
    compare("input gradient with addend", got, dx, of_x, winograd_rounding(s, of_x), text);
  }

  got.assign(ws, NAN);
  conv_filter_grad(s, x.data(), dy.data(), got.data());
  compare("filter gradient", got, dw, of_w, winograd_rounding(s, of_w), text);
  std::vector<float> again(ws);
  conv_filter_grad(s, x.data(), dy.data(), again.data());
  if (again != got) {
    ++failures;
    std::printf("FAIL %s filter gradient differs from call to call: %s\n", isa_name(isa()), text);
  }
}

int64_t random_channels() {
  const int64_t usual[] = {1, 3, 4, 8, 16, 17, 31, 32, 33, 48, 64, 100, 160, 300};
  return pick(0, 2) ? usual[pick(0, 13)] : pick(1, 40);
}

ConvShape random_conv() {
  for (;;) {
    ConvShape s = {};
    s.n = pick(1, 5);
    s.ih = pick(0, 5) ? pick(1, 14) : pick(15, 70);
    s.iw = pick(0, 5) ? pick(1, 14) : pick(15, 70);
    s.kh = pick(1, pick(0, 3) ? 3 : 7);
    s.kw = pick(0, 2) ? s.kh : pick(1, 5);
    s.sh = pick(1, pick(1, 3));
    s.sw = pick(0, 3) ? s.sh : pick(1, 3);
    s.dh = pick(0, 2) ? 1 : pick(1, 3);
    s.dw = pick(0, 2) ? s.dh : pick(1, 3);
    s.pt = pick(0, 1) ? s.kh / 2 : pick(0, 4);
    s.pl = pick(0, 1) ? s.kw / 2 : pick(0, 4);
    const int64_t bottom = pick(0, 1) ? s.pt : pick(0, 4), right = pick(0, 1) ? s.pl : pick(0, 4);
    s.oh = (s.ih + s.pt + bottom - (s.kh - 1) * s.dh - 1) / s.sh + 1;
    s.ow = (s.iw + s.pl + right - (s.kw - 1) * s.dw - 1) / s.sw + 1;
    switch (pick(0, 5)) {
      case 0:
        s.groups = s.ic = random_channels();
        s.oc = s.ic * pick(1, 3);
        break;
      case 1:
        s.groups = pick(2, 8);
        s.ic = s.groups * pick(1, 12);
        s.oc = s.groups * pick(1, 40);
        break;
      default:
        s.groups = 1;
        s.ic = random_channels();
        s.oc = random_channels();
    }
    if (s.ih + s.pt + bottom < (s.kh - 1) * s.dh + 1 || s.iw + s.pl + right < (s.kw - 1) * s.dw + 1) continue;
    if (s.n * s.oh * s.ow * s.oc * s.kh * s.kw * s.ic / s.groups > 40'000'000) continue;
    return s;
  }
}

ConvShape random_3x3_conv() {
  ConvShape s = {};
  s.n = pick(1, 4);
  s.ih = pick(1, 20);
  s.iw = pick(1, 20);
  s.kh = s.kw = 3;
  s.sh = s.sw = s.dh = s.dw = 1;
  s.pt = pick(0, 2);
  s.pl = pick(0, 2);
  s.oh = std::max<int64_t>(1, s.ih + s.pt + pick(0, 2) - 2);
  s.ow = std::max<int64_t>(1, s.iw + s.pl + pick(0, 2) - 2);
  s.groups = pick(0, 3) ? 1 : 2;
  s.ic = s.groups * 16 * pick(1, 5);
  s.oc = s.groups * 16 * pick(1, 5);
  return s;
}

// Many images of few pixels, most of whose windows are padding.
ConvShape random_small_conv() {
  for (;;) {
    ConvShape s = {};
    s.n = pick(5, 90);
    s.ih = pick(1, 6);
    s.iw = pick(1, 6);
    s.kh = pick(1, 5);
    s.kw = pick(0, 2) ? s.kh : pick(1, 5);
    s.sh = pick(1, 3);
    s.sw = pick(0, 3) ? s.sh : pick(1, 3);
    s.dh = s.dw = pick(0, 2) ? 1 : pick(2, 4);
    s.pt = pick(0, 3) ? s.kh / 2 * s.dh : pick(0, 6);
    s.pl = pick(0, 3) ? s.kw / 2 * s.dw : pick(0, 6);
    s.oh = (s.ih + 2 * s.pt - (s.kh - 1) * s.dh - 1) / s.sh + 1;
    s.ow = (s.iw + 2 * s.pl - (s.kw - 1) * s.dw - 1) / s.sw + 1;
    s.groups = pick(0, 4) ? 1 : 2;
    s.ic = s.groups * (pick(0, 1) ? 16 * pick(1, 5) : random_channels());
    s.oc = s.groups * (pick(0, 1) ? 16 * pick(1, 5) : random_channels());
    if (s.ih + 2 * s.pt < (s.kh - 1) * s.dh + 1 || s.iw + 2 * s.pl < (s.kw - 1) * s.dw + 1) continue;
    if (s.n * s.oh * s.ow * s.oc * s.kh * s.kw * s.ic / s.groups > 10'000'000) continue;
    return s;
  }
}

void test_gemm() {
  const bool ta = pick(0, 1), tb = pick(0, 1), accumulate = pick(0, 1);
  const int64_t batch = pick(0, 2) ? 1 : pick(2, 5);
  const auto size = [] { return pick(0, 2) ? pick(1, 60) : pick(1, 700); };
  const int64_t m = size(), n = size(), k = pick(0, 30) ? size() : 0;
  const int64_t lda = (ta ? m : k) + pick(0, 3), ldb = (tb ? k : n) + pick(0, 3), ldc = n + pick(0, 3);
  const int64_t stride_a = pick(0, 3) ? (ta ? k : m) * lda : 0, stride_b = pick(0, 3) ? (tb ? n : k) * ldb : 0;
  const std::vector<float> a = random_floats(batch * (ta ? k : m) * lda + 1),
                           b = random_floats(batch * (tb ? n : k) * ldb + 1);
  std::vector<float> c = random_floats(batch * m * ldc);
  Sums expected(int64_t(c.size()));
  expected.values.assign(c.begin(), c.end());
  for (int64_t i = 0; i < batch; ++i)
    for (int64_t r = 0; r < m; ++r)
      for (int64_t j = 0; j < n; ++j) {
        const int64_t at = (i * m + r) * ldc + j;
        expected.values[at] = 0;
        if (accumulate) expected.add(at, c[at]);
        for (int64_t l = 0; l < k; ++l) {
          expected.add(at, double(a[i * stride_a + (ta ? l * lda + r : r * lda + l)]) *
                               b[i * stride_b + (tb ? j * ldb + l : l * ldb + j)]);
        }
      }
  gemm_batched(batch, ta, tb, m, n, k, a.data(), lda, stride_a, b.data(), ldb, stride_b, c.data(), ldc, m * ldc,
               accumulate);
  char text[200];
  std::snprintf(text, sizeof text, "batch=%d %d%d m=%d n=%d k=%d lda=%d ldb=%d ldc=%d accumulate=%d", int(batch), ta,
                tb, int(m), int(n), int(k), int(lda), int(ldb), int(ldc), accumulate);
  compare("gemm", c, expected, double(k) + 1, 0, text);
}

void test_nan() {
  for (const int64_t groups : {1, 20}) {
    const ConvShape s{1, 3, 3, 20, 3, 3, 20, 1, 1, 1, 1, 1, 1, 0, 0, groups};
    const std::vector<float> x(180, NAN), w = random_floats(20 * 20);
    std::vector<float> y(180);
    conv_forward(s, x.data(), w.data(), {nullptr, nullptr, nullptr, Activation::relu6}, y.data());
    if (std::all_of(y.begin(), y.end(), [](float value) { return std::isnan(value); })) continue;
    ++failures;
    std::printf("FAIL %s relu6 hides values that are not numbers, groups=%d\n", isa_name(isa()), int(groups));
  }
}

}  // namespace

int main(int count, char** arguments) {
  const int shapes = count > 1 ? std::atoi(arguments[1]) : 120;
  const unsigned seed = count > 2 ? static_cast<unsigned>(std::atoi(arguments[2])) : 1;
  for (const Isa each : {Isa::avx512, Isa::avx2, Isa::neon, Isa::portable}) {
    if (!set_isa(each)) continue;
    engine.seed(seed);
    for (const int threads : {1, 2, 5}) {
      set_num_threads(threads);
      test_nan();
      for (int i = 0; i < shapes; ++i) {
        test_gemm();
        test_conv(random_conv());
        test_conv(random_small_conv());
      }
      use_winograd(Winograd::where_possible);
      for (int i = 0; i < shapes / 4; ++i) test_conv(random_3x3_conv());
      use_winograd(Winograd::where_faster);
    }
    std::printf("%s: %d shapes\n", isa_name(each), shapes * 3);
  }
  std::printf("%d failures\n", failures);
  return failures != 0;
}
