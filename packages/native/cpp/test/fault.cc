// Makes a fault that a sanitizer must report, which proves that tests of sanitized builds can fail: a program
// (`fault overflow`), and an addon that makes the fault in Node when it is loaded (FASTTS_FAULT=overflow).

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <thread>

#include "parallel/parallel.h"

#if defined(FASTTS_SANITIZE_ADDRESS)
#include "addon/array_bounds.h"
#endif

namespace {

volatile int sink;

/// Reads beyond an allocation.
void overflow() {
  const volatile int count = 100;
  int* const values = new int[count]();
  sink = values[count];
  delete[] values;
}

/// Reads beyond an array, but within its buffer.
void beyond_array() {
#if defined(FASTTS_SANITIZE_ADDRESS)
  const volatile int count = 100;
  int* const buffer = new int[2 * count]();
  const fastts::ArrayBounds bounds({{buffer, count * sizeof(int), buffer, 2 * count * sizeof(int)}});
  sink = buffer[count];
#endif
}

/// Computes a signed integer that is too large.
void integer() {
  const volatile int most = std::numeric_limits<int>::max();
  sink = most + 1;
}

/// Counts in two threads without synchronization.
void race() {
  int count = 0;
  const auto increment = [&] {
    for (int i = 0; i < 1000; ++i) ++count;
  };
  std::thread one(increment), other(increment);
  one.join();
  other.join();
  sink = count;
}

/// Counts in two tasks of the pool without synchronization, each on its own thread.
void race_in_pool() {
  fastts::set_num_threads(2);
  std::atomic<int> arrived{0};
  int count = 0;
  fastts::parallel_tasks(2, [&](int64_t) {
    arrived.fetch_add(1, std::memory_order_relaxed);
    while (arrived.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
    ++count;
  });
  sink = count;
}

void make_fault(const char* kind) {
  if (std::strcmp(kind, "overflow") == 0) overflow();
  if (std::strcmp(kind, "beyond_array") == 0) beyond_array();
  if (std::strcmp(kind, "integer") == 0) integer();
  if (std::strcmp(kind, "race") == 0) race();
  if (std::strcmp(kind, "race_in_pool") == 0) race_in_pool();
  std::printf("no fault was reported\n");
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) make_fault(arguments[1]);
  return 0;
}

#if defined(__GNUC__)
// What Node calls when it loads an addon.
extern "C" __attribute__((visibility("default"))) void* napi_register_module_v1(void*, void* exports) {
  const char* const kind = std::getenv("FASTTS_FAULT");
  if (kind) make_fault(kind);
  return exports;
}
#endif
