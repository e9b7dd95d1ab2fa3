#pragma once

#include <cstdint>
#include <functional>

namespace fastts {

/// Threads that `parallel_for` may use, including the caller. Initially FASTTS_NUM_THREADS, else the physical
/// cores that this process may run on.
int num_threads();

constexpr int kMaxThreads = 256;

/// Changes `num_threads()`; clamped to 1..kMaxThreads. Waits for work in progress.
void set_num_threads(int count);

/// Threads that a `parallel_for` started here would use: 1 inside another one, else `num_threads()`.
int available_threads();

/// Calls `body(begin, end)` for ranges that together cover 0..n-1 once, on several threads, and returns when all are
/// done.
///
/// No range is shorter than `grain` indices unless n is. The ranges depend only on n, grain and the number of
/// threads, so a result computed per range is reproducible. A nested call, and a call made while
/// another thread is inside `parallel_for`, runs on the calling thread only. An exception
/// from `body` reaches the caller once all threads have stopped; ranges not started by then are skipped.
void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

/// Calls `body(task)` for each task in 0..tasks-1, each task as its own range, in ascending order.
void parallel_tasks(int64_t tasks, const std::function<void(int64_t task)>& body);

}  // namespace fastts
