// Makes allocations of scratch memory fail, one at a time: the caller gets OutOfMemory, whichever thread requested it,
// and the same call gives the right result afterwards.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <functional>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "conv/conv.h"
#include "isa/isa.h"
#include "memory/out_of_memory.h"
#include "memory/scratch.h"
#include "parallel/parallel.h"
#include "product/gemm.h"
#include "winograd/winograd.h"

namespace {

// Number of allocations that succeed before one fails; none fails while it is negative.
std::atomic<int> until_failure{-1};
std::atomic<int> failed{0};

}  // namespace

// The allocator of scratch memory (memory/scratch.cc), replaced for this program.
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  if (until_failure >= 0 && until_failure-- == 0) {
    ++failed;
    return nullptr;
  }
  try {
    return ::operator new(size, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

using namespace fastts;

namespace {

int failures = 0;

std::vector<float> ramp(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 31) / 31 - 0.5f;
  return values;
}

// `run` fills the given output.
void test(const std::string& what, int64_t outputs, const std::function<void(float*)>& run) {
  const size_t size = static_cast<size_t>(outputs);
  std::vector<float> expected(size);
  for (int allowed = 0;; ++allowed) {
    until_failure = allowed;
    bool is_out_of_memory = false;
    // A new thread has no memory from earlier calls.
    std::thread([&] {
      std::vector<float> got(size);
      try {
        run(got.data());
      } catch (const OutOfMemory&) {
        is_out_of_memory = true;
      }
      until_failure = -1;
      std::fill(got.begin(), got.end(), NAN);
      run(got.data());
      if (expected != got && allowed > 0) {
        ++failures;
        std::printf("FAIL %s %s, threads=%d: another result after allocation %d failed\n", isa_name(isa()),
                    what.c_str(), num_threads(), allowed);
      }
      expected = got;
    }).join();
    if (!is_out_of_memory) break;
  }
}

void test_convolution(const std::string& what, const ConvShape& s) {
  const int64_t inputs = s.n * s.ih * s.iw * s.ic, outputs = s.n * s.oh * s.ow * s.oc;
  const int64_t weights = s.kh * s.kw * s.ic / s.groups * s.oc;
  const std::vector<float> x = ramp(inputs), w = ramp(weights), dy = ramp(outputs);
  test(what, outputs, [&](float* y) { conv_forward(s, x.data(), w.data(), {}, y); });
  test(what + ", input gradient", inputs, [&](float* dx) { conv_input_grad(s, dy.data(), w.data(), dx); });
  test(what + ", filter gradient", weights, [&](float* dw) { conv_filter_grad(s, x.data(), dy.data(), dw); });
}

// Each task waits for the others, so that each runs on its own thread; those of the pool get no memory.
void test_worker() {
  constexpr int kThreads = 3;
  set_num_threads(kThreads);
  std::atomic<int> arrived{0};
  const std::thread::id caller = std::this_thread::get_id();
  bool is_out_of_memory = false;
  try {
    parallel_tasks(kThreads, [&](int64_t) {
      ++arrived;
      while (arrived < kThreads) std::this_thread::yield();
      if (std::this_thread::get_id() == caller) return;
      until_failure = 0;
      Scratch<float> memory(1);
    });
  } catch (const OutOfMemory&) {
    is_out_of_memory = true;
  }
  until_failure = -1;
  if (is_out_of_memory) return;
  ++failures;
  std::printf("FAIL an allocation that failed in a thread of the pool did not reach the caller\n");
}

}  // namespace

int main() {
  for (const Isa each : {Isa::avx512, Isa::avx2, Isa::neon, Isa::portable}) {
    if (!set_isa(each)) continue;
    for (const int threads : {1, 3}) {
      set_num_threads(threads);
      test_convolution("convolution", {2, 24, 24, 20, 12, 12, 40, 3, 3, 2, 2, 1, 1, 1, 1, 1});
      test_convolution("groups", {2, 12, 12, 24, 12, 12, 24, 3, 3, 1, 1, 1, 1, 1, 1, 12});
      test_convolution("depthwise", {2, 12, 12, 24, 12, 12, 48, 3, 3, 1, 1, 1, 1, 1, 1, 24});
      use_winograd(Winograd::where_possible);
      test_convolution("Winograd", {2, 24, 24, 32, 24, 24, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1});
      test_convolution("Winograd, few tiles", {1, 8, 8, 64, 8, 8, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1});
      use_winograd(Winograd::where_faster);
      const std::vector<float> a = ramp(100 * 300), b = ramp(300 * 200);
      test("product", 100 * 200,
           [&](float* c) { gemm(false, false, 100, 200, 300, a.data(), 300, b.data(), 200, c, 200, false); });
    }
  }
  test_worker();
  if (failed < 50) {
    ++failures;
    std::printf("FAIL only %d allocations failed\n", failed.load());
  }
  std::printf("%d failures\n", failures);
  return failures != 0;
}
