// The guarantees of parallel_for, with one thread and with several.

#include "parallel/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace fastts;

namespace {

int failures = 0;

void check(bool is_right, const char* what) {
  if (is_right) return;
  ++failures;
  std::printf("FAIL threads=%d: %s\n", num_threads(), what);
}

void test_every_index_once() {
  for (const int64_t n : {0, 1, 7, 1000}) {
    std::vector<int> seen(static_cast<size_t>(n), 0);
    parallel_for(n, 3, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        parallel_for(1, 1, [&](int64_t, int64_t) { ++seen[static_cast<size_t>(i)]; });
      }
    });
    check(std::count(seen.begin(), seen.end(), 1) == n, "every index is visited once");
  }
}

// Several JavaScript workers call at once: one of them gets the pool, the others run alone.
void test_concurrent_callers() {
  std::atomic<int64_t> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        parallel_for(64, 4, [&](int64_t begin, int64_t end) { total += end - begin; });
        if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // let the pool fall asleep
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  check(total == 3 * 2000 * 64, "concurrent callers each have all of their indices visited");
}

// Whichever thread throws, and however many do, the caller gets one of the exceptions and the pool keeps working.
void test_exceptions() {
  constexpr int64_t kTasks = 200;
  const auto caught = [](int64_t first, int64_t last) {
    try {
      parallel_tasks(kTasks, [&](int64_t task) {
        if (task >= first && task <= last) throw std::runtime_error("task");
        std::this_thread::sleep_for(std::chrono::microseconds(20));  // so that every thread takes part
      });
    } catch (const std::runtime_error&) {
      return true;
    }
    return false;
  };
  for (int64_t task = 0; task < kTasks; ++task) check(caught(task, task), "an exception of a task reaches the caller");
  check(caught(0, kTasks), "of many exceptions one reaches the caller");
  check(!caught(-1, -1), "an exception is thrown once");
  test_every_index_once();
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 5}) {
    set_num_threads(threads);
    test_every_index_once();
    test_concurrent_callers();
    test_exceptions();
  }
  std::printf("%d failures\n", failures);
  return failures != 0;
}
