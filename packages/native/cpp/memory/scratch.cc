#include "memory/scratch.h"

#include <cinttypes>
#include <cstdio>
#include <limits>

#include "memory/out_of_memory.h"

namespace fastts {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

OutOfMemory::OutOfMemory(int64_t bytes) {
  std::snprintf(message_, sizeof message_, "could not allocate %" PRId64 " bytes", bytes);
}

const char* OutOfMemory::what() const noexcept { return message_; }

void* allocate_scratch(int64_t count, int64_t size) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  if (count > kMost / size) throw OutOfMemory(kMost);
  const int64_t bytes = count * size;
  void* const memory = ::operator new(static_cast<size_t>(bytes), kAlignment, std::nothrow);
  if (!memory) throw OutOfMemory(bytes);
  return memory;
}

void free_scratch(void* memory) { ::operator delete(memory, kAlignment); }

float* thread_scratch(Use use, int64_t floats) {
  thread_local Scratch<float> kept[static_cast<int>(Use::count)];
  Scratch<float>& memory = kept[static_cast<int>(use)];
  if (floats > memory.count()) {
    memory = Scratch<float>();  // first, so that the old and the new never coexist
    memory = Scratch<float>(floats);
  }
  return memory.data();
}

}  // namespace fastts
