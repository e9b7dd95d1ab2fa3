#include "parallel/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "parallel/cores.h"
#include "parallel/ranges.h"

#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace fastts {
namespace {

// Chunks per thread in one loop: enough to balance threads that the system slows down, few enough to stay cheap.
constexpr int64_t kChunksPerThread = 4;
// How long an idle thread polls for work before it sleeps: about one gap between two kernels of a training step.
constexpr auto kSpin = std::chrono::microseconds(60);

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && defined(__GNUC__)
  __asm__ __volatile__("yield");
#endif
}

// When a JavaScript worker ends, its copy of the addon is unloaded, and the pool's threads would run on in unmapped
// memory: keep the code loaded for the life of the process.
void pin_this_library() {
#if defined(_WIN32)
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<LPCWSTR>(&pin_this_library), &module);
#else
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&pin_this_library), &info) && info.dli_fname) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE | RTLD_NOLOAD);
  }
#endif
}

// The chunks that one thread takes first; other threads help after they finish theirs.
struct alignas(64) Share {
  std::atomic<int64_t> next{0};
  int64_t end = 0;
};

thread_local bool inside_pool = false;

class Pool {
 public:
  static Pool& instance() {
    static Pool* pool = new Pool();  // never destroyed: its threads outlive static destruction
    return *pool;
  }

  int threads() const { return threads_.load(std::memory_order_relaxed); }

  void set_threads(int count) {
    std::lock_guard<std::mutex> lock(call_);
    threads_ = std::min(std::max(count, 1), kMaxThreads);
  }

  // Runs body(chunk) for chunk in 0..chunks-1. `split`: each thread starts in its own range of chunks.
  template <class Body>
  void run(int64_t chunks, bool split, const Body& body) {
    const int wanted = static_cast<int>(std::min<int64_t>(threads(), chunks));
    if (wanted <= 1 || inside_pool || !call_.try_lock()) {
      for (int64_t chunk = 0; chunk < chunks; ++chunk) body(chunk);
      return;
    }
    std::lock_guard<std::mutex> lock(call_, std::adopt_lock);
    const int count = start_workers(wanted);
    const int shares = split ? count : 1;
    for (int i = 0; i < shares; ++i) {
      shares_[i].next.store(chunks * i / shares, std::memory_order_relaxed);
      shares_[i].end = chunks * (i + 1) / shares;
    }
    share_count_ = shares;
    count_ = count;
    call_chunk_ = [](const void* of, int64_t chunk) { (*static_cast<const Body*>(of))(chunk); };
    body_ = &body;
    open();
    inside_pool = true;
    work(0);
    inside_pool = false;
    close();
    if (failed_.exchange(false)) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  Pool() {
    const char* wanted = std::getenv("FASTTS_NUM_THREADS");
    const int count = wanted ? std::atoi(wanted) : 0;
    threads_ = std::min(count > 0 ? count : physical_cores(), kMaxThreads);
    pin_this_library();
  }

  int start_workers(int count) {
    while (static_cast<int>(workers_.size()) < count - 1) {
      const int index = static_cast<int>(workers_.size()) + 1;
      try {
        workers_.emplace_back([this, index] { serve(index); });
        workers_.back().detach();
      } catch (const std::system_error&) {
        break;  // the system provides no more threads: continue with those started
      }
    }
    return std::min(count, static_cast<int>(workers_.size()) + 1);
  }

  void open() {
    generation_.fetch_add(1);  // odd: open
    if (sleepers_.load() > 0) {
      std::lock_guard<std::mutex> lock(sleep_);
      wake_.notify_all();
    }
  }

  void close() {
    generation_.fetch_add(1);  // even: closed, so that a thread that wakes late does not enter
    for (int spins = 0; active_.load() > 0; ++spins) {
      if (spins < 4096) {
        pause();
      } else {
        std::this_thread::yield();
      }
    }
  }

  void serve(int index) {
    inside_pool = true;
    uint64_t seen = 0;
    for (;;) {
      const uint64_t generation = wait_for_work(seen);
      seen = generation;
      active_.fetch_add(1);
      if (generation_.load() == generation && index < count_) work(index);
      active_.fetch_sub(1);
    }
  }

  uint64_t wait_for_work(uint64_t seen) {
    const auto news = [&] {
      const uint64_t now = generation_.load();
      return (now & 1) && now != seen ? now : 0;
    };
    const auto until = std::chrono::steady_clock::now() + kSpin;
    do {
      for (int i = 0; i < 64; ++i) {
        if (const uint64_t now = news()) return now;
        pause();
      }
    } while (std::chrono::steady_clock::now() < until);
    std::unique_lock<std::mutex> lock(sleep_);
    sleepers_.fetch_add(1);
    uint64_t now;
    while (!(now = news())) wake_.wait(lock);
    sleepers_.fetch_sub(1);
    return now;
  }

  void work(int index) {
    try {
      for (int i = 0; i < share_count_; ++i) {
        Share& share = shares_[(index + i) % share_count_];
        for (;;) {
          const int64_t chunk = share.next.fetch_add(1, std::memory_order_relaxed);
          if (chunk >= share.end) break;
          call_chunk_(body_, chunk);
        }
      }
    } catch (...) {
      // The caller takes the first one.
      if (!failed_.exchange(true)) failure_ = std::current_exception();
      for (int i = 0; i < share_count_; ++i) shares_[i].next.store(shares_[i].end, std::memory_order_relaxed);
    }
  }

  std::mutex call_;  // one loop at a time
  std::atomic<int> threads_{1};
  std::vector<std::thread> workers_;

  Share shares_[kMaxThreads];
  int share_count_ = 0;
  int count_ = 0;
  void (*call_chunk_)(const void*, int64_t) = nullptr;
  const void* body_ = nullptr;
  std::exception_ptr failure_;
  std::atomic<bool> failed_{false};

  alignas(64) std::atomic<uint64_t> generation_{0};
  alignas(64) std::atomic<int> active_{0};
  std::atomic<int> sleepers_{0};
  std::mutex sleep_;
  std::condition_variable wake_;
};

}  // namespace

int num_threads() { return Pool::instance().threads(); }

int available_threads() { return inside_pool ? 1 : num_threads(); }

void set_num_threads(int count) { Pool::instance().set_threads(count); }

void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body) {
  if (n <= 0) return;
  Pool& pool = Pool::instance();
  const int64_t most = std::max<int64_t>(n / std::max<int64_t>(grain, 1), 1);
  const int threads = pool.threads();
  const int64_t chunks = threads == 1 ? 1 : std::min(most, threads * kChunksPerThread);
  pool.run(chunks, true, [&](int64_t chunk) { body(n * chunk / chunks, n * (chunk + 1) / chunks); });
}

void parallel_ranges(int64_t n, int64_t grain, void (*body)(const void* of, int64_t begin, int64_t end),
                     const void* of) {
  parallel_for(n, grain, [=](int64_t begin, int64_t end) { body(of, begin, end); });
}

void parallel_tasks(int64_t tasks, const std::function<void(int64_t task)>& body) {
  if (tasks <= 0) return;
  Pool::instance().run(tasks, false, [&](int64_t task) { body(task); });
}

}  // namespace fastts
